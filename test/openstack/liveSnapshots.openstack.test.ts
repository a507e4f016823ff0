import {
  type EC2,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { attach, clear, launch, marked, patience, shown, tinyImage, until, volumesNamed } from './support/life.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

/** Snapshots that are made and deleted while the machine of their volume stops: that is the hypervisor's work here. */
const bed = described();
const { demo } = bed.users;
const [, qemu] = bed.zones.compute as [string, string];

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let machine: string;

beforeAll(async () => {
  server = await BedServer.start(bed);
  openstack = await logIn(bed, demo);
  ec2 = server.ec2(demo.ec2);
  machine = await launch(ec2, { ImageId: await tinyImage(ec2, bed), Placement: { AvailabilityZone: qemu } });
});
afterAll(async () => {
  await clear(ec2);
  expect(await server.stop()).toBe(0);
});

/** The machine runs, whatever became of it before. */
async function running(): Promise<void> {
  const rests = await until(
    async () => (await shown(ec2, machine))?.State?.Name,
    (state) => state === 'running' || state === 'stopped',
  );
  if (rests === 'stopped') await ec2.startInstances({ InstanceIds: [machine] });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [machine] });
}

/** A volume at the running machine. A new one for each test: Nova and Cinder fall out over what was changed of one offline. */
async function volume(): Promise<string> {
  await running();
  const { VolumeId = '' } = await ec2.createVolume({ AvailabilityZone: qemu, Size: 1, ...marked('volume') });
  await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [VolumeId] });
  const { BlockDeviceMappings = [] } = (await shown(ec2, machine)) ?? {};
  const letter = String.fromCharCode('f'.charCodeAt(0) + BlockDeviceMappings.length);
  await attach(ec2, { VolumeId, InstanceId: machine, Device: `/dev/sd${letter}` });
  return VolumeId;
}

const take = async (VolumeId: string): Promise<string> =>
  (await ec2.createSnapshot({ VolumeId, ...marked('snapshot') })).SnapshotId!;
const completed = (id: string) => waitUntilSnapshotCompleted(patience(ec2), { SnapshotIds: [id] });

async function taken(of: string): Promise<string> {
  const id = await take(of);
  await completed(id);
  return id;
}

interface CinderSnapshot {
  readonly name: string;
  readonly status: string;
}

/** Cinder's word for a snapshot; undefined when it has none. */
async function statusOf(name: string): Promise<string | undefined> {
  const { body } = await openstack.ask<{ snapshots: readonly CinderSnapshot[] }>('volumev3', '/snapshots/detail');
  return body.snapshots.find((one) => one.name === name)?.status;
}

/** What Cinder says in the end: it deletes the snapshot or gives up. */
const ending = (name: string) =>
  until(
    () => statusOf(name),
    (status) => status === undefined || status.startsWith('error'),
  );

const stop = () => ec2.stopInstances({ InstanceIds: [machine] });
const stopped = () => waitUntilInstanceStopped(patience(ec2), { InstanceIds: [machine] });

it('a machine that is stopped while a snapshot of its volume is being deleted stops after that', async () => {
  const SnapshotId = await taken(await volume());
  await ec2.deleteSnapshot({ SnapshotId });
  await until(
    () => statusOf(SnapshotId),
    (status) => status !== 'available',
  );
  await stop();
  expect(await ending(SnapshotId)).toBeUndefined();
  await stopped();
});

it('a machine that is stopped while a snapshot of its volume is taken stops after that', async () => {
  const id = await take(await volume());
  await until(
    () => statusOf(id),
    (status) => status !== undefined,
  );
  await stop();
  await completed(id);
  await stopped();
});

it('a snapshot that is deleted while the machine of its volume stops is deleted after that', async () => {
  const SnapshotId = await taken(await volume());
  await stop();
  await ec2.deleteSnapshot({ SnapshotId });
  expect(await ending(SnapshotId)).toBeUndefined();
  await stopped();
});

it('a machine is terminated after the deletion, and its volume can be deleted', async () => {
  const VolumeId = await volume();
  const SnapshotId = await taken(VolumeId);
  await ec2.deleteSnapshot({ SnapshotId });
  await ec2.terminateInstances({ InstanceIds: [machine] });
  expect(await ending(SnapshotId)).toBeUndefined();
  await waitUntilInstanceTerminated(patience(ec2), { InstanceIds: [machine] });
  await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [VolumeId] });
  await ec2.deleteVolume({ VolumeId });
  await until(
    () => volumesNamed(openstack, VolumeId),
    ([there]) => there === undefined,
  );
});
