import type { AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult } from '@aws-sdk/client-ec2';
import { fail } from '../../kernel/errors.ts';
import { newId } from '../../ports/ids.ts';
import type { Writing } from '../context/writing.ts';
import { tagSpecifications } from '../tag/tagSpecifications.ts';
import { follow } from './follow.ts';
import { group } from './group.ts';
import type { GroupRow, GroupRuleRow } from './row.ts';
import { readRules } from './rules/readRules.ts';
import { type RuleDraft, ruleKey, ruleText } from './rules/rule.ts';
import { needSayable } from './rules/sayable.ts';
import { viewRule } from './rules/view.ts';
import { targetGroup } from './target.ts';

/** VPC quotas: rules of one direction, counted apart for IPv4 and IPv6; a group or prefix list counts in both. */
const rulesPerDirection = 60;

/** Adds rules to a group: AuthorizeSecurityGroupIngress and -Egress differ in the direction alone. */
export async function authorize(
  tx: Writing,
  direction: GroupRuleRow['direction'],
  input: AuthorizeSecurityGroupIngressRequest,
): Promise<AuthorizeSecurityGroupIngressResult> {
  const tags = tagSpecifications(input.TagSpecifications, ['security-group-rule'])['security-group-rule'] ?? {};
  const target = await targetGroup(tx, input);
  const drafts = await readRules(tx, target, direction, input, true);
  needSayable(tx.here.driver.can, drafts);
  checkNew(target, direction, drafts);
  const added = drafts.map((draft) => ({ ...draft, id: newId(tx.world.random, 'sgr'), direction, tags }));
  const rules = [...target.rules, ...added];
  checkLimit(rules, direction);
  const row = await tx.update(group, target, { rules });
  await follow(tx, row, { added });
  return { Return: true, SecurityGroupRules: added.map((rule) => viewRule(row, rule)) };
}

function checkNew(target: GroupRow, direction: GroupRuleRow['direction'], drafts: readonly RuleDraft[]): void {
  const present = new Set(target.rules.filter((rule) => rule.direction === direction).map(ruleKey));
  const asked = new Set<string>();
  for (const draft of drafts) {
    const key = ruleKey(draft);
    if (asked.has(key)) fail('InvalidParameterValue', 'The same permission must not appear multiple times');
    asked.add(key);
    if (present.has(key)) fail('InvalidPermission.Duplicate', `the specified rule "${ruleText(draft)}" already exists`);
  }
}

function checkLimit(rules: readonly GroupRuleRow[], direction: GroupRuleRow['direction']): void {
  const counted = rules.filter((rule) => rule.direction === direction);
  const of4 = counted.filter((rule) => rule.cidr6 === undefined).length;
  const of6 = counted.filter((rule) => rule.cidr4 === undefined).length;
  if (Math.max(of4, of6) > rulesPerDirection) {
    fail('RulesPerSecurityGroupLimitExceeded', 'The maximum number of rules per security group has been reached.');
  }
}
