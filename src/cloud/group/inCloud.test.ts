import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudLimits, type CloudNetworks, createCloudNetworks } from '../../../test/support/cloudNetworks.ts';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { DriverError } from '../../ports/driver.ts';

let w: TestWorld;
let networks: CloudNetworks;
let limits: CloudLimits;
/** What the cloud answers instead of taking a group away, once. */
let trouble: DriverError | undefined;

beforeEach(async () => {
  limits = { pool: 3, groups: 3, rulesPerGroup: 4 };
  trouble = undefined;
  w = await testWorld({
    regions: ['us-east-1'],
    wrap: (driver, shelf) => {
      networks = createCloudNetworks(shelf, limits);
      const { groups } = networks;
      const failing = (): void => {
        const said = trouble;
        trouble = undefined;
        if (said !== undefined) throw said;
      };
      const absent: typeof groups.absent = async (...args) => {
        failing();
        return groups.absent(...args);
      };
      const ensure: typeof groups.ensure = async (...args) => {
        failing();
        return groups.ensure(...args);
      };
      return { ...driver, networks: { ...networks, groups: { ...groups, absent, ensure } } };
    },
  });
});
afterEach(() => w.close());

const tcp = (port: number) => ({
  IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
});
const create = async (GroupName = 'web'): Promise<string> =>
  (await w.call('CreateSecurityGroup', { GroupName, Description: 'of a test' })).GroupId;
const shown = async (GroupId: string) =>
  (await w.call('DescribeSecurityGroups', { GroupIds: [GroupId] })).SecurityGroups[0];
const inCloud = async (id: string) => (await networks.group(id))?.spec.rules;

describe('a group of the cloud’s own', () => {
  it('is in the cloud when it is answered, and gone when it is deleted', async () => {
    const id = await create();
    expect((await networks.group(id))?.spec).toMatchObject({ name: 'web', isDefault: false });
    expect(await inCloud(id)).toMatchObject([{ direction: 'egress', protocol: '-1', cidr4: '0.0.0.0/0' }]);
    await w.call('DeleteSecurityGroup', { GroupId: id });
    expect(await networks.group(id)).toBeUndefined();
    await expectRefusal(shown(id), 'InvalidGroup.NotFound');
  });

  it('has the rules there that it has here', async () => {
    const id = await create();
    await w.call('AuthorizeSecurityGroupIngress', { GroupId: id, ...tcp(22) });
    expect(await inCloud(id)).toMatchObject([{}, { direction: 'ingress', from: 22, to: 22, cidr4: '10.0.0.0/8' }]);
    await w.call('RevokeSecurityGroupIngress', { GroupId: id, ...tcp(22) });
    expect(await inCloud(id)).toHaveLength(1);
  });

  it('is refused by the cloud’s quota, and is then nowhere', async () => {
    await w.call('DescribeVpcs');
    for (const name of ['a', 'b']) await create(name);
    await expectRefusal(create('c'), 'SecurityGroupLimitExceeded');
    const names = (await w.call('DescribeSecurityGroups')).SecurityGroups.map(
      (g: { GroupName: string }) => g.GroupName,
    );
    expect(names).toEqual(['default', 'a', 'b']);
    expect(await w.world.store.read.usage({ account: '111122223333', region: 'us-east-1' }, 'security-groups')).toBe(0);
  });

  it('is as it was where the cloud takes no more rules', async () => {
    const id = await create();
    for (const port of [1, 2, 3]) await w.call('AuthorizeSecurityGroupIngress', { GroupId: id, ...tcp(port) });
    const attempt = w.call('AuthorizeSecurityGroupIngress', { GroupId: id, ...tcp(4) });
    await expectRefusal(attempt, 'RulesPerSecurityGroupLimitExceeded');
    expect((await shown(id)).IpPermissions.map((p: { FromPort: number }) => p.FromPort)).toEqual([1, 2, 3]);
    expect(await inCloud(id)).toHaveLength(4);
  });

  it('takes many changes at once', async () => {
    limits.rulesPerGroup = 40;
    const id = await create();
    const ports = Array.from({ length: 20 }, (_, at) => at + 1);
    await Promise.all(ports.map((port) => w.call('AuthorizeSecurityGroupIngress', { GroupId: id, ...tcp(port) })));
    expect(await inCloud(id)).toHaveLength(21);
    expect((await shown(id)).IpPermissions).toHaveLength(20);
  });

  it('is as it was where the cloud has no room to keep it', async () => {
    const id = await create();
    trouble = new DriverError('no-capacity', 'no space left on device');
    const attempt = w.call('AuthorizeSecurityGroupIngress', { GroupId: id, ...tcp(1) });
    await expectRefusal(attempt, 'ServiceUnavailable');
    expect((await shown(id)).IpPermissions).toEqual([]);
    await w.call('AuthorizeSecurityGroupIngress', { GroupId: id, ...tcp(1) });
    expect(await inCloud(id)).toHaveLength(2);
  });

  it('stays where the cloud does not let it go', async () => {
    const id = await create();
    trouble = new DriverError('invalid', 'a port of others has it', { about: 'in-use' });
    await expectRefusal(w.call('DeleteSecurityGroup', { GroupId: id }), 'DependencyViolation');
    expect(await shown(id)).toMatchObject({ GroupName: 'web' });
    await w.call('DeleteSecurityGroup', { GroupId: id });
    expect(await networks.group(id)).toBeUndefined();
  });

  it('knows no groups of other accounts', async () => {
    limits.groups = 10;
    const [mine, theirs] = [await create(), '444455556666'];
    const other = { account: theirs, region: 'us-east-1' };
    const { GroupId } = await w.call('CreateSecurityGroup', { GroupName: 'x', Description: 'x' }, other);
    const UserIdGroupPairs = [{ GroupId, UserId: theirs }];
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 1, UserIdGroupPairs }];
    const attempt = w.call('AuthorizeSecurityGroupIngress', { GroupId: mine, IpPermissions });
    await expectRefusal(attempt, 'InvalidGroup.NotFound');
  });
});

