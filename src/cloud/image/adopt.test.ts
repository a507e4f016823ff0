import { afterEach, beforeEach, expect, test } from 'vitest';
import { foreignImage, type SharingCloud, sharingCloud } from '../../../test/support/sharingCloud.ts';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { catchUp } from '../foreign/catchUp.ts';

const region = 'us-east-1';
const id = 'ami-00000000000000001';
const other = { account: otherAccount };

let cloud: SharingCloud;
let w: TestWorld;
beforeEach(async () => {
  cloud = sharingCloud();
  w = await testWorld({ regions: [region], wrap: cloud.wrap });
});
afterEach(() => w.close());

const call = async (action: Parameters<TestWorld['call']>[0], input: object = {}, account = testAccount) => {
  await catchUp(w.world, { account, region }, { name: action });
  return w.call(action, input, { account });
};
const own = async (account = testAccount) => (await call('DescribeImages', { Owners: ['self'] }, account)).Images;
const shown = async (account = testAccount) => (await call('DescribeImages', { ImageIds: [id] }, account)).Images[0];
const revision = () => w.world.store.read.revision({ account: testAccount, region }, ['image']);

test('an image that others made appears, changes and goes', async () => {
  cloud.images.set(testAccount, [foreignImage(id, { state: 'pending' })]);
  expect(await own()).toMatchObject([{ ImageId: id, State: 'pending', OwnerId: testAccount, Public: false }]);
  cloud.images.set(testAccount, [foreignImage(id, { name: 'new name', kernelId: 'aki-00000000000000001' })]);
  expect(await own()).toMatchObject([{ State: 'available', Name: 'new name', KernelId: 'aki-00000000000000001' }]);
  cloud.images.set(testAccount, [foreignImage(id, { state: 'failed', isProtected: true })]);
  const failed = (await own())[0];
  expect(failed).toMatchObject({ State: 'failed', DeregistrationProtection: 'enabled' });
  expect(failed.KernelId).toBeUndefined();
  cloud.images.set(testAccount, [foreignImage(id)]);
  expect((await own())[0].StateReason).toBeUndefined();
  expect(await own(otherAccount)).toEqual([]);
  cloud.images.delete(testAccount);
  expect(await own()).toEqual([]);
});

test('what did not change writes nothing, and what requests say of it stays', async () => {
  cloud.images.set(testAccount, [foreignImage(id, { description: 'theirs' })]);
  await own();
  await w.call('CreateTags', { Resources: [id], Tags: [{ Key: 'mine', Value: 'yes' }] });
  await w.call('ModifyImageAttribute', { ImageId: id, Description: { Value: 'ours' } });
  const before = await revision();
  await own();
  expect(await revision()).toBe(before);
  cloud.images.set(testAccount, [foreignImage(id, { name: 'another', description: 'theirs' })]);
  expect(await own()).toMatchObject([{ Name: 'another', Description: 'ours', Tags: [{ Key: 'mine', Value: 'yes' }] }]);
});

test('an image that another account shares can be launched, and nothing else', async () => {
  cloud.images.set(otherAccount, [foreignImage(id)]);
  expect(await own()).toEqual([]);
  expect(await shown(otherAccount)).toMatchObject({ OwnerId: testAccount });
  const self = { ExecutableUsers: ['self'] };
  expect((await call('DescribeImages', self, otherAccount)).Images).toMatchObject([{ ImageId: id }]);
  expect((await call('DescribeImages', { Owners: ['self'] }, otherAccount)).Images).toEqual([]);
  for (const action of ['DeregisterImage', 'ResetImageAttribute', 'DescribeImageAttribute'] as const)
    await expectRefusal(call(action, { ImageId: id, Attribute: 'launchPermission' }, otherAccount), 'AuthFailure');
  const launch = { ImageId: id, MinCount: 1, MaxCount: 1 };
  expect((await call('RunInstances', launch, otherAccount)).Instances).toMatchObject([{ ImageId: id }]);
  await w.settle();
  await expectRefusal(call('RunInstances', launch), 'InvalidAMIID.NotFound');
  // Of the owner's own name for an image nobody else knows.
  await w.call('RegisterImage', { Name: `name of ${id}`, ImageLocation: 'b/m.xml' }, other);
  cloud.images.delete(otherAccount);
  await expectRefusal(shown(otherAccount), 'InvalidAMIID.NotFound');
});

test('an image that we made keeps its row while the cloud tells of it', async () => {
  cloud.images.set(testAccount, [foreignImage('ami-0000000000000000a')]);
  await own();
  const { Instances } = await call('RunInstances', { ImageId: 'ami-0000000000000000a', MinCount: 1, MaxCount: 1 });
  await w.settle();
  const { ImageId } = await call('CreateImage', { InstanceId: Instances[0].InstanceId, Name: 'made here' });
  // The cloud does not know of it yet.
  expect(await own()).toMatchObject([{}, { Name: 'made here', State: 'pending' }]);
  const told = foreignImage(ImageId, { name: ImageId });
  cloud.images.get(testAccount)!.push({ ...told, state: 'pending' });
  expect(await own()).toMatchObject([{}, { Name: 'made here', State: 'pending' }]);
  await w.settle();
  cloud.images.set(testAccount, [told]);
  expect(await own()).toMatchObject([{ Name: 'made here', State: 'available', RootDeviceType: 'instance-store' }]);
  cloud.images.delete(testAccount);
  expect(await own()).toEqual([]);
});

test('one that is deregistered is deleted in the cloud, and does not come back meanwhile', async () => {
  cloud.images.set(testAccount, [foreignImage(id)]);
  await own();
  await call('DeregisterImage', { ImageId: id });
  expect(await own()).toEqual([]);
  cloud.images.delete(testAccount);
  await w.settle();
  expect(await own()).toEqual([]);
});

test('a protected one cannot be deregistered', async () => {
  cloud.images.set(testAccount, [foreignImage(id, { isProtected: true })]);
  await expectRefusal(call('DeregisterImage', { ImageId: id }), 'OperationNotPermitted', /protect/);
});
