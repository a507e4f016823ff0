import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { FilterRule, FilterValue } from '../../kernel/filter.ts';
import { resource } from '../../kernel/resource.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import type { GroupRow, GroupRuleRow } from './row.ts';
import { viewPermissions } from './rules/view.ts';

type Direction = GroupRuleRow['direction'];

/** The filters on the rules of one direction; `group-id` is indexed because deletion asks who refers to a group. */
function ruleFilters<Prefix extends string>(prefix: Prefix, direction: Direction, where: string) {
  const filter = (of: (rule: GroupRuleRow) => string | number | undefined, what: string): FilterRule<GroupRow> => ({
    of: (g): FilterValue => g.rules.filter((rule) => rule.direction === direction).map(of),
    doc: `${what} of an ${where} rule`,
  });
  return {
    [`${prefix}.cidr`]: filter((r) => r.cidr4, 'the IPv4 block'),
    [`${prefix}.from-port`]: filter((r) => r.from, 'the first port, or the ICMP type,'),
    [`${prefix}.group-id`]: { ...filter((r) => r.group?.id, 'the group'), indexed: true },
    [`${prefix}.group-name`]: filter((r) => r.group?.name, 'the name of the group'),
    [`${prefix}.ipv6-cidr`]: filter((r) => r.cidr6, 'the IPv6 block'),
    [`${prefix}.prefix-list-id`]: filter((r) => r.prefixList, 'the prefix list'),
    [`${prefix}.protocol`]: filter((r) => r.protocol, 'the protocol'),
    [`${prefix}.to-port`]: filter((r) => r.to, 'the last port, or the ICMP code,'),
    [`${prefix}.user-id`]: filter((r) => r.group?.account, 'the account of the group'),
  };
}

/** The ARN of a group. */
export const groupArn = (g: Pick<GroupRow, 'id' | 'account' | 'region'>): string =>
  `arn:aws:ec2:${g.region}:${g.account}:security-group/${g.id}`;

const rulesOf = (g: GroupRow, direction: Direction) => g.rules.filter((rule) => rule.direction === direction);

/** Security groups. Filters as documented for DescribeSecurityGroups. */
export const group = resource<GroupRow>()({
  kind: 'security-group',
  prefix: 'sg',
  tagged: 'security-group',
  codes: { missing: 'InvalidGroup.NotFound', malformed: 'InvalidGroupId.Malformed', noun: 'security group' },
  filters: {
    description: { of: (g) => g.description, doc: 'the description of the group' },
    ...ruleFilters('egress.ip-permission', 'egress', 'outbound'),
    'group-id': { of: (g) => g.id, doc: 'the id of the group' },
    'group-name': { of: (g) => g.name, doc: 'the name of the group', indexed: true },
    ...ruleFilters('ip-permission', 'ingress', 'inbound'),
    'owner-id': { of: (g) => g.account, doc: 'the account that owns the group' },
    'vpc-id': { of: (g) => g.vpc, doc: 'the VPC of the group', indexed: true },
  },
  indexes: {
    /** The group of a rule, for tags on rules. */
    'security-group-rule-id': (g) => g.rules.map((rule) => rule.id),
    /** Groups with a rule that has tags, for DescribeTags. */
    'has-tagged-rules': (g) => (g.rules.some((rule) => Object.keys(rule.tags).length > 0) ? 'true' : undefined),
  },
  view: (g): SecurityGroup => ({
    GroupId: g.id,
    SecurityGroupArn: groupArn(g),
    OwnerId: g.account,
    GroupName: g.name,
    Description: g.description,
    VpcId: g.vpc,
    IpPermissions: viewPermissions(rulesOf(g, 'ingress')),
    IpPermissionsEgress: viewPermissions(rulesOf(g, 'egress')),
    ...viewTags(g.tags),
  }),
});
