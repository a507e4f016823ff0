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

it('a launch whose volumes are beyond Cinder’s quota is refused at once, and done when the quota is raised', async () => {
  await on.quotas.storage({ volumes: 1, gigabytes: 2 });
  await refused('VolumeLimitExceeded', run({ BlockDeviceMappings: disks(1, 1) }));
  await refused('VolumeLimitExceeded', run({ BlockDeviceMappings: disks(3) }));
  await on.same();
  await on.quotas.storage({ volumes: 2, gigabytes: 2 });
  const id = await run({ BlockDeviceMappings: disks(1, 1) });
  await waitUntilInstanceRunning(patience(on.at.ec2), { InstanceIds: [id] });
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

it('a volume or a snapshot that Cinder’s quota refuses only when it is made ends in error, and leaves nothing', async () => {
  const { ec2, proxy } = on.at;
  const volume = await created(1);
  await on.quotas.storage({ gigabytes: 1 });
  // That snapshots take of the sizes is not known of a project without any.
  const SnapshotIds = [await snap(volume)];
  const look = async () => (await ec2.describeSnapshots({ SnapshotIds })).Snapshots![0]!;
  const ended = await until(look, ({ State }) => State !== 'pending');
  expect(ended).toMatchObject({ State: 'error', StateMessage: expect.stringMatching(/quota/i) });
  await on.quotas.storage({ volumes: 2, gigabytes: 2 });
  proxy.fail({ service: 'block-storage', method: 'POST', path: /\/volumes$/, fault: { kind: 'slow', ms: 4_000 } });
  const VolumeIds = [await create(1)];
  await on.quotas.storage({ volumes: 1 });
  await until(
    async () => (await ec2.describeVolumes({ VolumeIds })).Volumes![0]!.State,
    (state) => state === 'error',
  );
  expect(await inventoryOf(on.at.openstack, bed)).toEqual({ ...on.before, volumes: [`${volume} available`] });
});

it('a Cinder that does not answer refuses nothing', async () => {
  on.at.proxy.fail({ service: 'block-storage', path: /\/limits$/, times: 100, fault: { kind: 'silent' } });
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
