import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type ForeignCloud,
  foreignCloud,
  foreignMachine,
  foreignVolume,
} from '../../../../test/support/foreignCloud.ts';
import { otherAccount, type TestWorld, testAccount, testWorld } from '../../../../test/support/world.ts';
import type { ForeignVolume } from '../../../ports/foreign.ts';
import { catchUp } from '../../foreign/catchUp.ts';

const region = 'us-east-1';
const scope = { account: testAccount, region };
const id = 'vol-00000000000000001';
const host = 'i-00000000000000001';

let cloud: ForeignCloud;
let w: TestWorld;
beforeEach(async () => {
  cloud = foreignCloud();
  w = await testWorld({ regions: [region], wrap: cloud.wrap });
});
afterEach(() => w.close());

const call = async (action: Parameters<TestWorld['call']>[0], input: object = {}, account = testAccount) => {
  await catchUp(w.world, { account, region }, { name: action });
  return w.call(action, input, { account });
};
const tell = (...volumes: readonly ForeignVolume[]) => void cloud.volumes.set(testAccount, [...volumes]);
const all = async (account = testAccount) => (await call('DescribeVolumes', {}, account)).Volumes;
const used = (name: string) => w.world.store.read.usage(scope, name);
const attached = { attachments: [{ instance: host, device: '/dev/vdb', attachedAt: 1_767_000_000_000 }] };

it('a volume that others made appears, grows and goes, and counts', async () => {
  tell(foreignVolume(id, { tags: { use: 'logs' } }));
  expect(await all()).toMatchObject([
    { VolumeId: id, State: 'available', Size: 3, VolumeType: 'nfs', AvailabilityZone: 'us-east-1a', Attachments: [] },
  ]);
  expect(await all(otherAccount)).toEqual([]);
  tell(foreignVolume(id, { sizeGiB: 5 }));
  expect(await all()).toMatchObject([{ Size: 5 }]);
  expect([await used('volumes'), await used('volume-gib')]).toEqual([1, 5]);
  tell();
  expect(await all()).toMatchObject([{ State: 'deleting' }]);
  await w.settle();
  expect(await all()).toEqual([]);
  expect([await used('volumes'), await used('volume-gib')]).toEqual([0, 0]);
});

it('what did not change writes nothing', async () => {
  tell(foreignVolume(id));
  await all();
  const revision = () => w.world.store.read.revision(scope, ['volume', 'instance']);
  const before = await revision();
  await all();
  await all();
  expect(await revision()).toBe(before);
});

it('an attachment is shown by the volume and by the instance', async () => {
  cloud.machines.set(testAccount, [foreignMachine(host, { zone: 'us-east-1b' })]);
  await call('DescribeInstances');
  tell(foreignVolume(id, { state: 'in-use', ...attached }));
  expect(await all()).toMatchObject([
    { State: 'in-use', AvailabilityZone: 'us-east-1b', Attachments: [{ InstanceId: host, State: 'attached' }] },
  ]);
  const devices = async () =>
    (await w.call('DescribeInstances', { InstanceIds: [host] })).Reservations[0].Instances[0].BlockDeviceMappings;
  expect(await devices()).toMatchObject([{ DeviceName: '/dev/vdb', Ebs: { VolumeId: id } }]);
  tell(foreignVolume(id));
  expect(await all()).toMatchObject([{ State: 'available', Attachments: [] }]);
  expect(await devices()).toEqual([]);
});

it('a failure is told, and a volume that failed to be made here stays', async () => {
  tell(foreignVolume(id, { state: 'error', fault: 'no room' }));
  expect(await all()).toMatchObject([{ State: 'error' }]);
  tell(foreignVolume(id));
  expect(await all()).toMatchObject([{ State: 'available' }]);
});

it('a volume of a cloud without zones can be attached in any', async () => {
  tell(foreignVolume(id));
  cloud.machines.set(testAccount, [foreignMachine(host, { zone: 'us-east-1b' })]);
  await all();
  const { VolumeId } = await call('AttachVolume', { VolumeId: id, InstanceId: host, Device: '/dev/sdf' });
  expect((await w.call('DescribeVolumes', { VolumeIds: [VolumeId] })).Volumes).toMatchObject([
    { State: 'in-use', AvailabilityZone: 'us-east-1b' },
  ]);
});
