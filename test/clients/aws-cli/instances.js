/** aws-cli: the life of two machines, from the look-up of an image to their end. */
import { writeFileSync } from 'node:fs';
import { can, check, equal, eventually, finish, holds, matches, onlyImage, sorted, zoneOr } from '../checks/check.js';
import { ec2, filters, newestAmazonLinux, refused } from './aws.js';

const script = '#!/bin/sh\necho "told by user data: aws-cli"\n';

const image = await check('the newest Amazon Linux 2023 is found by owner and name', async () => {
  const found = await newestAmazonLinux();
  matches(found.ImageId, /^ami-[0-9a-f]{17}$/, 'ImageId');
  if (onlyImage !== undefined) return found;
  equal(found.OwnerId, '137112412989', 'OwnerId');
  equal([found.Architecture, found.State, found.Public], ['x86_64', 'available', true], 'Architecture, State, Public');
  equal(found.RootDeviceName, '/dev/xvda', 'RootDeviceName');
  return found;
});

const key = await check('create-key-pair', async () => (await ec2('create-key-pair', '--key-name', 'web')).KeyName);

const group = await check('create-security-group and open a port', async () => {
  const { GroupId } = await ec2('create-security-group', '--group-name', 'web', '--description', 'web servers');
  const rule = ['--protocol', 'tcp', '--port', '22', '--cidr', '0.0.0.0/0'];
  await ec2('authorize-security-group-ingress', '--group-id', GroupId, ...rule);
  return GroupId;
});

const zone = zoneOr('us-east-1a');
/** The disks of the launch: one that replaces the root's, where there is one, and one that stays. */
const root = '{"DeviceName":"/dev/xvda","Ebs":{"VolumeSize":12,"VolumeType":"gp3"}},';
const data = '{"DeviceName":"/dev/sdf","Ebs":{"VolumeSize":3,"VolumeType":"gp2","DeleteOnTermination":false}}';

const launch = () => [
  'run-instances',
  ...['--image-id', image.ImageId, '--instance-type', 't3.micro', '--count', '2', '--key-name', key],
  ...['--security-group-ids', group, '--user-data', 'file://user-data.sh', '--client-token', 'aws-cli-web'],
  ...['--instance-initiated-shutdown-behavior', 'stop'],
  ...['--tag-specifications', 'ResourceType=instance,Tags=[{Key=Name,Value=web},{Key=stage,Value=a b}]'],
  ...['ResourceType=volume,Tags=[{Key=stage,Value=disk}]'],
  ...['--block-device-mappings', `[${can('rootVolumes') ? root : ''}${data}]`],
  ...['--placement', `AvailabilityZone=${zone}`],
];

await check('run-instances --dry-run is told that it would have succeeded', async () => {
  writeFileSync('user-data.sh', script);
  await refused('DryRunOperation', ec2(...launch(), '--dry-run'));
  equal((await ec2('describe-instances')).Reservations, [], 'Reservations after a dry run');
});

const ids = await check('run-instances starts two', async () => {
  const { Instances, OwnerId, ReservationId } = await ec2(...launch());
  equal(Instances.length, 2, 'number of instances');
  equal(OwnerId, process.env.ACCOUNT_ID, 'OwnerId');
  matches(ReservationId, /^r-[0-9a-f]{17}$/, 'ReservationId');
  equal(Instances[0].State, { Code: 0, Name: 'pending' }, 'State');
  equal(sorted(Instances.map((one) => one.AmiLaunchIndex)), [0, 1], 'AmiLaunchIndex');
  return sorted(Instances.map((one) => one.InstanceId));
});
const [first, second] = ids ?? [];

await check('the same client token starts nothing more', async () => {
  const { Instances } = await ec2(...launch());
  equal(sorted(Instances.map((one) => one.InstanceId)), ids, 'InstanceIds');
});

await check('the same client token with another type is refused', () =>
  refused('IdempotentParameterMismatch', ec2(...launch(), '--instance-type', 't3.small')),
);

await check('wait instance-running', () => ec2('wait', 'instance-running', '--instance-ids', ...ids));

