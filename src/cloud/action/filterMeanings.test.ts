import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Output, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { imageWhere, launched, paravirtual, seen } from '../instance/instance.fixture.ts';

/**
 * What filters mean: for each, one thing that has the value and others that have another one, or none. Exactly the right ones are
 * found. That filters exist, and agree with the index, is tested elsewhere (`test/laws/filters`, `test/property/filters`).
 */
let w: TestWorld;
/** Ids by the names below, and values of theirs. */
const ids: Record<string, string> = {};
const values: Record<string, string> = {};
beforeAll(async () => {
  w = await testWorld();
  await instances();
  await storage();
  await images();
  await groups();
});
afterAll(() => w.close());

async function instances(): Promise<void> {
  const { Subnets } = await w.call('DescribeSubnets', {
    Filters: [{ Name: 'availability-zone', Values: ['us-east-1b'] }],
  });
  const SubnetId = Subnets[0].SubnetId;
  const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId, Description: 'second' }];
  const RamdiskId = imageWhere(w, ({ type }) => type === 'ramdisk');
  const old = { ImageId: paravirtual(w), InstanceType: 'm3.xlarge', EbsOptimized: true, NetworkInterfaces, RamdiskId };
  [ids.plain] = (await launched(w, { Placement: { AvailabilityZone: 'us-east-1a' } })) as [string];
  [ids.rich] = (await launched(w, old)) as [string];
  [ids.ended] = (await launched(w)) as [string];
  await w.call('ModifyInstanceAttribute', { InstanceId: ids.rich, SourceDestCheck: { Value: false } });
  await w.call('TerminateInstances', { InstanceIds: [ids.ended] });
  await w.settle();
  const rich = await seen(w, ids.rich);
  const parts = { kernel: rich.KernelId, ramdisk: rich.RamdiskId, subnet: SubnetId, vpc: rich.VpcId };
  Object.assign(values, parts, { address: rich.PrivateIpAddress, image: (await seen(w, ids.plain)).ImageId });
}

async function storage(): Promise<void> {
  const make = async (input: object) => {
    const { VolumeId, CreateTime } = await w.call('CreateVolume', {
      AvailabilityZone: 'us-east-1a',
      Size: 8,
      ...input,
    });
    await w.settle();
    await w.clock.advance(60_000);
    return [VolumeId as string, CreateTime.toISOString() as string] as const;
  };
  [ids.common, values.commonTime] = (await make({ VolumeType: 'gp2' })) as [string, string];
  [ids.many, values.manyTime] = (await make({ VolumeType: 'io2', Iops: 100, MultiAttachEnabled: true })) as [
    string,
    string,
  ];
  [ids.secret] = (await make({ VolumeType: 'gp3', Encrypted: true })) as [string, string];
  for (const [name, volume] of [
    ['first', 'common'],
    ['secretOne', 'secret'],
  ] as const) {
    const { SnapshotId, StartTime } = await w.call('CreateSnapshot', { VolumeId: ids[volume] });
    ids[name] = SnapshotId;
    values[`${name}Time`] = StartTime.toISOString();
    await w.settle();
    await w.clock.advance(60_000);
  }
}

async function images(): Promise<void> {
  ids.captured = (await w.call('CreateImage', { InstanceId: ids.plain, Name: 'captured', NoReboot: true })).ImageId;
  const register = async (name: string, snapshot: string, VolumeType: string): Promise<void> => {
    const BlockDeviceMappings = [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: ids[snapshot], VolumeType } }];
    const input = { Name: name, RootDeviceName: '/dev/sda1', Architecture: 'x86_64', BlockDeviceMappings };
    ids[name] = (await w.call('RegisterImage', input)).ImageId;
  };
  await register('open', 'first', 'gp2');
  await register('closed', 'secretOne', 'standard');
  await w.settle();
}

async function groups(): Promise<void> {
  for (const name of ['peer', 'named', 'ports'])
    ids[name] = (await w.call('CreateSecurityGroup', { GroupName: name, Description: 'x' })).GroupId;
  const allow = (name: string, permission: object) =>
    w.call('AuthorizeSecurityGroupEgress', { GroupId: ids[name], IpPermissions: [permission] });
  await allow('named', { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: ids.peer }] });
  await allow('ports', { IpProtocol: 'tcp', FromPort: 4000, ToPort: 4100, IpRanges: [{ CidrIp: '10.0.0.0/8' }] });
  // The same ports inwards are no ports outwards.
  const inwards = { IpProtocol: 'tcp', FromPort: 4000, ToPort: 4100, UserIdGroupPairs: [{ GroupId: ids.ports }] };
  await w.call('AuthorizeSecurityGroupIngress', { GroupId: ids.peer, IpPermissions: [inwards] });
}

