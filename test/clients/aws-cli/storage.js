/** aws-cli: volumes and snapshots, attached to a machine and without one. */
import { can, check, equal, eventually, finish, matches, zoneOr } from '../checks/check.js';
import { ec2, filters, newestAmazonLinux, refused } from './aws.js';

const zone = zoneOr('us-east-1a');
const size = can('performance') ? 20 : 2;
const encrypted = can('encryption');

const instance = await check('a machine in a zone to attach to', async () => {
  const { ImageId } = await newestAmazonLinux();
  const { Instances } = await ec2(
    'run-instances',
    ...['--image-id', ImageId, '--instance-type', 't3.micro', '--placement', `AvailabilityZone=${zone}`],
  );
  const [{ InstanceId, Placement }] = Instances;
  equal(Placement.AvailabilityZone, zone, 'AvailabilityZone');
  return InstanceId;
});

const create = [
  'create-volume',
  ...['--availability-zone', zone, '--size', `${size}`],
  ...(can('performance') ? ['--volume-type', 'io1', '--iops', '400'] : []),
  ...(encrypted ? ['--encrypted'] : []),
  ...['--client-token', 'aws-cli-data', '--tag-specifications', 'ResourceType=volume,Tags=[{Key=Name,Value=data}]'],
];

await check('create-volume --dry-run', async () => {
  await refused('DryRunOperation', ec2(...create, '--dry-run'));
  equal((await ec2('describe-volumes', ...filters({ 'tag:Name': 'data' }))).Volumes, [], 'Volumes');
});

const volume = await check('create-volume', async () => {
  const made = await ec2(...create);
  matches(made.VolumeId, /^vol-[0-9a-f]{17}$/, 'VolumeId');
  equal([made.Size, made.Encrypted], [size, encrypted], 'Size and Encrypted');
  if (can('performance')) equal([made.VolumeType, made.Iops], ['io1', 400], 'VolumeType and Iops');
  equal([made.State, made.AvailabilityZone], ['creating', zone], 'State and AvailabilityZone');
  equal(made.Tags, [{ Key: 'Name', Value: 'data' }], 'Tags');
  equal((await ec2(...create)).VolumeId, made.VolumeId, 'VolumeId for the same client token');
  return made.VolumeId;
});

await check('wait volume-available', () => ec2('wait', 'volume-available', '--volume-ids', volume));
await check('the machine runs', () => ec2('wait', 'instance-running', '--instance-ids', instance));

const attach = ['attach-volume', '--volume-id', volume, '--instance-id', instance, '--device', '/dev/sdf'];

await check('attach-volume and wait volume-in-use', async () => {
  const made = await ec2(...attach);
  equal([made.State, made.Device, made.InstanceId], ['attaching', '/dev/sdf', instance], 'attachment');
  await ec2('wait', 'volume-in-use', '--volume-ids', volume);
});

await check('describe-volumes by filters of the attachment', async () => {
  const query = filters({ 'attachment.instance-id': instance, 'attachment.device': '/dev/sd?', encrypted });
  const { Volumes } = await ec2('describe-volumes', ...query);
  equal(
    Volumes.map((one) => one.VolumeId),
    [volume],
    'Volumes',
  );
  const [{ Attachments }] = Volumes;
  equal([Attachments.length, Attachments[0].DeleteOnTermination], [1, false], 'Attachments');
});

const detach = async () => {
  const { State } = await ec2('detach-volume', '--volume-id', volume);
  equal(State, 'detaching', 'State');
  await ec2('wait', 'volume-available', '--volume-ids', volume);
};

await check('a volume in use is neither attached again nor deleted', async () => {
  await refused('VolumeInUse', ec2(...attach));
  await refused('VolumeInUse', ec2('delete-volume', '--volume-id', volume));
});

if (!can('attachedSnapshots')) await check('detach-volume before the snapshot', detach);

const snapshot = await check('create-snapshot and wait snapshot-completed', async () => {
  const made = await ec2(
    ...['create-snapshot', '--volume-id', volume, '--description', 'before the upgrade'],
    ...['--tag-specifications', 'ResourceType=snapshot,Tags=[{Key=keep,Value=yes}]'],
  );
  equal([made.State, made.VolumeSize, made.Encrypted], ['pending', size, encrypted], 'snapshot');
  equal(made.Description, 'before the upgrade', 'Description');
  await ec2('wait', 'snapshot-completed', '--snapshot-ids', made.SnapshotId);
  return made.SnapshotId;
});

