/** JavaScript SDK: volumes and snapshots. */
import {
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  waitUntilInstanceRunning,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
  waitUntilVolumeDeleted,
  waitUntilVolumeInUse,
} from '@aws-sdk/client-ec2';
import { can, check, equal, eventually, finish, holds, matches, sorted, zoneOr } from '../checks/check.js';
import { all, ec2, ec2OfOther, filters, newestImage, patience, refused } from './cloud.js';

const zone = zoneOr('us-east-1d');
const Size = can('performance') ? 50 : 2;

const machine = await check('a machine in a zone', async () => {
  const { ImageId } = await newestImage('amazon', 'al2023-ami-2023.*-x86_64');
  const asked = { ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, Placement: { AvailabilityZone: zone } };
  const { Instances } = await ec2.runInstances(asked);
  await waitUntilInstanceRunning(patience, { InstanceIds: [Instances[0].InstanceId] });
  return Instances[0].InstanceId;
});

const volume = await check('createVolume with everything', async () => {
  const asked = {
    AvailabilityZone: zone,
    Size,
    ...(can('performance') && { VolumeType: 'io2', Iops: 1000, MultiAttachEnabled: true }),
    ClientToken: 'sdk-volume',
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'shared' }] }],
  };
  await refused('DryRunOperation', ec2.createVolume({ ...asked, DryRun: true }));
  const made = await ec2.createVolume(asked);
  equal(
    [made.State, made.Iops, made.MultiAttachEnabled],
    can('performance') ? ['creating', 1000, true] : ['creating', 100, false],
    'volume',
  );
  holds(made.CreateTime instanceof Date, 'CreateTime is a date');
  equal((await ec2.createVolume(asked)).VolumeId, made.VolumeId, 'VolumeId for the same client token');
  await waitUntilVolumeAvailable(patience, { VolumeIds: [made.VolumeId] });
  return made.VolumeId;
});

await check('attachVolume, in use, detachVolume', async () => {
  const attached = await ec2.attachVolume({ VolumeId: volume, InstanceId: machine, Device: '/dev/sdm' });
  equal([attached.State, attached.InstanceId], ['attaching', machine], 'attachment');
  await waitUntilVolumeInUse(patience, { VolumeIds: [volume] });
  const { Volumes } = await ec2.describeVolumes({ Filters: filters({ 'attachment.device': '/dev/sdm' }) });
  equal(
    Volumes?.map((one) => one.VolumeId),
    [volume],
    'volumes by device',
  );
  await refused('VolumeInUse', ec2.deleteVolume({ VolumeId: volume }));
  // Of a volume that several may have it has to be said whose it shall be no more.
  if (can('performance')) await refused('MissingParameter', ec2.detachVolume({ VolumeId: volume }));
  equal((await ec2.detachVolume({ VolumeId: volume, InstanceId: machine })).State, 'detaching', 'State');
  await waitUntilVolumeAvailable(patience, { VolumeIds: [volume] });
});

const snapshots = await check('six snapshots, in pages', async () => {
  const made = [];
  const make = (at) => ec2.createSnapshot({ VolumeId: volume, Description: `number ${at}` });
  // EC2 works on five snapshots of a volume at a time.
  for (let at = 0; at < 5; at++) made.push(await make(at));
  if (can('fiveAtOnce')) await refused('ConcurrentSnapshotLimitExceeded', make(5));
  await waitUntilSnapshotCompleted(patience, { SnapshotIds: made.map((one) => one.SnapshotId) });
  made.push(await make(5));
  const ids = made.map((one) => one.SnapshotId);
  await waitUntilSnapshotCompleted(patience, { SnapshotIds: ids });
  const pages = paginateDescribeSnapshots({ client: ec2, pageSize: 5 }, { OwnerIds: ['self'] });
  equal(sorted((await all(pages, (page) => page.Snapshots)).map((one) => one.SnapshotId)), sorted(ids), 'snapshots');
  const byText = await ec2.describeSnapshots({
    Filters: filters({ description: 'number [34]', 'owner-alias': 'self' }),
  });
  equal(byText.Snapshots, [], 'snapshots for a pattern that EC2 does not know');
  const one = await ec2.describeSnapshots({ Filters: filters({ description: '*3', 'volume-id': volume }) });
  equal(
    one.Snapshots?.map(({ SnapshotId }) => SnapshotId),
    [ids[3]],
    'snapshots by text',
  );
  return ids;
});

const copies = await check('volumes from a snapshot, in pages', async () => {
  const made = [];
  for (let at = 0; at < 5; at++) {
    made.push(await ec2.createVolume({ AvailabilityZone: zone, SnapshotId: snapshots[0], VolumeType: 'gp3' }));
  }
  const ids = made.map((one) => one.VolumeId);
  await waitUntilVolumeAvailable(patience, { VolumeIds: ids });
  const pages = paginateDescribeVolumes(
    { client: ec2, pageSize: 5 },
    { Filters: filters({ 'snapshot-id': snapshots[0] }) },
  );
  const found = await all(pages, (page) => page.Volumes);
  equal(sorted(found.map((one) => one.VolumeId)), sorted(ids), 'volumes');
  holds(
    found.every((one) => one.Size === Size),
    'all have the size of the snapshot',
  );
  return ids;
});

await check('modifyVolume, and describeVolumesModifications until it is done', async () => {
  const [VolumeId] = copies;
  const { VolumeModification } = await ec2.modifyVolume({ VolumeId, Size: Size + 1 });
  equal([VolumeModification?.OriginalSize, VolumeModification?.TargetSize], [Size, Size + 1], 'sizes');
  holds(VolumeModification?.StartTime instanceof Date, 'StartTime is a date');
  const done = await eventually(
    async () => (await ec2.describeVolumesModifications({ VolumeIds: [VolumeId] })).VolumesModifications?.[0],
    (one) => one?.ModificationState === 'completed',
    'the end of the modification',
  );
  equal([done.Progress, done.EndTime instanceof Date], [100, true], 'progress and end');
  equal((await ec2.describeVolumes({ VolumeIds: [VolumeId] })).Volumes?.[0]?.Size, Size + 1, 'Size');
});

await check('errors keep their names, and name the parameter', async () => {
  await refused('InvalidVolume.NotFound', ec2.deleteVolume({ VolumeId: 'vol-00000000000000000' }));
  await refused(
    'InvalidSnapshot.NotFound',
    ec2.createVolume({ AvailabilityZone: zone, SnapshotId: 'snap-00000000000000000' }),
  );
  await refused('InvalidVolume.NotFound', ec2OfOther.createSnapshot({ VolumeId: volume }));
  const error = await refused('InvalidParameterValue', ec2.describeVolumes({ Filters: filters({ colour: 'red' }) }));
  matches(error.message, /colour/, 'message');
  holds(error.$metadata.requestId, 'the error has a request id');
});

await check('delete, and nothing is left', async () => {
  await ec2.terminateInstances({ InstanceIds: [machine] });
  for (const VolumeId of [volume, ...copies]) await ec2.deleteVolume({ VolumeId });
  await waitUntilVolumeDeleted(patience, { VolumeIds: [volume, ...copies] });
  for (const SnapshotId of snapshots) await ec2.deleteSnapshot({ SnapshotId });
  equal((await ec2.describeSnapshots({ OwnerIds: ['self'] })).Snapshots, [], 'Snapshots');
});

finish();
