import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';

const other = { account: otherAccount };
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

describe('Authorize', () => {
  it('adds a rule for each source, and shows those of one protocol and port together', async () => {
    const { Return, SecurityGroupRules } = await authorize(
      [
        {
          ...tcp(22),
          IpRanges: [{ CidrIp: '10.1.2.3/8', Description: 'inside' }],
          Ipv6Ranges: [{ CidrIpv6: '2001:DB8::1/32' }],
        },
        { IpProtocol: '6', FromPort: 22, ToPort: 22, UserIdGroupPairs: [{ GroupId: id, Description: 'self' }] },
      ],
      { TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'a', Value: 'b' }] }] },
    );
    expect(Return).toBe(true);
    const common = {
      GroupId: id,
      GroupOwnerId: testAccount,
      IsEgress: false,
      IpProtocol: 'tcp',
      FromPort: 22,
      ToPort: 22,
    };
    expect(SecurityGroupRules).toMatchObject([
      { ...common, CidrIpv4: '10.0.0.0/8', Description: 'inside', Tags: [{ Key: 'a', Value: 'b' }] },
      { ...common, CidrIpv6: '2001:db8::/32' },
      { ...common, ReferencedGroupInfo: { GroupId: id, UserId: testAccount }, Description: 'self' },
    ]);
    const [first] = SecurityGroupRules;
    expect(first.SecurityGroupRuleId).toMatch(/^sgr-[0-9a-f]{17}$/);
    expect(first.SecurityGroupRuleArn).toBe(
      `arn:aws:ec2:us-east-1:${testAccount}:security-group-rule/${first.SecurityGroupRuleId}`,
    );
    expect((await shown()).IpPermissions).toEqual([
      {
        IpProtocol: 'tcp',
        FromPort: 22,
        ToPort: 22,
        IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'inside' }],
        Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }],
        PrefixListIds: [],
        UserIdGroupPairs: [{ GroupId: id, UserId: testAccount, Description: 'self' }],
      },
    ]);
  });

  it.each([
    [
      { IpProtocol: 'TCP', FromPort: 0, ToPort: 65_535 },
      { IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535 },
    ],
    [
      { IpProtocol: '17', FromPort: 53, ToPort: 53 },
      { IpProtocol: 'udp', FromPort: 53, ToPort: 53 },
    ],
    [
      { IpProtocol: '1', FromPort: 8, ToPort: 0 },
      { IpProtocol: 'icmp', FromPort: 8, ToPort: 0 },
    ],
    [
      { IpProtocol: 'icmp', FromPort: -1, ToPort: -1 },
      { IpProtocol: 'icmp', FromPort: -1, ToPort: -1 },
    ],
    [{ IpProtocol: '58' }, { IpProtocol: 'icmpv6', FromPort: -1, ToPort: -1 }],
    [{ IpProtocol: '-1', FromPort: 5, ToPort: 6 }, { IpProtocol: '-1' }],
    [{ IpProtocol: 'all' }, { IpProtocol: '-1' }],
    [{ IpProtocol: '50', FromPort: 1, ToPort: 2 }, { IpProtocol: '50' }],
  ])('reads %j', async (permission, expected) => {
    await authorize([{ ...permission, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }]);
    const [{ IpRanges, Ipv6Ranges, PrefixListIds, UserIdGroupPairs, ...traffic }] = (await shown()).IpPermissions;
    expect(traffic).toEqual(expected);
    expect([IpRanges.length, Ipv6Ranges, PrefixListIds, UserIdGroupPairs]).toEqual([1, [], [], []]);
  });

  it.each([
    [[{ ...tcp(1), IpProtocol: 'x' }], 'InvalidParameterValue', /'x' for IP protocol/],
    [[{ ...tcp(1), IpProtocol: '256' }], 'InvalidParameterValue', /'256'/],
    [[{ ...tcp(1), IpProtocol: undefined }], 'MissingParameter', /IpPermissions.1.IpProtocol/],
    [[{ ...tcp(1, '10.0.0.0/8'), ToPort: undefined }], 'InvalidParameterValue', /both from and to ports/],
    [[tcp(65_536, '10.0.0.0/8')], 'InvalidParameterValue', /port \(65536\) out of range/],
    [[tcp(-1, '10.0.0.0/8')], 'InvalidParameterValue', /port \(-1\) out of range/],
    [[{ ...tcp(5, '10.0.0.0/8'), ToPort: 4 }], 'InvalidParameterValue', /range \(5:4\)/],
    [[{ ...tcp(1, '10.0.0.0/8'), IpProtocol: 'icmp', ToPort: undefined }], 'InvalidParameterValue', /type and code/],
    [[{ ...tcp(256, '10.0.0.0/8'), IpProtocol: 'icmp' }], 'InvalidParameterValue', /ICMP type \(256\)/],
    [[{ ...tcp(8, '10.0.0.0/8'), IpProtocol: 'icmp', ToPort: 300 }], 'InvalidParameterValue', /ICMP code \(300\)/],
    [[{ ...tcp(-1, '10.0.0.0/8'), IpProtocol: 'icmp', ToPort: 0 }], 'InvalidParameterValue', /ICMP code \(0\)/],
    [[tcp(1, '1.2.3.4/99')], 'InvalidParameterValue', /CIDR block 1.2.3.4\/99 is malformed/],
    [[tcp(1, '1.2.3.4')], 'InvalidParameterValue', /CIDR block 1.2.3.4 is malformed/],
    [
      [{ ...tcp(1), Ipv6Ranges: [{ CidrIpv6: '10.0.0.0/8' }] }],
      'InvalidParameterValue',
      /CIDR block 10.0.0.0\/8 is malformed/,
    ],
    [[{ ...tcp(1), IpRanges: [{}] }], 'MissingParameter', /IpPermissions.1.IpRanges.1.CidrIp/],
    [[{ ...tcp(1), Ipv6Ranges: [{}] }], 'MissingParameter', /IpPermissions.1.Ipv6Ranges.1.CidrIpv6/],
    [[{ ...tcp(1), PrefixListIds: [{}] }], 'MissingParameter', /PrefixListId/],
    [[tcp(1)], 'MissingParameter', /IpPermissions.1.IpRanges/],
    [
      [{ ...tcp(1), IpRanges: [{ CidrIp: '10.0.0.0/8', Description: "it's" }] }],
      'InvalidParameterValue',
      /Invalid rule description/,
    ],
    [[{ ...tcp(1), PrefixListIds: [{ PrefixListId: 'pl-1' }] }], 'InvalidPrefixListId.NotFound', /pl-1/],
    [[{ ...tcp(1), UserIdGroupPairs: [{}] }], 'MissingParameter', /IpPermissions.1.Groups.1.GroupId/],
    [[{ ...tcp(1), UserIdGroupPairs: [{ GroupId: 'sg-00000000' }] }], 'InvalidGroup.NotFound', /sg-00000000/],
    [[{ ...tcp(1), UserIdGroupPairs: [{ GroupId: 'web' }] }], 'InvalidGroupId.Malformed', /web/],
    [[{ ...tcp(1), UserIdGroupPairs: [{ GroupName: 'nope' }] }], 'InvalidGroup.NotFound', /nope/],
    [[{ ...tcp(1), UserIdGroupPairs: [{ UserId: 'me', GroupName: 'web' }] }], 'InvalidUserID.Malformed', /me/],
    [
      [{ ...tcp(1), UserIdGroupPairs: [{ GroupName: 'web', VpcPeeringConnectionId: 'pcx-1' }] }],
      'InvalidParameterValue',
      /VpcPeeringConnectionId/,
    ],
    [[tcp(1, '10.0.0.0/8', '10.0.0.1/8')], 'InvalidParameterValue', /must not appear multiple times/],
    [[], 'MissingParameter', /IpPermissions/],
  ])('refuses %j', async (permissions, code, message) => {
    await expectRefusal(authorize(permissions), code as never, message);
    expect((await shown()).IpPermissions).toEqual([]);
  });

  it.each([
    [tcp(22, '0.0.0.0/0'), 'peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW'],
    [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }, 'peer: 0.0.0.0/0, ALL, ALLOW'],
    [{ ...tcp(8, '0.0.0.0/0'), IpProtocol: 'icmp' }, 'peer: 0.0.0.0/0, ICMP, type: 8, code: 8, ALLOW'],
  ])('refuses a rule that is there already: %j', async (permission, text) => {
    await authorize([permission]);
    await expectRefusal(
      authorize([tcp(80, '0.0.0.0/0'), permission]),
      'InvalidPermission.Duplicate',
      new RegExp(`the specified rule "${text}" already exists`),
    );
    expect((await shown()).IpPermissions).toHaveLength(1);
  });

  it('refuses more than 60 rules of a direction, IPv4 and IPv6 counted apart', async () => {
    await authorize([tcp(1, ...Array.from({ length: 60 }, (_, i) => `10.0.${i}.0/24`))]);
    await expectRefusal(authorize([tcp(2, '0.0.0.0/0')]), 'RulesPerSecurityGroupLimitExceeded');
    await expectRefusal(
      authorize([{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: id }] }]),
      'RulesPerSecurityGroupLimitExceeded',
    );
    await authorize([{ ...tcp(1), Ipv6Ranges: [{ CidrIpv6: '::/0' }] }]);
    await w.call('AuthorizeSecurityGroupEgress', { GroupId: id, IpPermissions: [tcp(1, '10.0.0.0/8')] });
  });

  it('knows no groups of other accounts, whose networks are others', async () => {
    const theirs = (await w.call('DescribeSecurityGroups', {}, other)).SecurityGroups[0];
    for (const pair of [
      { GroupId: theirs.GroupId, UserId: otherAccount },
      { GroupId: theirs.GroupId },
      { GroupName: 'default', UserId: otherAccount },
    ])
      await expectRefusal(authorize([{ ...tcp(1), UserIdGroupPairs: [pair] }]), 'InvalidGroup.NotFound', /not exist/);
    const flat = { SourceSecurityGroupName: 'default', SourceSecurityGroupOwnerId: otherAccount };
    await expectRefusal(
      w.call('AuthorizeSecurityGroupIngress', { GroupId: id, ...flat }),
      'InvalidGroup.NotFound',
      /'default' does not exist/,
    );
    expect((await shown()).IpPermissions).toEqual([]);
    await expectRefusal(
      w.call('AuthorizeSecurityGroupIngress', { GroupId: id, IpPermissions: [tcp(3, '::/0')] }, other),
      'InvalidGroup.NotFound',
    );
  });

  it('takes the flat form for inbound rules', async () => {
    const flat = (input: object) => w.call('AuthorizeSecurityGroupIngress', { GroupName: 'web', ...input });
    await flat({ IpProtocol: 'tcp', FromPort: 80, ToPort: 81, CidrIp: '10.0.0.0/8' });
    await flat({ SourceSecurityGroupName: 'default', SourceSecurityGroupOwnerId: testAccount });
    expect(
      (await shown()).IpPermissions.map(
        (p: { IpProtocol: string; FromPort: number }) => `${p.IpProtocol} ${p.FromPort}`,
      ),
    ).toEqual(['tcp 80', 'tcp 0', 'udp 0', 'icmp -1']);
    await expectRefusal(flat({ CidrIp: '10.0.0.0/8' }), 'MissingParameter', /IpProtocol/);
    await expectRefusal(flat({ IpProtocol: 'tcp', FromPort: 1, ToPort: 1 }), 'MissingParameter', /CidrIp/);
    await expectRefusal(
      flat({ SourceSecurityGroupOwnerId: testAccount }),
      'MissingParameter',
      /SourceSecurityGroupName/,
    );
    await expectRefusal(
      flat({ SourceSecurityGroupName: 'default', CidrIp: '10.0.0.0/8' }),
      'InvalidParameterCombination',
      /CidrIp/,
    );
    await expectRefusal(
      flat({ CidrIp: '10.0.0.0/8', IpPermissions: [tcp(1, '10.0.0.0/8')] }),
      'InvalidParameterCombination',
      /CidrIp/,
    );
    const egress = { GroupId: id, IpProtocol: 'tcp', FromPort: 1, ToPort: 1, CidrIp: '10.0.0.0/8' };
    await expectRefusal(w.call('AuthorizeSecurityGroupEgress', egress), 'MissingParameter', /IpPermissions/);
  });

  it('refuses what the cloud has no words for, in every form and direction, and adds none of the rules', async () => {
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, everyRule: false } }) });
    id = (await w.call('CreateSecurityGroup', { GroupName: 'web', Description: 'x' })).GroupId;
    const before = await shown();
    const v4 = { IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
    const v6 = { Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }] };
    const all = { FromPort: -1, ToPort: -1 };
    const refused: readonly (readonly [object, RegExp])[] = [
      [tcp(0, '10.0.0.0/8'), /port 0/],
      [{ ...tcp(0), IpProtocol: '17', ...v6 }, /port 0/],
      [{ IpProtocol: 'icmp', ...all, ...v6 }, /ICMP of IPv4/],
      ...['icmpv6', '41', '43', '44', '59', '60'].map(
        (IpProtocol) => [{ IpProtocol, ...all, ...v4 }, /protocols of IPv6/] as const,
      ),
    ];
    for (const [rule, words] of refused) {
      const IpPermissions = [tcp(81, '10.0.0.0/8'), rule];
      for (const way of ['Ingress', 'Egress'] as const) {
        const attempt = w.call(`AuthorizeSecurityGroup${way}`, { GroupId: id, IpPermissions });
        await expectRefusal(attempt, 'UnsupportedOperation', words);
      }
    }
    const flat = { GroupId: id, IpProtocol: 'tcp', FromPort: 0, ToPort: 0, CidrIp: '10.0.0.0/8' };
    await expectRefusal(w.call('AuthorizeSecurityGroupIngress', flat), 'UnsupportedOperation', /port 0/);
    expect(await shown()).toEqual(before);
    const pair = { UserIdGroupPairs: [{ GroupId: id }] };
    await authorize([
      { IpProtocol: 'tcp', FromPort: 0, ToPort: 9, ...v4 },
      { IpProtocol: 'icmpv6', ...all, ...v6, ...pair },
      { IpProtocol: '41', ...v6, ...pair },
      { IpProtocol: 'icmp', ...all, ...v4, ...pair },
    ]);
    expect((await shown()).IpPermissions).toHaveLength(4);
  });

  it('changes nothing in a dry run', async () => {
    await expectRefusal(authorize([tcp(1, '10.0.0.0/8')], { DryRun: true }), 'DryRunOperation');
    expect((await shown()).IpPermissions).toEqual([]);
  });
});