await check('describe-instances by filters tells all that was asked for', async () => {
  const query = filters({ 'tag:Name': 'web', 'instance-state-name': 'pending,running', 'image-id': image.ImageId });
  const { Reservations } = await ec2('describe-instances', ...query);
  equal(Reservations.length, 1, 'number of reservations');
  const [one] = Reservations[0].Instances;
  equal(one.State, { Code: 16, Name: 'running' }, 'State');
  equal([one.KeyName, one.InstanceType, one.ImageId], [key, 't3.micro', image.ImageId], 'key, type and image');
  equal(one.SecurityGroups, [{ GroupName: 'web', GroupId: group }], 'SecurityGroups');
  equal(one.ClientToken, 'aws-cli-web', 'ClientToken');
  equal(sorted(one.Tags.map((tag) => `${tag.Key}=${tag.Value}`)), ['Name=web', 'stage=a b'], 'Tags');
  matches(one.PrivateIpAddress, /^172\.31\./, 'PrivateIpAddress');
  if (can('publicAddresses')) matches(one.PublicIpAddress, /^\d+\.\d+\.\d+\.\d+$/, 'PublicIpAddress');
  const disks = one.BlockDeviceMappings.map((disk) => [disk.DeviceName, disk.Ebs.Status, disk.Ebs.DeleteOnTermination]);
  const wanted = ['/dev/sdf,attached,false', ...(can('rootVolumes') ? ['/dev/xvda,attached,true'] : [])];
  equal(sorted(disks.map(String)), wanted, 'BlockDeviceMappings');
  equal(one.NetworkInterfaces[0].PrivateIpAddress, one.PrivateIpAddress, 'address of the interface');
});

await check('the launch made the volumes with their sizes and tags', async () => {
  const { Volumes } = await ec2('describe-volumes', ...filters({ 'tag:stage': 'disk' }));
  equal(
    sorted(Volumes.map((one) => `${one.Size} ${one.VolumeType} ${one.State}`)),
    [...(can('rootVolumes') ? ['12 gp3 in-use', '12 gp3 in-use'] : []), '3 gp2 in-use', '3 gp2 in-use'],
    'Volumes',
  );
});

await check('describe-instances in pieces by --max-items and --starting-token', async () => {
  const pages = await ec2('describe-instances', '--page-size', '5', '--max-items', '1');
  equal(pages.Reservations.length, 1, 'number of reservations');
  await refused('InvalidParameterValue', ec2('describe-instances', '--max-results', '4', '--no-paginate'));
});

await check('wait instance-status-ok and describe-instance-status', async () => {
  await ec2('wait', 'instance-status-ok', '--instance-ids', first);
  const { InstanceStatuses } = await ec2('describe-instance-status', '--instance-ids', first);
  const [{ InstanceStatus, SystemStatus, InstanceState }] = InstanceStatuses;
  equal([InstanceStatus.Status, SystemStatus.Status, InstanceState.Name], ['ok', 'ok', 'running'], 'statuses');
});

await check('get-console-screenshot is refused where machines have no screen', async () => {
  await refused('UnsupportedOperation', ec2('get-console-screenshot', '--instance-id', first));
});

await check('get-console-output tells the boot and what user data printed', async () => {
  const { InstanceId, Output } = await eventually(
    () => ec2('get-console-output', '--instance-id', first, '--latest'),
    (answer) => answer.Output?.includes(can('userData') ? 'told by user data' : ''),
    'the output of user data',
  );
  equal(InstanceId, first, 'InstanceId');
  if (can('userData')) matches(Output, /told by user data: aws-cli/, 'Output');
});

const attribute = (name) => ec2('describe-instance-attribute', '--instance-id', first, '--attribute', name);

await check('describe-instance-attribute reads every attribute', async () => {
  equal((await attribute('userData')).UserData.Value, Buffer.from(script).toString('base64'), 'UserData');
  equal((await attribute('instanceType')).InstanceType.Value, 't3.micro', 'InstanceType');
  equal((await attribute('disableApiTermination')).DisableApiTermination.Value, false, 'DisableApiTermination');
  const { InstanceInitiatedShutdownBehavior } = await attribute('instanceInitiatedShutdownBehavior');
  equal(InstanceInitiatedShutdownBehavior.Value, 'stop', 'InstanceInitiatedShutdownBehavior');
  equal((await attribute('rootDeviceName')).RootDeviceName.Value, image.RootDeviceName, 'RootDeviceName');
  equal((await attribute('groupSet')).Groups[0].GroupId, group, 'Groups');
  const { BlockDeviceMappings } = await attribute('blockDeviceMapping');
  equal(BlockDeviceMappings.length, can('rootVolumes') ? 2 : 1, 'BlockDeviceMappings');
  equal((await attribute('sourceDestCheck')).SourceDestCheck.Value, true, 'SourceDestCheck');
});

await check('termination protection holds until it is taken away', async () => {
  await ec2('modify-instance-attribute', '--instance-id', first, '--disable-api-termination');
  equal((await attribute('disableApiTermination')).DisableApiTermination.Value, true, 'DisableApiTermination');
  await refused('OperationNotPermitted', ec2('terminate-instances', '--instance-ids', first));
  await ec2('modify-instance-attribute', '--instance-id', first, '--no-disable-api-termination');
});

