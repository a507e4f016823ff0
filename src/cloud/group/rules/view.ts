import type { IpPermission, RevokedSecurityGroupRule, SecurityGroupRule, UserIdGroupPair } from '@aws-sdk/client-ec2';
import { viewTags } from '../../tag/tagSpecifications.ts';
import type { GroupRow, GroupRuleRow } from '../row.ts';
import type { RuleDraft } from './rule.ts';

/** Rules as DescribeSecurityGroups shows them: those of one protocol and port range are one permission. */
export function viewPermissions(rules: readonly RuleDraft[]): IpPermission[] {
  const merged = new Map<string, RuleDraft[]>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.from} ${rule.to}`;
    const same = merged.get(key);
    if (same === undefined) merged.set(key, [rule]);
    else same.push(rule);
  }
  return [...merged.values()].map(viewPermission);
}

const note = ({ description }: RuleDraft) => (description === undefined ? {} : { Description: description });

function viewPermission(rules: readonly RuleDraft[]): IpPermission {
  const { protocol, from, to } = rules[0]!;
  return {
    IpProtocol: protocol,
    ...(from === undefined ? {} : { FromPort: from, ToPort: to }),
    UserIdGroupPairs: rules.flatMap((r) => (r.group === undefined ? [] : [{ ...viewPair(r.group), ...note(r) }])),
    IpRanges: rules.flatMap((r) => (r.cidr4 === undefined ? [] : [{ CidrIp: r.cidr4, ...note(r) }])),
    Ipv6Ranges: rules.flatMap((r) => (r.cidr6 === undefined ? [] : [{ CidrIpv6: r.cidr6, ...note(r) }])),
    PrefixListIds: rules.flatMap((r) =>
      r.prefixList === undefined ? [] : [{ PrefixListId: r.prefixList, ...note(r) }],
    ),
  };
}

const viewPair = ({ id, account, vpc }: NonNullable<RuleDraft['group']>): UserIdGroupPair => ({
  UserId: account,
  GroupId: id,
  ...(vpc === undefined ? {} : { VpcId: vpc }),
});

/** What both shapes of a single rule share. Protocols without ports show -1, as on AWS. */
const viewCommon = (owner: Pick<GroupRow, 'id'>, rule: GroupRuleRow) => ({
  SecurityGroupRuleId: rule.id,
  GroupId: owner.id,
  IsEgress: rule.direction === 'egress',
  IpProtocol: rule.protocol,
  FromPort: rule.from ?? -1,
  ToPort: rule.to ?? -1,
  ...(rule.cidr4 === undefined ? {} : { CidrIpv4: rule.cidr4 }),
  ...(rule.cidr6 === undefined ? {} : { CidrIpv6: rule.cidr6 }),
  ...(rule.prefixList === undefined ? {} : { PrefixListId: rule.prefixList }),
  ...note(rule),
});

/** A rule as the Authorize actions answer it. */
export const viewRule = (owner: GroupRow, rule: GroupRuleRow): SecurityGroupRule => ({
  ...viewCommon(owner, rule),
  GroupOwnerId: owner.account,
  ...(rule.group === undefined
    ? {}
    : {
        ReferencedGroupInfo: {
          GroupId: rule.group.id,
          UserId: rule.group.account,
          ...(rule.group.vpc === undefined ? {} : { VpcId: rule.group.vpc }),
        },
      }),
  SecurityGroupRuleArn: `arn:aws:ec2:${owner.region}:${owner.account}:security-group-rule/${rule.id}`,
  ...viewTags(rule.tags),
});

/** A rule as the Revoke actions answer it. */
export const viewRevoked = (owner: GroupRow, rule: GroupRuleRow): RevokedSecurityGroupRule => ({
  ...viewCommon(owner, rule),
  ...(rule.group === undefined ? {} : { ReferencedGroupId: rule.group.id }),
});
