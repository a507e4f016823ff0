/** aws-cli: own images, made from a machine and from a snapshot, shared, changed and taken away. */
import { can, check, equal, finish, holds, matches, zoneOr } from '../checks/check.js';
import { ec2, ec2OfOther, filters, newestAmazonLinux, refused } from './aws.js';

const other = process.env.OTHER_ACCOUNT_ID ?? '';
const zone = zoneOr('us-east-1a');

/** @type {() => Promise<void>} */
const asOnAws = async () => {
  const find = (owner, name) =>
    ec2('describe-images', '--owners', owner, ...filters({ name }), '--query', 'sort_by(Images, &CreationDate)[-1]');
  const ubuntu = await find('099720109477', 'ubuntu/images/hvm-ssd*/ubuntu-*-24.04-amd64-server-*');
  equal([ubuntu.Architecture, ubuntu.RootDeviceName], ['x86_64', '/dev/sda1'], 'Ubuntu');
  matches((await find('136693071363', 'debian-12-arm64-*')).Description, /^Debian 12/, 'Debian’s Description');
  const windows = await find('amazon', 'Windows_Server-2022-English-Full-Base-*');
  equal([windows.Platform, windows.BlockDeviceMappings[0].Ebs.VolumeSize], ['windows', 30], 'Windows');
  const kernels = await ec2('describe-images', ...filters({ 'image-type': 'kernel', architecture: 'x86_64' }));
  holds(
    kernels.Images.every((one) => one.ImageId.startsWith('aki-')),
    'kernels have ids of kernels',
  );
  holds(kernels.Images.length > 0, 'there is a kernel');
};
await check('public images are found as they are named on AWS', asOnAws, 'catalogue');

const instance = await check('a machine to make an image of', async () => {
  const { ImageId } = await newestAmazonLinux();
  const place = ['--placement', `AvailabilityZone=${zone}`];
  const { Instances } = await ec2('run-instances', '--image-id', ImageId, '--instance-type', 't3.micro', ...place);
  await ec2('wait', 'instance-running', '--instance-ids', Instances[0].InstanceId);
  return Instances[0].InstanceId;
});

const image = await check('create-image and wait image-available', async () => {
  const create = [
    'create-image',
    '--instance-id',
    instance,
    '--name',
    'golden',
    '--description',
    'first',
    '--no-reboot',
  ];
  await refused('DryRunOperation', ec2(...create, '--dry-run'));
  const { ImageId } = await ec2(...create);
  matches(ImageId, /^ami-[0-9a-f]{17}$/, 'ImageId');
  await refused('InvalidAMIName.Duplicate', ec2(...create));
  await ec2('wait', 'image-available', '--image-ids', ImageId);
  return ImageId;
});

const ofRoot = await check('describe-images of self', async () => {
  const { Images } = await ec2('describe-images', '--owners', 'self');
  equal(
    Images.map((one) => one.ImageId),
    [image],
    'Images',
  );
  const [one] = Images;
  equal([one.Name, one.Description, one.Public, one.State], ['golden', 'first', false, 'available'], 'image');
  const kind = can('rootVolumes') ? 'ebs' : 'instance-store';
  equal([one.Architecture, one.RootDeviceType, one.OwnerId], ['x86_64', kind, process.env.ACCOUNT_ID], 'image');
  if (!can('rootVolumes')) return undefined;
  const [{ DeviceName, Ebs }] = one.BlockDeviceMappings;
  equal([DeviceName, Ebs.VolumeSize, Ebs.DeleteOnTermination], ['/dev/xvda', 8, true], 'root device');
  return Ebs.SnapshotId;
});

const attribute = (name) => ec2('describe-image-attribute', '--image-id', image, '--attribute', name);
const modify = (...args) => ec2('modify-image-attribute', '--image-id', image, ...args);

await check('an image is shared with another account, which then sees it', async () => {
  await refused('InvalidAMIID.NotFound', ec2OfOther('describe-images', '--image-ids', image));
  await modify('--launch-permission', `Add=[{UserId=${other}}]`);
  equal((await attribute('launchPermission')).LaunchPermissions, [{ UserId: other }], 'LaunchPermissions');
  const { Images } = await ec2OfOther('describe-images', '--executable-users', 'self');
  equal(
    Images.map((one) => one.ImageId),
    [image],
    'images shared with the other account',
  );
  const { ImageId } = (await ec2OfOther('describe-images', '--owners', process.env.ACCOUNT_ID)).Images[0];
  equal(ImageId, image, 'ImageId by owner');
});

