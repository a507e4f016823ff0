/** JavaScript SDK: machines and the images made of them. */
import {
  paginateDescribeInstanceStatus,
  paginateDescribeInstances,
  waitUntilImageAvailable,
  waitUntilInstanceRunning,
  waitUntilInstanceStatusOk,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { can, check, equal, eventually, finish, holds, matches, onlyImage, sorted, zoneOr } from '../checks/check.js';
import { all, ec2, ec2OfOther, filters, newestImage, patience, refused } from './cloud.js';

const account = process.env.ACCOUNT_ID;
const other = process.env.OTHER_ACCOUNT_ID;
const userData = Buffer.from('#!/bin/bash\necho "told by the SDK"\n').toString('base64');

const image = await check('the newest Debian 12 is found by owner and name', async () => {
  const found = await newestImage('136693071363', 'debian-12-amd64-*');
  equal(found.State, 'available', 'State');
  if (onlyImage === undefined) equal([found.OwnerId, found.Hypervisor], ['136693071363', 'xen'], 'image');
  return found.ImageId;
});

const launch = (more = {}) => ({
  ImageId: image,
  InstanceType: 'm5.large',
  MinCount: 2,
  MaxCount: 6,
  UserData: userData,
  ClientToken: 'sdk-once',
  TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'fleet', Value: 'sdk' }] }],
  Placement: { AvailabilityZone: zoneOr('us-east-1a') },
  ...(can('rootVolumes') && {
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 9, VolumeType: 'gp3', Iops: 3100 } }],
  }),
  ...more,
});

await check('runInstances as a dry run rejects with DryRunOperation', async () => {
  const error = await refused('DryRunOperation', ec2.runInstances(launch({ DryRun: true })));
  equal(error.$metadata.httpStatusCode, 412, 'HTTP status');
});

const ids = await check('runInstances starts as many as may be', async () => {
  const made = await ec2.runInstances(launch());
  equal([made.Instances?.length, made.OwnerId], [6, account], 'number and owner');
  holds(
    made.Instances?.every((one) => one.LaunchTime instanceof Date),
    'LaunchTime is a date',
  );
  equal(made.Instances?.[0].State, { Code: 0, Name: 'pending' }, 'State');
  return sorted(made.Instances.map((one) => one.InstanceId));
});

await check('the client token is idempotent', async () => {
  equal(sorted((await ec2.runInstances(launch())).Instances.map((one) => one.InstanceId)), ids, 'instances');
  await refused('IdempotentParameterMismatch', ec2.runInstances(launch({ MaxCount: 7 })));
});

await check('waiters: running, status ok', async () => {
  equal((await waitUntilInstanceRunning(patience, { InstanceIds: ids })).state, 'SUCCESS', 'state of the waiter');
  equal((await waitUntilInstanceStatusOk(patience, { InstanceIds: ids })).state, 'SUCCESS', 'state of the waiter');
});

await check('a paginator walks pages of five', async () => {
  const pages = paginateDescribeInstances({ client: ec2, pageSize: 5 }, { Filters: filters({ 'tag:fleet': 'sdk' }) });
  const sizes = [];
  const found = [];
  for await (const page of pages) {
    const here = page.Reservations?.flatMap((one) => one.Instances ?? []) ?? [];
    sizes.push(here.length);
    found.push(...here.map((one) => one.InstanceId));
  }
  equal([sorted(found), sizes.length > 1], [ids, true], 'instances, on more than one page');
  const statuses = await all(
    paginateDescribeInstanceStatus({ client: ec2, pageSize: 5 }, { IncludeAllInstances: true }),
    (page) => page.InstanceStatuses,
  );
  equal(statuses.length, 6, 'number of statuses');
});

const [first, second] = ids ?? [];
const attribute = (Attribute) => ec2.describeInstanceAttribute({ InstanceId: first, Attribute });

await check('filters meet: OR within, AND across, wildcards', async () => {
  const find = async (query) => {
    const { Reservations = [] } = await ec2.describeInstances({ Filters: filters(query) });
    return sorted(Reservations.flatMap((one) => one.Instances ?? []).map((one) => one.InstanceId));
  };
  equal(
    await find({ 'instance-id': [first, second], 'instance-state-name': ['running', 'stopped'] }),
    sorted([first, second]),
    'two',
  );
  equal(await find({ 'tag-key': 'fl??t', 'instance-type': 'm5.*', architecture: 'x86_64' }), ids, 'all');
  equal(
    await find({ 'tag:fleet': 'sdk', 'launch-index': '3' }).then((found) => found.length),
    1,
    'number by launch-index',
  );
  equal(await find({ 'tag:fleet': 'other' }), [], 'none');
});

await check('getConsoleScreenshot is refused where machines have no screen', async () => {
  await refused('UnsupportedOperation', ec2.getConsoleScreenshot({ InstanceId: first }));
});

await check('getConsoleOutput has the lines of user data', async () => {
  const answer = await eventually(
    () => ec2.getConsoleOutput({ InstanceId: first }),
    ({ Output = '' }) =>
      Output !== '' && (!can('userData') || Buffer.from(Output, 'base64').includes('told by the SDK')),
    'user data on the console',
  );
  holds(answer.Timestamp instanceof Date, 'Timestamp is a date');
});

