import {
  type EC2,
  waitUntilInstanceRunning,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import {
  attach,
  clear,
  launch,
  marked,
  patience,
  refused,
  serversNamed,
  shown,
  tinyImage,
  volumesNamed,
} from './support/life.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';
import { attempts, type Ids, type Own } from './support/strangers.ts';

const bed = described();
const zone = bed.zones.default;

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let stranger: EC2;
let a: Ids;
let b: Own;

beforeAll(async () => {
  server = await BedServer.start(bed);
  openstack = await logIn(bed, bed.users.demo);
  ec2 = server.ec2(bed.users.demo.ec2);
  stranger = server.ec2(bed.users.demo2.ec2);
  [a, b] = await Promise.all([things(), own()]);
});
afterAll(async () => {
  await Promise.all([clear(ec2), clear(stranger)]);
  await server.stop();
});

const volumeOf = async (client: EC2): Promise<string> => {
  const { VolumeId } = await client.createVolume({ AvailabilityZone: zone, Size: 1, ...marked('volume') });
  await waitUntilVolumeAvailable(patience(client), { VolumeIds: [VolumeId!] });
  return VolumeId!;
};

async function own(): Promise<Own> {
  return { image: await tinyImage(stranger, bed), zone, volume: await volumeOf(stranger) };
}

/** One of everything. */
async function things(): Promise<Ids> {
  const key = await ec2.createKeyPair({ KeyName: 'private', ...marked('key-pair') });
  const Placement = { AvailabilityZone: zone };
  const instance = await launch(ec2, { ImageId: await tinyImage(ec2, bed), KeyName: 'private', Placement });
  const [volume, attached] = await Promise.all([volumeOf(ec2), volumeOf(ec2)]);
  const { SnapshotId } = await ec2.createSnapshot({ VolumeId: volume, ...marked('snapshot') });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [instance] });
  await attach(ec2, { VolumeId: attached, InstanceId: instance, Device: '/dev/sdf' });
  await waitUntilSnapshotCompleted(patience(ec2), { SnapshotIds: [SnapshotId!] });
  const seen = await shown(ec2, instance);
  return {
    ...{ instance, volume, attached, snapshot: SnapshotId!, keyName: 'private', keyId: key.KeyPairId! },
    ...{ subnet: seen.SubnetId!, vpc: seen.VpcId!, group: seen.SecurityGroups![0]!.GroupId! },
    interface: seen.NetworkInterfaces![0]!.NetworkInterfaceId!,
  };
}

/** What demo has, as EC2 and as OpenStack say it; without what only tells when it was asked. */
async function everything(): Promise<object> {
  const answers = await Promise.all([
    ec2.describeInstances({}),
    ec2.describeVolumes({}),
    ec2.describeSnapshots({ OwnerIds: ['self'] }),
    ec2.describeKeyPairs({}),
    ec2.describeSubnets({}),
    ec2.describeVpcs({}),
    ec2.describeSecurityGroups({}),
    ec2.describeTags({}),
  ]);
  const inCloud = await Promise.all([
    serversNamed(openstack, a.instance),
    volumesNamed(openstack, a.volume),
    volumesNamed(openstack, a.attached),
  ]);
  const statuses = inCloud.map(([one]) => ({ id: one?.id, status: one?.status }));
  return [...answers.map(({ $metadata, ...answer }) => answer), ...statuses];
}

describe('the other project is told that there is nothing', () => {
  it.each(attempts)('to %s: %s', async (_, code, call) => {
    const before = await everything();
    await refused(code, call(stranger, a, b));
    expect(await everything()).toEqual(before);
  });

  it('when it deletes a key pair of this name, and the key stays', async () => {
    const before = await everything();
    await stranger.deleteKeyPair({ KeyName: a.keyName });
    expect(await everything()).toEqual(before);
  });

  it('when it lists what there is', async () => {
    const ids = Object.values(a);
    const lists = JSON.stringify(
      await Promise.all([
        stranger.describeInstances({}),
        stranger.describeVolumes({}),
        stranger.describeSnapshots({ OwnerIds: ['self'] }),
        stranger.describeSnapshots({}),
        stranger.describeKeyPairs({}),
        stranger.describeSubnets({}),
        stranger.describeVpcs({}),
        stranger.describeSecurityGroups({}),
        stranger.describeTags({}),
      ]),
    );
    expect(ids.filter((id) => lists.includes(`"${id}"`))).toEqual([]);
    expect(lists).toContain(`"${b.volume}"`);
  });
});
