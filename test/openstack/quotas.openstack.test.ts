import {
  type RunInstancesCommandInput,
  waitUntilInstanceRunning,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { cleanSuite } from './support/cleanSuite.ts';
import { inventoryOf } from './support/inventory.ts';
import { launch, marked, patience, refused, shown, until } from './support/life.ts';

const bed = described();
const AvailabilityZone = bed.zones.compute[0]!;
const on = cleanSuite();

const create = async (Size: number): Promise<string> =>
  (await on.at.ec2.createVolume({ AvailabilityZone, Size, ...marked('volume') })).VolumeId!;
const created = async (Size: number): Promise<string> => {
  const id = await create(Size);
  await waitUntilVolumeAvailable(patience(on.at.ec2), { VolumeIds: [id] });
  return id;
};
const snap = async (VolumeId: string): Promise<string> =>
  (await on.at.ec2.createSnapshot({ VolumeId, ...marked('snapshot') })).SnapshotId!;
const run = (more: Partial<RunInstancesCommandInput> = {}) =>
  launch(on.at.ec2, { ImageId: on.at.image, Placement: { AvailabilityZone }, ...more });
const disks = (...sizes: number[]) =>
  sizes.map((VolumeSize, n) => ({ DeviceName: `/dev/sd${'fg'[n]}`, Ebs: { VolumeSize } }));

it('a volume beyond Cinder’s quota is refused at once, and made when the quota is raised', async () => {
  await on.quotas.storage({ volumes: 1, gigabytes: 2 });
  await refused('VolumeLimitExceeded', create(3));
  await on.same();
  const first = await created(1);
  await refused('VolumeLimitExceeded', create(1));
  const { Volumes } = await on.at.ec2.describeVolumes({});
  expect(Volumes?.map(({ VolumeId, State }) => [VolumeId, State])).toEqual([[first, 'available']]);
  expect(await inventoryOf(on.at.openstack, bed)).toEqual({ ...on.before, volumes: [`${first} available`] });
  await on.quotas.storage({ volumes: 2, gigabytes: 2 });
  await created(1);
});

it('a launch, and an image, whose volumes are beyond Cinder’s quota are refused at once', async () => {
  await on.quotas.storage({ volumes: 1, gigabytes: 2 });
  await refused('VolumeLimitExceeded', run({ BlockDeviceMappings: disks(1, 1) }));
  await refused('VolumeLimitExceeded', run({ BlockDeviceMappings: disks(3) }));
  await on.same();
  await on.quotas.storage({ volumes: 2, gigabytes: 2 });
  const id = await run({ BlockDeviceMappings: disks(1, 1) });
  await waitUntilInstanceRunning(patience(on.at.ec2), { InstanceIds: [id] });
  // An image of it is two snapshots.
  const before = await inventoryOf(on.at.openstack, bed);
  await on.quotas.storage({ snapshots: 1 });
  await refused('SnapshotLimitExceeded', on.at.ec2.createImage({ InstanceId: id, Name: 'captured' }));
  expect(await inventoryOf(on.at.openstack, bed)).toEqual(before);
});

it('a snapshot beyond Cinder’s quota is refused at once, and taken when the quota is raised', async () => {
  const volume = await created(1);
  await on.quotas.storage({ snapshots: 1, gigabytes: 3 });
  const taken = async () => waitUntilSnapshotCompleted(patience(on.at.ec2), { SnapshotIds: [await snap(volume)] });
  await taken();
  await refused('SnapshotLimitExceeded', snap(volume));
  // Now the sizes have no room.
  await on.quotas.storage({ snapshots: 2, gigabytes: 2 });
  await refused('SnapshotLimitExceeded', snap(volume));
  expect((await inventoryOf(on.at.openstack, bed)).snapshots).toHaveLength(on.before.snapshots!.length + 1);
  await on.quotas.storage({ gigabytes: 3 });
  await taken();
});

it('a volume larger than Cinder allows a single one is refused at once, in a launch, too', async () => {
  await on.quotas.storage({ per_volume_gigabytes: 1 });
  await refused('VolumeLimitExceeded', create(2));
  await refused('VolumeLimitExceeded', run({ BlockDeviceMappings: disks(1, 2) }));
  await on.same();
  await created(1);
});

it('the quotas of one volume type are asked for, too', async () => {
  const [type] = bed.volumeTypes;
  const volume = await created(1);
  await on.quotas.storage({ [`volumes_${type}`]: 1 });
  await refused('VolumeLimitExceeded', create(1));
  await refused('VolumeLimitExceeded', run({ BlockDeviceMappings: disks(1) }));
  await on.quotas.storage({ [`volumes_${type}`]: -1, [`gigabytes_${type}`]: 4, [`snapshots_${type}`]: 1 });
  await refused('VolumeLimitExceeded', create(4));
  const taken = await snap(volume);
  await waitUntilSnapshotCompleted(patience(on.at.ec2), { SnapshotIds: [taken] });
  await refused('SnapshotLimitExceeded', snap(volume));
  // Made of a snapshot, a volume has the type of the volume that it is of; the snapshot takes of the sizes.
  const again = (Size: number) =>
    on.at.ec2.createVolume({ AvailabilityZone, SnapshotId: taken, Size, ...marked('volume') });
  await refused('VolumeLimitExceeded', again(3));
  const { VolumeId } = await again(2);
  await waitUntilVolumeAvailable(patience(on.at.ec2), { VolumeIds: [VolumeId!] });
});

it('the first snapshot of a project is refused at once, and taken when the quota is raised', async () => {
  const volume = await created(1);
  // That snapshots take of the sizes is not known of a project without any.
  await on.quotas.storage({ gigabytes: 1 });
  await refused('SnapshotLimitExceeded', snap(volume));
  expect(await inventoryOf(on.at.openstack, bed)).toEqual({ ...on.before, volumes: [`${volume} available`] });
  await on.quotas.storage({ gigabytes: 2 });
  await waitUntilSnapshotCompleted(patience(on.at.ec2), { SnapshotIds: [await snap(volume)] });
});

it('a volume that Cinder’s quota refuses only when it is made ends in error, and leaves nothing', async () => {
  const { ec2, proxy } = on.at;
  await on.quotas.storage({ volumes: 1 });
  proxy.fail({ service: 'block-storage', method: 'POST', path: /\/volumes$/, fault: { kind: 'slow', ms: 4_000 } });
  const VolumeIds = [await create(1)];
  await on.quotas.storage({ volumes: 0 });
  await until(
    async () => (await ec2.describeVolumes({ VolumeIds })).Volumes![0]!.State,
    (state) => state === 'error',
  );
  await on.same();
});

it('a Cinder that does not answer refuses nothing', async () => {
  on.at.proxy.fail({ service: 'block-storage', path: /\/os-quota-sets\//, times: 100, fault: { kind: 'silent' } });
  await created(1);
});

it('an instance beyond Nova’s quota is refused at once, and launched when the quota is raised', async () => {
  await on.quotas.compute({ instances: 0 });
  await refused('InstanceLimitExceeded', run());
  await on.quotas.compute({ instances: 1, cores: 0 });
  await refused('VcpuLimitExceeded', run());
  await on.same();
  await on.quotas.compute({ cores: 1 });
  const id = await run();
  await waitUntilInstanceRunning(patience(on.at.ec2), { InstanceIds: [id] });
  await refused('InstanceLimitExceeded', run());
});

it('a quota that is used up after it was asked for ends the launch with its reason, and leaves nothing', async () => {
  const ends = async (id: string, code: string, words: RegExp) => {
    const end = await until(
      () => shown(on.at.ec2, id),
      ({ State }) => State?.Name !== 'pending',
    );
    expect(end).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: code, Message: expect.stringMatching(words) },
      StateTransitionReason: code,
      BlockDeviceMappings: [],
      NetworkInterfaces: [],
    });
    await on.same();
  };
  const later = { kind: 'slow', ms: 4_000 } as const;
  on.at.proxy.fail({ service: 'compute', method: 'POST', path: /\/servers$/, fault: later });
  const machine = await run();
  await on.quotas.compute({ instances: 0 });
  await ends(machine, 'Server.InsufficientInstanceCapacity', /quota/);

  await on.quotas.restore();
  on.at.proxy.fail({ service: 'block-storage', method: 'POST', path: /\/volumes$/, fault: later });
  const withDisk = await run({ BlockDeviceMappings: disks(1) });
  await on.quotas.storage({ volumes: 0 });
  await ends(withDisk, 'Client.VolumeLimitExceeded', /Volume limit exceeded/);
});
