import {
  type RunInstancesCommandInput,
  waitUntilInstanceRunning,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { type BrokenCloud, openBrokenCloud } from './support/brokenCloud.ts';
import { type Inventory, inventoryOf } from './support/inventory.ts';
import { clear, clearAll, launch, marked, patience, refused, until } from './support/life.ts';
import { type ProjectQuotas, quotasOf } from './support/quotas.ts';

const bed = described();
const AvailabilityZone = bed.zones.compute[0]!;

let at: BrokenCloud;
let quotas: ProjectQuotas;
let before: Inventory;

beforeAll(async () => {
  at = await openBrokenCloud(bed);
  await clearAll(at.ec2);
  quotas = quotasOf(at.admin, bed.users.demo.project.id);
});
beforeEach(async () => {
  before = await inventoryOf(at.openstack, bed);
});
afterEach(async () => {
  at.proxy.clear();
  await quotas.restore();
  await clear(at.ec2);
  await same();
});
afterAll(() => at.close());

/** Nothing more, and nothing less, is in the project than before the test. */
const same = () =>
  until(
    () => inventoryOf(at.openstack, bed),
    (now) => JSON.stringify(now) === JSON.stringify(before),
    60,
  );

const create = async (Size: number): Promise<string> =>
  (await at.ec2.createVolume({ AvailabilityZone, Size, ...marked('volume') })).VolumeId!;
const created = async (Size: number): Promise<string> => {
  const id = await create(Size);
  await waitUntilVolumeAvailable(patience(at.ec2), { VolumeIds: [id] });
  return id;
};
const snap = async (VolumeId: string): Promise<string> => {
  const { SnapshotId } = await at.ec2.createSnapshot({ VolumeId, ...marked('snapshot') });
  return SnapshotId!;
};
const run = (more: Partial<RunInstancesCommandInput> = {}) =>
  launch(at.ec2, { ImageId: at.image, Placement: { AvailabilityZone }, ...more });
const further = (VolumeSize: number) => [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize } }];

it('a volume beyond Cinder’s quota is refused at once, and made when the quota is raised', async () => {
  await quotas.storage({ volumes: 1, gigabytes: 2 });
  await refused('VolumeLimitExceeded', create(3));
  await same();
  const first = await created(1);
  await refused('VolumeLimitExceeded', create(1));
  await refused('VolumeLimitExceeded', run({ BlockDeviceMappings: further(1) }));
  const { Volumes } = await at.ec2.describeVolumes({});
  expect(Volumes?.map(({ VolumeId, State }) => [VolumeId, State])).toEqual([[first, 'available']]);
  expect(await inventoryOf(at.openstack, bed)).toEqual({ ...before, volumes: [`${first} available`] });
  await quotas.storage({ volumes: 2, gigabytes: 2 });
  await created(1);
});

it('a snapshot beyond Cinder’s quota is refused at once, and taken when the quota is raised', async () => {
  const volume = await created(1);
  await quotas.storage({ snapshots: 1, gigabytes: 3 });
  const taken = async () => waitUntilSnapshotCompleted(patience(at.ec2), { SnapshotIds: [await snap(volume)] });
  await taken();
  await refused('SnapshotLimitExceeded', snap(volume));
  // Now the sizes have no room.
  await quotas.storage({ snapshots: 2, gigabytes: 2 });
  await refused('SnapshotLimitExceeded', snap(volume));
  expect((await inventoryOf(at.openstack, bed)).snapshots).toHaveLength(before.snapshots!.length + 1);
  await quotas.storage({ gigabytes: 3 });
  await taken();
});

it('a Cinder that does not answer refuses nothing', async () => {
  at.proxy.fail({ service: 'block-storage', path: /\/limits$/, times: 100, fault: { kind: 'silent' } });
  await created(1);
});

it('an instance beyond Nova’s quota is refused at once, and launched when the quota is raised', async () => {
  await quotas.compute({ instances: 0 });
  await refused('InstanceLimitExceeded', run());
  await quotas.compute({ instances: 1, cores: 0 });
  await refused('VcpuLimitExceeded', run());
  await same();
  await quotas.compute({ cores: 1 });
  const id = await run();
  await waitUntilInstanceRunning(patience(at.ec2), { InstanceIds: [id] });
  await refused('InstanceLimitExceeded', run());
});
