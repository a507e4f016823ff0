import { type Driver, DriverError } from '../../ports/driver.ts';
import type { GroupSpec, Networks, RuleSpec } from '../../ports/networks.ts';
import type { Reading } from '../context/reading.ts';
import type { GivenUp } from '../operation/operation.ts';
import type { Said } from '../operation/refused.ts';
import { vpc } from '../vpc/vpc.ts';
import type { GroupRow, GroupRuleRow } from './row.ts';

/** Whether the cloud has security groups of its own: it enforces them, and counts them. */
export const cloudHasGroups = ({ here }: Pick<Reading, 'here'>): boolean => here.driver.networks?.groups !== undefined;

/** The groups of a cloud that has them. */
export function groupsOf({ networks }: Driver): NonNullable<Networks['groups']> {
  if (networks?.groups === undefined)
    throw new DriverError('unsupported', 'the cloud has no security groups of its own');
  return networks.groups;
}

/** What the cloud has to make of a group. */
export async function specOf(cx: Reading, row: GroupRow, isNew: boolean): Promise<GroupSpec> {
  const isDefault = row.name === 'default' && (await cx.find(vpc, row.vpc))?.isDefault === true;
  const { name, description, rules } = row;
  return { vpc: row.vpc, name, description, isDefault, isNew, rules: rules.map(ruleSpecOf) };
}

const ruleSpecOf = ({ id: _, tags: __, prefixList: ___, group, ...rule }: GroupRuleRow): RuleSpec => ({
  ...rule,
  ...(group !== undefined && { group: group.id }),
});

/** What EC2 says when the cloud does not make a group, or its rules. */
export function saidOf({ about, trouble, message }: GivenUp, id: string, isNew: boolean): Said | undefined {
  if (about === 'quota' && isNew) {
    return ['SecurityGroupLimitExceeded', 'The maximum number of security groups for VPC has been reached.'];
  }
  if (about === 'quota') {
    return ['RulesPerSecurityGroupLimitExceeded', 'The maximum number of rules per security group has been reached.'];
  }
  if (about === 'gone') return ['InvalidGroup.NotFound', `The security group '${id}' does not exist`];
  if (about === 'in-use') return ['DependencyViolation', `resource ${id} has a dependent object`];
  if (trouble === 'invalid') return ['InvalidParameterValue', `The cloud does not take the rules: ${message}`];
  return undefined;
}