describe('groups of an instance', () => {
  async function launch(SecurityGroupIds: readonly string[]) {
    const Filters = [{ Name: 'name', Values: ['al2023-ami-2023*x86_64'] }];
    const { Images } = await w.call('DescribeImages', { Owners: ['amazon'], Filters });
    const input = { ImageId: Images[0].ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, SecurityGroupIds };
    const { Instances } = await w.call('RunInstances', input);
    await w.settle();
    return Instances[0];
  }
  const groupsOf = async (id: string) =>
    (await w.call('DescribeInstances', { InstanceIds: [id] })).Reservations[0].Instances[0].SecurityGroups.map(
      (g: { GroupId: string }) => g.GroupId,
    );

  it('are changed in the cloud', async () => {
    const [one, two] = [await create('one'), await create('two')];
    const { InstanceId, NetworkInterfaces } = await launch([one]);
    await w.call('ModifyInstanceAttribute', { InstanceId, Groups: [two, one] });
    expect((await networks.groupsOn()).get(NetworkInterfaces[0].NetworkInterfaceId)).toEqual([two, one]);
    expect(await groupsOf(InstanceId)).toEqual([two, one]);
    await expectRefusal(w.call('DeleteSecurityGroup', { GroupId: two }), 'DependencyViolation');
  });

  it('are as they were where the cloud has one no more', async () => {
    const [one, two] = [await create('one'), await create('two')];
    const { InstanceId } = await launch([one]);
    await networks.groups.absent(two, {} as never);
    const attempt = w.call('ModifyInstanceAttribute', { InstanceId, Groups: [two] });
    await expectRefusal(attempt, 'InvalidGroup.NotFound');
    expect(await groupsOf(InstanceId)).toEqual([one]);
  });
});