await check('the other account starts a machine from it, and may not change it', async () => {
  const { Instances } = await ec2OfOther('run-instances', '--image-id', image, '--instance-type', 't3.nano');
  await ec2OfOther('wait', 'instance-running', '--instance-ids', Instances[0].InstanceId);
  await ec2OfOther('terminate-instances', '--instance-ids', Instances[0].InstanceId);
  await refused('AuthFailure', ec2OfOther('deregister-image', '--image-id', image));
});

/** @type {() => Promise<void>} */
const madePublic = async () => {
  await modify('--launch-permission', 'Add=[{Group=all}]');
  equal((await ec2('describe-images', '--image-ids', image)).Images[0].Public, true, 'Public');
};
await check('an image is made public', madePublic, 'publicImages');

await check('launch permissions are reset', async () => {
  await ec2('reset-image-attribute', '--image-id', image, '--attribute', 'launchPermission');
  equal((await attribute('launchPermission')).LaunchPermissions, [], 'LaunchPermissions');
  await refused('InvalidAMIID.NotFound', ec2OfOther('describe-images', '--image-ids', image));
});

await check('describe- and modify-image-attribute of the description', async () => {
  equal((await attribute('description')).Description, { Value: 'first' }, 'Description');
  await modify('--description', '{"Value":"second, with a comma"}');
  equal((await attribute('description')).Description, { Value: 'second, with a comma' }, 'Description');
  // EC2 does not tell the devices this way any more.
  await refused('AuthFailure', attribute('blockDeviceMapping'));
});

/** Where no snapshot was made of the machine's root: one of a volume. */
async function ofVolume() {
  const { VolumeId } = await ec2('create-volume', '--availability-zone', zone, '--size', '8');
  await ec2('wait', 'volume-available', '--volume-ids', VolumeId);
  const { SnapshotId } = await ec2('create-snapshot', '--volume-id', VolumeId);
  await ec2('wait', 'snapshot-completed', '--snapshot-ids', SnapshotId);
  return SnapshotId;
}

const snapshot = ofRoot ?? (await check('create-snapshot of a disk', ofVolume));

const registered = await check('register-image from the snapshot', async () => {
  const { ImageId } = await ec2(
    ...['register-image', '--name', 'registered', '--root-device-name', '/dev/sda1', '--architecture', 'arm64'],
    ...['--virtualization-type', 'hvm', '--ena-support', '--block-device-mappings'],
    `[{"DeviceName":"/dev/sda1","Ebs":{"SnapshotId":"${snapshot}","VolumeSize":10,"VolumeType":"gp3"}}]`,
  );
  const [one] = (await ec2('describe-images', '--image-ids', ImageId)).Images;
  equal(
    [one.Name, one.Architecture, one.EnaSupport, one.RootDeviceName],
    ['registered', 'arm64', true, '/dev/sda1'],
    'image',
  );
  equal(one.BlockDeviceMappings[0].Ebs.VolumeSize, 10, 'VolumeSize');
  return ImageId;
});

await check(
  'a machine of another architecture does not start from it',
  () => refused('InvalidParameterValue', ec2('run-instances', '--image-id', registered, '--instance-type', 't3.micro')),
  'architectures',
);

await check('a snapshot that an image needs is not deleted', () =>
  refused('InvalidSnapshot.InUse', ec2('delete-snapshot', '--snapshot-id', snapshot)),
);

await check('errors carry EC2’s codes', async () => {
  await refused('InvalidAMIID.NotFound', ec2('describe-images', '--image-ids', 'ami-00000000000000000'));
  await refused('InvalidAMIID.Malformed', ec2('describe-images', '--image-ids', 'golden'));
  await refused('InvalidAMIAttributeItemValue', modify('--launch-permission', 'Add=[{UserId=123}]'));
});

await check('deregister-image, delete the snapshot, and nothing is left', async () => {
  for (const id of [image, registered]) await ec2('deregister-image', '--image-id', id);
  await refused('InvalidAMIID.Unavailable', ec2('run-instances', '--image-id', image, '--instance-type', 't3.micro'));
  await ec2('delete-snapshot', '--snapshot-id', snapshot);
  await ec2('terminate-instances', '--instance-ids', instance);
  await ec2('wait', 'instance-terminated', '--instance-ids', instance);
  // A volume that had a snapshot of its own made goes after that.
  for (const { VolumeId } of (await ec2('describe-volumes')).Volumes)
    await ec2('delete-volume', '--volume-id', VolumeId);
  equal((await ec2('describe-images', '--owners', 'self')).Images, [], 'Images');
  equal((await ec2('describe-snapshots', '--owner-ids', 'self')).Snapshots, [], 'Snapshots');
  equal((await ec2('describe-volumes')).Volumes, [], 'Volumes');
});

finish();