await check('attributes are read and changed', async () => {
  equal((await attribute('userData')).UserData?.Value, userData, 'UserData');
  await ec2.modifyInstanceAttribute({ InstanceId: first, DisableApiTermination: { Value: true } });
  await refused('OperationNotPermitted', ec2.terminateInstances({ InstanceIds: [first] }));
  await ec2.modifyInstanceAttribute({ InstanceId: first, DisableApiTermination: { Value: false } });
  equal((await attribute('disableApiTermination')).DisableApiTermination, { Value: false }, 'DisableApiTermination');
});

await check('stop, another type, start, reboot', async () => {
  await ec2.stopInstances({ InstanceIds: [first] });
  await waitUntilInstanceStopped(patience, { InstanceIds: [first] });
  const type = can('resize') ? 'r5.large' : 'm5.large';
  if (can('resize')) await ec2.modifyInstanceAttribute({ InstanceId: first, InstanceType: { Value: type } });
  const { StartingInstances } = await ec2.startInstances({ InstanceIds: [first] });
  equal(StartingInstances?.[0].PreviousState, { Code: 80, Name: 'stopped' }, 'PreviousState');
  await waitUntilInstanceRunning(patience, { InstanceIds: [first] });
  await ec2.rebootInstances({ InstanceIds: [first, second] });
  equal((await attribute('instanceType')).InstanceType, { Value: type }, 'InstanceType');
});

const made = await check(
  'createImage, waiter, attributes',
  async () => {
    const { ImageId } = await ec2.createImage({ InstanceId: first, Name: 'sdk image', Description: 'one' });
    equal((await waitUntilImageAvailable(patience, { ImageIds: [ImageId] })).state, 'SUCCESS', 'state of the waiter');
    await ec2.modifyImageAttribute({ ImageId, Description: { Value: 'two' } });
    const { Description } = await ec2.describeImageAttribute({ ImageId, Attribute: 'description' });
    equal(Description, { Value: 'two' }, 'Description');
    const [one] = (await ec2.describeImages({ ImageIds: [ImageId] })).Images ?? [];
    equal([one.Description, one.BlockDeviceMappings?.[0].Ebs?.VolumeSize], ['two', 9], 'image');
    return one;
  },
  'images',
);

await check(
  'launch permissions: add, seen by the other, reset',
  async () => {
    const { ImageId } = made;
    await ec2.modifyImageAttribute({ ImageId, LaunchPermission: { Add: [{ UserId: other }] } });
    const { Images } = await ec2OfOther.describeImages({ Owners: [String(account)] });
    equal(
      Images?.map((one) => one.ImageId),
      [ImageId],
      'images that the other account sees',
    );
    await ec2.resetImageAttribute({ ImageId, Attribute: 'launchPermission' });
    const { LaunchPermissions } = await ec2.describeImageAttribute({ ImageId, Attribute: 'launchPermission' });
    equal(LaunchPermissions, [], 'LaunchPermissions');
    await refused('InvalidAMIID.NotFound', ec2OfOther.describeImages({ ImageIds: [ImageId] }));
  },
  'images',
);

const snapshot = made?.BlockDeviceMappings?.[0].Ebs?.SnapshotId;

await check(
  'registerImage from its snapshot, deregisterImage of both',
  async () => {
    const { ImageId } = await ec2.registerImage({
      Name: 'sdk registered',
      RootDeviceName: '/dev/xvda',
      VirtualizationType: 'hvm',
      Architecture: 'x86_64',
      BootMode: 'uefi',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshot } }],
    });
    await waitUntilImageAvailable(patience, { ImageIds: [ImageId] });
    const [one] = (await ec2.describeImages({ ImageIds: [ImageId] })).Images ?? [];
    equal([one.BootMode, one.BlockDeviceMappings?.[0].Ebs?.VolumeSize], ['uefi', 9], 'image');
    await ec2.deregisterImage({ ImageId });
    await ec2.deregisterImage({ ImageId: made.ImageId });
    equal((await ec2.describeImages({ Owners: ['self'] })).Images, [], 'own images');
  },
  'images',
);

await check('errors keep their names', async () => {
  await refused('InvalidInstanceID.NotFound', ec2.describeInstances({ InstanceIds: ['i-00000000000000000'] }));
  await refused('InvalidInstanceID.Malformed', ec2.rebootInstances({ InstanceIds: ['42'] }));
  await refused('InvalidAMIID.Malformed', ec2.runInstances({ ImageId: 'debian', MinCount: 1, MaxCount: 1 }));
  const error = await refused('MissingParameter', ec2.runInstances({ MinCount: 1, MaxCount: 1 }));
  matches(error.message, /ImageId/i, 'message');
});

await check('terminateInstances, and nothing is left', async () => {
  await ec2.terminateInstances({ InstanceIds: ids });
  equal((await waitUntilInstanceTerminated(patience, { InstanceIds: ids })).state, 'SUCCESS', 'state of the waiter');
  if (snapshot !== undefined) await ec2.deleteSnapshot({ SnapshotId: snapshot });
  const { Volumes } = await ec2.describeVolumes({});
  const { Snapshots } = await ec2.describeSnapshots({ OwnerIds: ['self'] });
  equal([Volumes, Snapshots], [[], []], 'volumes and snapshots');
});

finish();
