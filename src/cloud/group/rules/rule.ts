import type { GroupRuleRow } from '../row.ts';

/** A rule as a request states it, before it is stored. */
export type RuleDraft = Omit<GroupRuleRow, 'id' | 'tags' | 'direction'>;

/** The source or destination of a rule, as EC2 writes it in messages. */
export const peerOf = (rule: RuleDraft): string => rule.cidr4 ?? rule.cidr6 ?? rule.group?.id ?? rule.prefixList ?? '';

/** Two rules of one direction with the same key are the same rule; descriptions and tags do not count. */
export const ruleKey = (rule: RuleDraft): string => [rule.protocol, rule.from, rule.to, peerOf(rule)].join(' ');

/** A rule in the words of EC2's refusals: `peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW`. */
export function ruleText(rule: RuleDraft): string {
  const protocol = rule.protocol === '-1' ? 'ALL' : rule.protocol.toUpperCase();
  const icmp = rule.protocol.startsWith('icmp');
  const range =
    rule.from === undefined
      ? []
      : icmp
        ? [`type: ${rule.from}`, `code: ${rule.to}`]
        : [`from port: ${rule.from}`, `to port: ${rule.to}`];
  return [`peer: ${peerOf(rule)}`, protocol, ...range, 'ALLOW'].join(', ');
}