/** How things are listed: all of these names, and nothing that others made. */
const kinds = {
  instances: async (Filters: object) =>
    (await w.call('DescribeInstances', Filters)).Reservations.flatMap((r: Output) =>
      r.Instances.map((i: Output) => i.InstanceId),
    ),
  images: async (Filters: object) =>
    (await w.call('DescribeImages', { Owners: ['self'], ...Filters })).Images.map((i: Output) => i.ImageId),
  volumes: async (Filters: object) => (await w.call('DescribeVolumes', Filters)).Volumes.map((v: Output) => v.VolumeId),
  snapshots: async (Filters: object) =>
    (await w.call('DescribeSnapshots', { OwnerIds: ['self'], ...Filters })).Snapshots.map((s: Output) => s.SnapshotId),
  groups: async (Filters: object) =>
    (await w.call('DescribeSecurityGroups', Filters)).SecurityGroups.map((g: Output) => g.GroupId),
} satisfies Readonly<Record<string, (filters: object) => Promise<readonly string[]>>>;

/** Kind, filter, value, and names of those that are found among the things above. `{…}` stands for a value of theirs. */
const meanings: readonly (readonly [kind: keyof typeof kinds, filter: string, value: string, found: string])[] = [
  ['instances', 'ebs-optimized', 'true', 'rich'],
  ['instances', 'ebs-optimized', 'false', 'plain ended'],
  ['instances', 'kernel-id', '{kernel}', 'rich'],
  ['instances', 'ramdisk-id', '{ramdisk}', 'rich'],
  ['instances', 'reason', 'User initiated*', 'ended'],
  ['instances', 'state-reason-code', 'Client.UserInitiatedShutdown', 'ended'],
  ['instances', 'network-interface.subnet-id', '{subnet}', 'rich'],
  ['instances', 'network-interface.vpc-id', '{vpc}', 'plain rich'],
  ['instances', 'network-interface.vpc-id', 'vpc-00000000', ''],
  ['instances', 'network-interface.owner-id', testAccount, 'plain rich'],
  ['instances', 'network-interface.owner-id', '444455556666', ''],
  ['instances', 'network-interface.private-ip-address', '{address}', 'rich'],
  ['instances', 'network-interface.source-dest-check', 'false', 'rich'],
  ['instances', 'network-interface.source-dest-check', 'true', 'plain'],
  ['instances', 'network-interface.description', 'second', 'rich'],
  ['images', 'source-image-id', '{image}', 'captured'],
  ['images', 'source-instance-id', '{plain}', 'captured'],
  ['images', 'block-device-mapping.encrypted', 'true', 'closed'],
  ['images', 'block-device-mapping.encrypted', 'false', 'captured open'],
  ['images', 'block-device-mapping.volume-type', 'standard', 'closed'],
  ['images', 'block-device-mapping.volume-type', 'gp2', 'open'],
  ['volumes', 'volume-type', 'io2', 'many'],
  ['volumes', 'create-time', '{manyTime}', 'many'],
  ['volumes', 'create-time', '{commonTime}', 'common'],
  ['volumes', 'multi-attach-enabled', 'true', 'many'],
  ['snapshots', 'start-time', '{firstTime}', 'first'],
  ['snapshots', 'start-time', '{secretOneTime}', 'secretOne'],
  ['groups', 'egress.ip-permission.from-port', '4000', 'ports'],
  ['groups', 'egress.ip-permission.to-port', '4100', 'ports'],
  ['groups', 'egress.ip-permission.group-name', 'peer', 'named'],
  ['groups', 'egress.ip-permission.user-id', testAccount, 'named'],
];

describe('filters of', () => {
  it.each(meanings)('%s: %s=%s finds [%s]', async (kind, filter, value, found) => {
    const asked = value.replace(/\{(\w+)\}/, (_, name: string) => values[name] ?? ids[name] ?? '');
    expect(asked).not.toBe('');
    const names = (listed: readonly string[]) => Object.keys(ids).filter((name) => listed.includes(ids[name]!));
    expect(names(await kinds[kind]({ Filters: [{ Name: filter, Values: [asked] }] }))).toEqual(
      found === '' ? [] : found.split(' '),
    );
    // Every filter leaves something out.
    expect((await kinds[kind]({})).length).toBeGreaterThan(found.split(' ').length);
  });
});
