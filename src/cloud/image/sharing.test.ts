import { afterEach, beforeEach, expect, test } from 'vitest';
import { foreignImage, type SharingCloud, sharingCloud } from '../../../test/support/sharingCloud.ts';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { DriverError } from '../../ports/driver.ts';
import type { ImageShares } from '../../ports/sharing.ts';
import { catchUp } from '../foreign/catchUp.ts';

const region = 'us-east-1';
const ImageId = 'ami-00000000000000001';

let cloud: SharingCloud;
let w: TestWorld;
let refuses: (shares: ImageShares) => boolean;
beforeEach(async () => {
  refuses = () => false;
  cloud = sharingCloud();
  cloud.images.set(testAccount, [foreignImage(ImageId)]);
  const wrap: SharingCloud['wrap'] = (driver) => {
    const wrapped = cloud.wrap(driver);
    const { imageSharing } = wrapped;
    return {
      ...wrapped,
      imageSharing: {
        ...imageSharing!,
        share: async (image, shares, call) => {
          if (refuses(shares)) throw new DriverError('denied', 'not allowed');
          return imageSharing!.share(image, shares, call);
        },
      },
    };
  };
  w = await testWorld({ regions: [region], wrap });
  await catchUp(w.world, { account: testAccount, region }, { name: 'DescribeImages' });
});
afterEach(() => w.close());

const add = (...LaunchPermission: object[]) =>
  w.call('ModifyImageAttribute', { ImageId, LaunchPermission: { Add: LaunchPermission } });
const permissions = async () =>
  (await w.call('DescribeImageAttribute', { ImageId, Attribute: 'launchPermission' })).LaunchPermissions;

test('an account is told to the cloud, which decides', async () => {
  await add({ UserId: otherAccount });
  expect(await permissions()).toEqual([{ UserId: otherAccount }]);
  await w.settle();
  expect([...cloud.shared.get(ImageId)!]).toEqual([otherAccount]);
  // What is shared there shows here, too.
  cloud.shared.get(ImageId)!.add('123456789012');
  expect(await permissions()).toEqual([{ UserId: otherAccount }, { UserId: '123456789012' }]);
  // The other account hears of it from its own cloud alone.
  await expectRefusal(
    w.call('DescribeImages', { ImageIds: [ImageId] }, { account: otherAccount }),
    'InvalidAMIID.NotFound',
  );
  await w.call('ModifyImageAttribute', { ImageId, LaunchPermission: { Remove: [{ UserId: otherAccount }] } });
  await w.settle();
  expect([...cloud.shared.get(ImageId)!]).toEqual(['123456789012']);
  await w.call('ResetImageAttribute', { ImageId, Attribute: 'launchPermission' });
  await w.settle();
  expect([...cloud.shared.get(ImageId)!]).toEqual([]);
});

test('whom the cloud does not know is refused, and so is everybody', async () => {
  cloud.strangers.add('123456789012');
  const code = 'InvalidAMIAttributeItemValue';
  await expectRefusal(add({ UserId: '123456789012' }), code, /"123456789012" for userId/);
  await expectRefusal(add({ OrganizationArn: 'arn:aws:organizations::123456789012:organization/o-abcdefghij' }), code);
  refuses = ({ add: added }) => added.includes('all');
  await expectRefusal(add({ Group: 'all' }), 'OperationNotPermitted', /public/);
  expect(await permissions()).toEqual([]);
});

test('an image on snapshots is shared with nobody', async () => {
  const ebs = { snapshotId: 'snap-00000000000000001', sizeGiB: 1, volumeType: 'gp2' };
  const device = { deviceName: '/dev/vda', ebs: { ...ebs, deleteOnTermination: true, encrypted: false } };
  cloud.images.set(testAccount, [foreignImage(ImageId, { rootDeviceType: 'ebs', blockDevices: [device] })]);
  await catchUp(w.world, { account: testAccount, region }, { name: 'DescribeImages' });
  await expectRefusal(add({ UserId: otherAccount }), 'UnsupportedOperation', /snapshots/);
});

test('what stands on snapshots is refused before anything else is asked of the cloud, where we alone decide, too', async () => {
  const can = { shareSnapshotImages: false };
  const here = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, ...can } }) });
  try {
    const { VolumeId } = await here.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    await here.settle();
    const { SnapshotId } = await here.call('CreateSnapshot', { VolumeId });
    await here.settle();
    const BlockDeviceMappings = [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }];
    const own = await here.call('RegisterImage', { Name: 'own', RootDeviceName: '/dev/xvda', BlockDeviceMappings });
    await here.settle();
    const LaunchPermission = { Add: [{ UserId: otherAccount }] };
    const sharing = here.call('ModifyImageAttribute', { ImageId: own.ImageId, LaunchPermission });
    await expectRefusal(sharing, 'UnsupportedOperation', /stands on snapshots/);
  } finally {
    await here.close();
  }
});

test('what the cloud refuses in the end is taken back', async () => {
  const third = '123456789012';
  const row = async () => {
    const [item] = await w.world.store.read.items({ kind: 'image', region, ids: [ImageId] });
    return JSON.parse(item!.body).launchPermissions;
  };
  await add({ UserId: otherAccount });
  await w.settle();
  refuses = ({ add: added }) => added.includes(third);
  await expectRefusal(add({ UserId: otherAccount }, { UserId: third }), 'UnauthorizedOperation');
  await w.settle();
  expect(await row()).toEqual([otherAccount]);
  refuses = ({ remove }) => remove.includes(otherAccount);
  const remove = { ImageId, LaunchPermission: { Remove: [{ UserId: otherAccount }] } };
  await expectRefusal(w.call('ModifyImageAttribute', remove), 'UnauthorizedOperation');
  await w.settle();
  expect(await row()).toEqual([otherAccount]);
  expect([...cloud.shared.get(ImageId)!]).toEqual([otherAccount]);
});
