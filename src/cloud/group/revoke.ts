import type { RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../kernel/errors.ts';
import type { Writing } from '../context/writing.ts';
import { vpc } from '../vpc/vpc.ts';
import { follow } from './follow.ts';
import { group } from './group.ts';
import type { GroupRow, GroupRuleRow } from './row.ts';
import { readRules, statesRules } from './rules/readRules.ts';
import { type RuleDraft, ruleKey } from './rules/rule.ts';
import { viewPermissions, viewRevoked } from './rules/view.ts';
import { targetGroup } from './target.ts';

/**
 * Takes rules off a group: RevokeSecurityGroupIngress and -Egress differ in the direction alone.
 * A rule that the group does not have is refused, except in the default VPC: there the answer names it and the rest is
 * revoked (API reference).
 */
export async function revoke(
  tx: Writing,
  direction: GroupRuleRow['direction'],
  input: RevokeSecurityGroupIngressRequest,
): Promise<RevokeSecurityGroupIngressResult> {
  const ids = input.SecurityGroupRuleIds ?? [];
  if (ids.length > 0 && statesRules(input)) {
    fail(
      'InvalidParameterCombination',
      'The parameter SecurityGroupRuleIds cannot be used with the parameter IpPermissions',
    );
  }
  if (ids.length === 0 && !statesRules(input)) missing('IpPermissions');
  const target = await targetGroup(tx, input);
  const present = target.rules.filter((rule) => rule.direction === direction);
  const { gone, unknown } =
    ids.length > 0 ? byId(present, ids) : byValue(present, await readRules(tx, target, direction, input, false));
  if (unknown.length > 0 && !(await inDefaultVpc(tx, target))) {
    fail('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
  }
  const taken = new Set(gone.map((rule) => rule.id));
  if (taken.size > 0) {
    const rules = target.rules.filter((rule) => !taken.has(rule.id));
    await follow(tx, await tx.update(group, target, { rules }), { removed: gone });
  }
  return {
    Return: true,
    RevokedSecurityGroupRules: gone.map((rule) => viewRevoked(target, rule)),
    ...(unknown.length === 0 ? {} : { UnknownIpPermissions: viewPermissions(unknown) }),
  };
}

interface Revoked {
  readonly gone: readonly GroupRuleRow[];
  readonly unknown: readonly RuleDraft[];
}

function byId(present: readonly GroupRuleRow[], ids: readonly string[]): Revoked {
  const known = new Map(present.map((rule) => [rule.id, rule]));
  for (const id of ids) {
    if (!/^sgr-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
      fail('InvalidSecurityGroupRuleId.Malformed', `Invalid id: "${id}" (expecting "sgr-...")`);
    }
    if (!known.has(id))
      fail('InvalidSecurityGroupRuleId.NotFound', `The security group rule ID '${id}' does not exist`);
  }
  return { gone: [...new Set(ids)].map((id) => known.get(id)!), unknown: [] };
}

function byValue(present: readonly GroupRuleRow[], drafts: readonly RuleDraft[]): Revoked {
  const known = new Map(present.map((rule) => [ruleKey(rule), rule]));
  const keys = new Map(drafts.map((draft) => [ruleKey(draft), draft]));
  return {
    gone: [...keys.keys()].flatMap((key) => known.get(key) ?? []),
    unknown: [...keys].filter(([key]) => !known.has(key)).map(([, draft]) => draft),
  };
}

const inDefaultVpc = async (tx: Writing, target: GroupRow): Promise<boolean> =>
  (await tx.find(vpc, target.vpc))?.isDefault === true;