await check('describe-snapshots of self by filters', async () => {
  const query = ['--owner-ids', 'self', ...filters({ 'volume-id': volume, status: 'completed', 'tag-key': 'keep' })];
  const { Snapshots } = await ec2('describe-snapshots', ...query);
  equal(
    Snapshots.map((one) => one.SnapshotId),
    [snapshot],
    'Snapshots',
  );
  equal([Snapshots[0].Progress, Snapshots[0].OwnerId], ['100%', process.env.ACCOUNT_ID], 'Progress and OwnerId');
  equal((await ec2('describe-snapshots', '--owner-ids', 'self')).Snapshots.length, 1, 'number of snapshots');
});

await check(
  'public snapshots are seen too',
  async () => {
    const { Snapshots } = await ec2('describe-snapshots', '--owner-ids', 'amazon', '--max-items', '3');
    equal(Snapshots.length, 3, 'number of snapshots');
  },
  'catalogue',
);

const copy = await check('a volume from the snapshot, in another zone where there are more', async () => {
  const from = ['create-volume', '--snapshot-id', snapshot, '--availability-zone', zoneOr('us-east-1b')];
  await refused('InvalidParameterValue', ec2(...from, '--size', `${Math.floor(size / 2)}`));
  const made = await ec2(...from);
  equal([made.Size, made.SnapshotId, made.Encrypted], [size, snapshot, encrypted], 'volume');
  await ec2('wait', 'volume-available', '--volume-ids', made.VolumeId);
  const elsewhere = ['attach-volume', '--volume-id', made.VolumeId, '--instance-id', instance, '--device', '/dev/sdg'];
  if (can('manyZones')) await refused('InvalidVolume.ZoneMismatch', ec2(...elsewhere));
  return made.VolumeId;
});

await check('describe-volumes in pages', async () => {
  const first = can('rootVolumes') ? 2 : 1;
  const { Volumes, NextToken } = await ec2('describe-volumes', '--max-items', `${first}`);
  equal(Volumes.length, first, 'number of volumes on the first page');
  const rest = await ec2('describe-volumes', '--starting-token', NextToken);
  const all = new Set([...Volumes, ...rest.Volumes].map((one) => one.VolumeId));
  equal(all.size, can('rootVolumes') ? 3 : 2, 'number of volumes');
});

await check(
  'modify-volume while it is in use, and describe-volumes-modifications',
  async () => {
    const { VolumeModification } = await ec2('modify-volume', '--volume-id', volume, '--size', '25');
    const { ModificationState, OriginalSize, TargetSize } = VolumeModification;
    equal([ModificationState, OriginalSize, TargetSize], ['modifying', 20, 25], 'modification');
    const asked = ['describe-volumes-modifications', '--volume-ids', volume];
    await eventually(
      () => ec2(...asked),
      ({ VolumesModifications: [one] }) => one.ModificationState === 'completed' && one.Progress === 100,
      'the end of the modification',
    );
    equal((await ec2('describe-volumes', '--volume-ids', volume)).Volumes[0].Size, 25, 'Size');
    await refused('InvalidParameterValue', ec2('modify-volume', '--volume-id', volume, '--size', '24'));
    await refused('InvalidVolumeModification.NotFound', ec2('describe-volumes-modifications', '--volume-ids', copy));
  },
  'performance',
);

await check('detach-volume', async () => {
  if (can('attachedSnapshots')) await detach();
  await refused('IncorrectState', ec2('detach-volume', '--volume-id', volume));
});

await check('errors carry EC2’s codes', async () => {
  await refused('InvalidVolume.NotFound', ec2('describe-volumes', '--volume-ids', 'vol-00000000000000000'));
  await refused('InvalidVolumeID.Malformed', ec2('describe-volumes', '--volume-ids', 'vol-data'));
  await refused('InvalidSnapshot.NotFound', ec2('delete-snapshot', '--snapshot-id', 'snap-00000000000000000'));
  await refused('InvalidZone.NotFound', ec2('create-volume', '--size', '1', '--availability-zone', 'us-east-1z'));
  await refused('MissingParameter', ec2('create-volume', '--availability-zone', zone));
});

await check('terminate, delete, and nothing is left', async () => {
  await ec2('terminate-instances', '--instance-ids', instance);
  await ec2('delete-snapshot', '--snapshot-id', snapshot);
  for (const id of [volume, copy]) await ec2('delete-volume', '--volume-id', id);
  await ec2('wait', 'volume-deleted', '--volume-ids', volume, copy);
  await ec2('wait', 'instance-terminated', '--instance-ids', instance);
  const { Volumes } = await ec2('describe-volumes');
  const { Snapshots } = await ec2('describe-snapshots', '--owner-ids', 'self');
  equal([Volumes, Snapshots], [[], []], 'volumes and snapshots');
});

finish();