const resize = () => ec2('modify-instance-attribute', '--instance-id', first, '--instance-type', 'Value=t3.small');

await check('a running machine keeps its type', () => refused('IncorrectInstanceState', resize()));

await check('stop-instances and wait instance-stopped', async () => {
  const { StoppingInstances } = await ec2('stop-instances', '--instance-ids', first);
  equal(StoppingInstances[0].PreviousState.Name, 'running', 'PreviousState');
  equal(StoppingInstances[0].CurrentState, { Code: 64, Name: 'stopping' }, 'CurrentState');
  await ec2('wait', 'instance-stopped', '--instance-ids', first);
});

await check('a stopped machine has no public address and takes another type', async () => {
  if (can('resize')) await resize();
  const { Reservations } = await ec2('describe-instances', '--instance-ids', first);
  const [one] = Reservations[0].Instances;
  const type = can('resize') ? 't3.small' : 't3.micro';
  equal([one.State.Name, one.InstanceType, one.PublicIpAddress], ['stopped', type, undefined], 'instance');
  matches(one.StateTransitionReason, /^User initiated/, 'StateTransitionReason');
  equal(one.StateReason.Code, 'Client.UserInitiatedShutdown', 'StateReason.Code');
});

await check('describe-instance-status --include-all-instances shows it', async () => {
  const plain = await ec2('describe-instance-status', '--instance-ids', first);
  equal(plain.InstanceStatuses, [], 'InstanceStatuses of a stopped machine');
  const all = await ec2('describe-instance-status', '--instance-ids', first, '--include-all-instances');
  equal(all.InstanceStatuses[0].InstanceState.Name, 'stopped', 'InstanceState');
});

await check('start-instances brings it back', async () => {
  const { StartingInstances } = await ec2('start-instances', '--instance-ids', first);
  equal(StartingInstances[0].CurrentState, { Code: 0, Name: 'pending' }, 'CurrentState');
  await ec2('wait', 'instance-running', '--instance-ids', first);
});

await check('reboot-instances leaves it running', async () => {
  equal(await ec2('reboot-instances', '--instance-ids', ...ids), undefined, 'output');
  const { InstanceStatuses } = await ec2('describe-instance-status', '--instance-ids', first);
  equal(InstanceStatuses[0].InstanceState.Name, 'running', 'InstanceState');
});

await check('stop-instances --force', async () => {
  await ec2('stop-instances', '--force', '--instance-ids', second);
  await ec2('wait', 'instance-stopped', '--instance-ids', second);
});

await check('errors carry EC2’s codes', async () => {
  await refused('InvalidInstanceID.NotFound', ec2('describe-instances', '--instance-ids', 'i-00000000000000000'));
  await refused('InvalidInstanceID.Malformed', ec2('stop-instances', '--instance-ids', 'web'));
  await refused('InvalidAMIID.NotFound', ec2('run-instances', '--image-id', 'ami-00000000000000000'));
  await refused('InvalidParameterValue', ec2('run-instances', '--image-id', image.ImageId, '--instance-type', 'z9.x'));
  await refused('InvalidParameterValue', ec2('describe-instances', ...filters({ 'no-such-filter': 'a' })));
});

await check('terminate-instances and wait instance-terminated', async () => {
  const { TerminatingInstances } = await ec2('terminate-instances', '--instance-ids', ...ids);
  equal(TerminatingInstances.length, 2, 'number of instances');
  const states = sorted(TerminatingInstances.map((one) => `${one.PreviousState.Name} ${one.CurrentState.Name}`));
  holds(states[0] === 'running shutting-down', `${states} begin with running shutting-down`);
  await ec2('wait', 'instance-terminated', '--instance-ids', ...ids);
  await refused('IncorrectInstanceState', ec2('start-instances', '--instance-ids', first));
});

await check('nothing is left but the volumes that were to stay', async () => {
  const { Volumes } = await ec2('describe-volumes');
  equal(
    Volumes.map((one) => `${one.Size} ${one.State}`),
    ['3 available', '3 available'],
    'Volumes',
  );
  for (const { VolumeId } of Volumes) await ec2('delete-volume', '--volume-id', VolumeId);
  await ec2('wait', 'volume-deleted', '--volume-ids', ...Volumes.map((one) => one.VolumeId));
  await ec2('delete-security-group', '--group-id', group);
  await ec2('delete-key-pair', '--key-name', key);
  const { Reservations } = await ec2(
    'describe-instances',
    ...filters({ 'instance-state-name': 'pending,running,stopped' }),
  );
  equal(Reservations, [], 'Reservations');
});

finish();
