import { fail } from '../../../kernel/errors.ts';
import type { Capabilities } from '../../../ports/capabilities.ts';
import { type RuleDraft, ruleText } from './rule.ts';

/** Protocols that only IPv6 has: it itself in another, its headers, and its ICMP (IANA, "Assigned Internet Protocol Numbers"). */
const ofIpv6: ReadonlySet<string> = new Set(['41', '43', '44', 'icmpv6', '59', '60']);

/** Refuses rules that the region's cloud has no words for, before any is made. */
export function needSayable({ everyRule }: Capabilities, rules: readonly RuleDraft[]): void {
  if (everyRule) return;
  for (const rule of rules) {
    const why = whyNot(rule);
    if (why !== undefined)
      fail('UnsupportedOperation', `The cloud behind this region has no rules ${why} (${ruleText(rule)}).`);
  }
}

function whyNot({ protocol, to, cidr4, cidr6 }: RuleDraft): string | undefined {
  if ((protocol === 'tcp' || protocol === 'udp') && to === 0) return 'for port 0 alone';
  if (protocol === 'icmp' && cidr6 !== undefined) return 'for ICMP of IPv4 and blocks of IPv6';
  return ofIpv6.has(protocol) && cidr4 !== undefined ? 'for protocols of IPv6 and blocks of IPv4' : undefined;
}
