import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import type { ForeignGroup, ForeignRule } from '../../ports/foreign.ts';
import { write } from '../context/writing.ts';
import { catchUp } from '../foreign/catchUp.ts';
import { adoptGroups } from './adopt.ts';

const scope = { account: testAccount, region: 'us-east-1' };
const id = 'sg-00000000000000001';

let w: TestWorld;
let vpc: string;
beforeEach(async () => {
  w = await testWorld();
  vpc = (await w.call('DescribeVpcs')).Vpcs[0].VpcId;
});
afterEach(() => w.close());

const rule = (n: number, more: Partial<ForeignRule> = {}): ForeignRule => ({
  id: `sgr-0000000000000000${n}`,
  direction: 'ingress',
  protocol: 'tcp',
  from: n,
  to: n,
  cidr4: '10.0.0.0/8',
  ...more,
});
const theirs = (rules: readonly ForeignRule[], more: Partial<ForeignGroup> = {}): ForeignGroup => ({
  ...{ id, name: 'theirs', description: 'of others', vpc, isDefault: false, rules },
  ...more,
});
const standard = (rules: readonly ForeignRule[] = []) => theirs(rules, { id: 'sg-000000000000000d0', isDefault: true });
const tell = (things: readonly ForeignGroup[], busy: readonly string[] = []) =>
  write(w.world, scope, (tx) =>
    adoptGroups(tx, { whole: true, gone: [], things }, async () => new Map(busy.map((id) => [id, 'in-hand']))),
  );
const shown = async () => (await w.call('DescribeSecurityGroups')).SecurityGroups;

describe('groups of others', () => {
  it('appear with their rules, change, and go', async () => {
    await tell([standard(), theirs([rule(1), rule(2, { cidr4: undefined as never, group: id })])]);
    expect((await shown())[1]).toMatchObject({
      GroupId: id,
      GroupName: 'theirs',
      VpcId: vpc,
      IpPermissions: [
        { FromPort: 1, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
        { FromPort: 2, UserIdGroupPairs: [{ GroupId: id, UserId: testAccount }] },
      ],
    });
    await tell([standard(), theirs([rule(2), rule(3)])]);
    expect((await shown())[1].IpPermissions).toMatchObject([{ FromPort: 2 }, { FromPort: 3 }]);
    await tell([standard()]);
    expect((await shown()).map((g: { GroupName: string }) => g.GroupName)).toEqual(['default']);
  });

  it('keep the ids and tags that their rules have here', async () => {
    const { GroupId } = await w.call('CreateSecurityGroup', { GroupName: 'ours', Description: 'ours' });
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 1, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }];
    const { SecurityGroupRules } = await w.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions });
    const egress = rule(9, { direction: 'egress', protocol: '-1', cidr4: '0.0.0.0/0' });
    const { from: _, to: __, ...all } = egress;
    await tell([standard(), theirs([all, rule(1), rule(2)], { id: GroupId })]);
    const { SecurityGroupRuleId } = SecurityGroupRules[0];
    const revoked = await w.call('RevokeSecurityGroupIngress', {
      GroupId,
      SecurityGroupRuleIds: [SecurityGroupRuleId],
    });
    expect(revoked.RevokedSecurityGroupRules).toMatchObject([{ FromPort: 1 }]);
    const left = (await shown()).find((g: { GroupId: string }) => g.GroupId === GroupId);
    expect(left.IpPermissions).toMatchObject([{ FromPort: 2 }]);
  });

  it('the default one is the VPC’s own, whatever its id is', async () => {
    const [{ GroupId }] = await shown();
    await tell([standard([rule(5)])]);
    expect(await shown()).toMatchObject([{ GroupId, IpPermissions: [{ FromPort: 5 }], IpPermissionsEgress: [] }]);
  });

  it('stay as they are where an operation of ours has them in hand', async () => {
    await tell([standard(), theirs([rule(1)])]);
    await tell([standard(), theirs([rule(2)])], [id]);
    await tell([standard()], [id]);
    expect((await shown())[1].IpPermissions).toMatchObject([{ FromPort: 1 }]);
  });
});

it('groups of others are known by their names to what would launch with them, or make another of the name', async () => {
  await w.close();
  let told: readonly ForeignGroup[] = [];
  const changes = async () => ({ whole: true, things: [standard(), ...told], gone: [] });
  w = await testWorld({ wrap: (driver) => ({ ...driver, foreign: { groups: { changes } } }) });
  vpc = (await w.call('DescribeVpcs')).Vpcs[0].VpcId;
  const call = async (name: 'RunInstances' | 'CreateSecurityGroup', input: object) => {
    await catchUp(w.world, scope, { name }, () => input);
    return w.call(name, input);
  };
  const { Images } = await w.call('DescribeImages', {
    Filters: [{ Name: 'name', Values: ['al2023-ami-2023*x86_64'] }],
  });
  const one = { ImageId: Images[0].ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 };
  const before = w.world.store.read.revision(scope, ['security-group']);
  await call('RunInstances', one);
  expect(await w.world.store.read.revision(scope, ['security-group'])).toBe(await before);
  told = [theirs([])];
  const { Instances } = await call('RunInstances', { ...one, SecurityGroups: ['theirs'] });
  expect(Instances[0].SecurityGroups).toEqual([{ GroupId: id, GroupName: 'theirs' }]);
  told = [theirs([]), theirs([], { id: 'sg-00000000000000002', name: 'others' })];
  await expectRefusal(
    call('CreateSecurityGroup', { GroupName: 'others', Description: 'ours' }),
    'InvalidGroup.Duplicate',
  );
});
