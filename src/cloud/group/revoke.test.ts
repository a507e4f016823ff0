import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { write } from '../context/writing.ts';
import { vpc } from '../vpc/vpc.ts';
import { group } from './group.ts';

const other = { account: otherAccount };
const scope = { account: testAccount, region: 'us-east-1' };
let w: TestWorld;
let id: string;
beforeEach(async () => {
  w = await testWorld();
  id = (await w.call('CreateSecurityGroup', { GroupName: 'web', Description: 'x' })).GroupId;
});
afterEach(() => w.close());

const shown = async (group = id) => (await w.call('DescribeSecurityGroups', { GroupIds: [group] })).SecurityGroups[0];
const authorize = (IpPermissions: readonly object[], rest: object = {}) =>
  w.call('AuthorizeSecurityGroupIngress', { GroupId: id, IpPermissions, ...rest });
const tcp = (port: number, ...cidrs: string[]) => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  IpRanges: cidrs.map((CidrIp) => ({ CidrIp })),
});

describe('Revoke', () => {
  const revoke = (input: object) => w.call('RevokeSecurityGroupIngress', { GroupId: id, ...input });

  it('takes off rules by their values; descriptions do not matter', async () => {
    const { SecurityGroupRules } = await authorize([tcp(22, '10.0.0.0/8', '192.168.0.0/16')]);
    const out = await revoke({
      IpPermissions: [{ ...tcp(22), IpProtocol: '6', IpRanges: [{ CidrIp: '10.9.9.9/8', Description: 'other' }] }],
    });
    expect(out).toEqual({
      Return: true,
      RevokedSecurityGroupRules: [
        {
          SecurityGroupRuleId: SecurityGroupRules[0].SecurityGroupRuleId,
          GroupId: id,
          IsEgress: false,
          IpProtocol: 'tcp',
          FromPort: 22,
          ToPort: 22,
          CidrIpv4: '10.0.0.0/8',
        },
      ],
    });
    expect((await shown()).IpPermissions[0].IpRanges).toEqual([{ CidrIp: '192.168.0.0/16' }]);
  });

  it('takes off rules by their ids, of its direction only', async () => {
    const { SecurityGroupRules } = await authorize([tcp(22, '10.0.0.0/8', '192.168.0.0/16')]);
    const ids = SecurityGroupRules.map((rule: { SecurityGroupRuleId: string }) => rule.SecurityGroupRuleId);
    const egress = { GroupId: id, SecurityGroupRuleIds: [ids[0]] };
    await expectRefusal(
      w.call('RevokeSecurityGroupEgress', egress),
      'InvalidSecurityGroupRuleId.NotFound',
      new RegExp(ids[0]),
    );
    await expectRefusal(revoke({ SecurityGroupRuleIds: [ids[0], 'sgr-x'] }), 'InvalidSecurityGroupRuleId.Malformed');
    await expectRefusal(revoke({ SecurityGroupRuleIds: ids, ...tcp(22) }), 'InvalidParameterCombination');
    expect((await revoke({ SecurityGroupRuleIds: ids })).RevokedSecurityGroupRules).toHaveLength(2);
    expect((await shown()).IpPermissions).toEqual([]);
  });

  it('takes off the default outbound rule, and rules whose source is gone', async () => {
    await w.call('RevokeSecurityGroupEgress', {
      GroupId: id,
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    });
    expect((await shown()).IpPermissionsEgress).toEqual([]);
    const theirs = (await w.call('CreateSecurityGroup', { GroupName: 'x', Description: 'x' }, other)).GroupId;
    const permission = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: theirs, UserId: otherAccount }] };
    // Rules about groups of others are made no more; those that are there still go.
    await write(w.world, scope, async (tx) => {
      const row = await tx.need(group, id);
      const about = { id: theirs, account: otherAccount, vpc: 'vpc-00000000' };
      const rule = { id: 'sgr-00000000', direction: 'ingress' as const, protocol: '-1', group: about, tags: {} };
      await tx.update(group, row, { rules: [...row.rules, rule] });
    });
    await w.call('DeleteSecurityGroup', { GroupId: theirs }, other);
    expect((await revoke({ IpPermissions: [permission] })).RevokedSecurityGroupRules).toMatchObject([
      { ReferencedGroupId: theirs },
    ]);
  });

  it('in the default VPC names the rules that were not there', async () => {
    await authorize([tcp(22, '10.0.0.0/8')]);
    const out = await revoke({ IpPermissions: [tcp(22, '10.0.0.0/8'), tcp(23, '10.0.0.0/8')] });
    expect(out.RevokedSecurityGroupRules).toHaveLength(1);
    expect(out.UnknownIpPermissions).toMatchObject([
      { IpProtocol: 'tcp', FromPort: 23, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
    ]);
    expect((await shown()).IpPermissions).toEqual([]);
  });

  it('in another VPC refuses rules that are not there, and revokes nothing', async () => {
    await write(w.world, scope, (tx) =>
      tx.insert(vpc, {
        id: 'vpc-11111111111111111',
        state: 'available',
        cidrBlocks: [],
        dhcpOptions: 'd',
        tenancy: 'default',
        isDefault: false,
      }),
    );
    const { GroupId } = await w.call('CreateSecurityGroup', {
      GroupName: 'y',
      Description: 'y',
      VpcId: 'vpc-11111111111111111',
    });
    await w.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(22, '10.0.0.0/8')] });
    const both = { GroupId, IpPermissions: [tcp(22, '10.0.0.0/8'), tcp(23, '10.0.0.0/8')] };
    await expectRefusal(
      w.call('RevokeSecurityGroupIngress', both),
      'InvalidPermission.NotFound',
      /does not exist in this security group/,
    );
    expect((await shown(GroupId)).IpPermissions).toHaveLength(1);
    const across = [{ ...tcp(1), UserIdGroupPairs: [{ GroupId: id }] }];
    await expectRefusal(
      w.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: across }),
      'InvalidGroup.NotFound',
      /different networks/,
    );
  });

  it('refuses requests without rules', () => expectRefusal(revoke({}), 'MissingParameter', /IpPermissions/));
});
