import type { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, marked, refused, until, volumesNamed } from './support/life.ts';
import { looks, statusIn, tagsOf } from './support/looks.ts';
import { type Others, others } from './support/others.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, demo2 } = bed.users;
const [fake] = bed.zones.compute as [string];

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let they: Others;

beforeAll(async () => {
  server = await BedServer.start(bed);
  openstack = await logIn(bed, demo);
  ec2 = server.ec2(demo.ec2);
  they = others(openstack, bed, bed.networks.demo.id);
});
afterAll(async () => {
  await clear(ec2);
  await they.clear();
  expect(await server.stop()).toBe(0);
});

const { shown, named, volumeOf, volumeNamed, snapshotNamed } = looks(() => server);

describe('volumes and snapshots that others made', () => {
  let native: string;
  let id: string;

  it('are in the next answers, with state, size, tags and source', async () => {
    native = await they.volume({ name: 'data', metadata: { use: 'logs' } });
    const seen = await volumeNamed(ec2, 'data');
    id = seen!.VolumeId!;
    expect(seen).toMatchObject({ State: 'available', Size: 1, VolumeType: bed.volumeTypes[0], Attachments: [] });
    expect(tagsOf(seen!.Tags)).toEqual({ Name: 'data', use: 'logs' });
    await they.snapshot(native, { name: 'frozen', description: 'of data' });
    const snapshot = await snapshotNamed(ec2, 'frozen');
    expect(snapshot).toMatchObject({ State: 'completed', VolumeId: id, VolumeSize: 1, Description: 'of data' });
    const other = server.ec2(demo2.ec2);
    expect([await volumeNamed(other, 'data'), await snapshotNamed(other, 'frozen')]).toEqual([undefined, undefined]);
    await refused('InvalidVolume.NotFound', other.deleteVolume({ VolumeId: id }));
    await refused('InvalidSnapshot.NotFound', other.deleteSnapshot({ SnapshotId: snapshot!.SnapshotId! }));
  });

  it('are attached by others, and both sides say so', async () => {
    const host = await they.server({ name: 'host' });
    const [{ InstanceId }] = (await named(ec2, 'host')) as [{ InstanceId: string }];
    await they.attach(host, native);
    expect(await volumeOf(ec2, id)).toMatchObject({
      State: 'in-use',
      Attachments: [{ InstanceId, State: 'attached' }],
    });
    expect((await shown(ec2, InstanceId)).BlockDeviceMappings).toMatchObject([{ Ebs: { VolumeId: id } }]);
    await they.deleteServer(host);
    await until(
      () => volumeOf(ec2, id),
      ({ State }) => State === 'available',
    );
  });

  it('are used by EC2: a snapshot of the volume, a volume of the snapshot, tags', async () => {
    const { SnapshotId } = await ec2.createSnapshot({ VolumeId: id, ...marked('snapshot') });
    await until(
      async () => (await ec2.describeSnapshots({ SnapshotIds: [SnapshotId!] })).Snapshots![0]!.State,
      (state) => state === 'completed',
    );
    const theirs = await snapshotNamed(ec2, 'frozen');
    const made = await ec2.createVolume({
      ...{ AvailabilityZone: fake, SnapshotId: theirs!.SnapshotId! },
      ...marked('volume'),
    });
    await until(
      async () => (await volumeOf(ec2, made.VolumeId!)).State,
      (state) => state === 'available',
    );
    const [mirrored] = await until(
      () => volumesNamed(openstack, made.VolumeId!),
      ([volume]) => volume?.metadata['made-by'] !== undefined,
    );
    expect(mirrored!.metadata).toEqual({ elsewhere: made.VolumeId!, 'made-by': 'test of Elsewhere' });
    await ec2.deleteSnapshot({ SnapshotId: SnapshotId! });
  });

  it('go with DeleteSnapshot and DeleteVolume, and are gone when others delete them', async () => {
    const frozen = await snapshotNamed(ec2, 'frozen');
    await ec2.deleteSnapshot({ SnapshotId: frozen!.SnapshotId! });
    await ec2.deleteVolume({ VolumeId: id });
    await until(
      () => statusIn(openstack, 'volume', native),
      (status) => status === undefined,
    );
    const second = await they.volume({ name: 'second' });
    const snapshot = await they.snapshot(second, { name: 'thin' });
    const [volume, taken] = [await volumeNamed(ec2, 'second'), await snapshotNamed(ec2, 'thin')];
    expect([volume?.State, taken?.State]).toEqual(['available', 'completed']);
    await they.deleteSnapshot(snapshot);
    expect(await snapshotNamed(ec2, 'thin')).toBeUndefined();
    await they.deleteVolume(second);
    await until(
      () => volumeNamed(ec2, 'second'),
      (seen) => seen === undefined,
    );
  });
});
