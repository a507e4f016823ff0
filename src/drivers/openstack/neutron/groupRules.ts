import { DriverError } from '../../../ports/driver.ts';
import type { ForeignRule } from '../../../ports/foreign.ts';
import type { RuleSpec } from '../../../ports/networks.ts';
import { idOf } from '../ids.ts';
import type { NewSecurityGroupRule, SecurityGroupRule } from '../rest/neutron.ts';

/** What two rules of Neutron's that are the same have in common. */
type Traffic = Omit<NewSecurityGroupRule, 'security_group_id' | 'description'>;

/** What a rule of Neutron's lets pass, whoever wrote it. */
type Written = Traffic & Pick<SecurityGroupRule, 'normalized_cidr'>;

/** Neutron's id of a group, by ours. Throws a DriverError `invalid` when there is none. */
export type NativeGroups = (group: string) => string;

/** Protocols that Neutron has names for and EC2 has not (neutron_lib.constants.IP_PROTOCOL_MAP). */
const numbers: Readonly<Record<string, string>> = {
  ah: '51',
  dccp: '33',
  egp: '8',
  esp: '50',
  gre: '47',
  igmp: '2',
  ipip: '4',
  'ipv6-encap': '41',
  'ipv6-frag': '44',
  'ipv6-nonxt': '59',
  'ipv6-opts': '60',
  'ipv6-route': '43',
  ospf: '89',
  pgm: '113',
  rsvp: '46',
  sctp: '132',
  udplite: '136',
  vrrp: '112',
};

/** Those that EC2 has names for. */
const names: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
  'ipv6-icmp': 'icmpv6',
  any: '-1',
};

const ofEc2 = (protocol: string | null | undefined): string => {
  if (protocol === null || protocol === undefined) return '-1';
  const lower = protocol.toLowerCase();
  return names[lower] ?? numbers[lower] ?? lower;
};

const ofNeutron = (protocol: string): string | null =>
  protocol === '-1' ? null : protocol === 'icmpv6' ? 'ipv6-icmp' : protocol;

/** Only these have ports, for Neutron: TCP, UDP, DCCP, SCTP, UDP-Lite. */
const withPorts: ReadonlySet<string> = new Set(['tcp', 'udp', '33', '132', '136']);
/** Neutron takes them for IPv6 alone (its check of the version of IP and the protocol of a rule). */
const ofIpv6: ReadonlySet<string> = new Set(['41', '43', '44', 'icmpv6', '59', '60']);
const isIcmp = (protocol: string): boolean => protocol === 'icmp' || protocol === 'icmpv6';

/** Ports, or ICMP type and code. Neutron knows no port 0, and all ports are none named. */
function range({ protocol, from, to }: RuleSpec): Pick<Traffic, 'port_range_min' | 'port_range_max'> {
  const none = { port_range_min: null, port_range_max: null };
  if (from === undefined || to === undefined) return none;
  if (isIcmp(protocol)) {
    return from < 0 ? none : { port_range_min: from, port_range_max: to < 0 ? null : to };
  }
  if (!withPorts.has(protocol)) return none;
  if (to === 0) throw new DriverError('unsupported', 'this cloud has no rules for port 0');
  if (from <= 1 && to === 65_535) return none;
  return { port_range_min: Math.max(1, from), port_range_max: to };
}

/**
 * A rule of EC2's in Neutron's words: one for its block, two, one for each version of IP, for a group.
 * Throws a DriverError `unsupported` for what Neutron cannot say.
 */
export function rulesOf(rule: RuleSpec, nativeOf: NativeGroups): readonly Traffic[] {
  const { direction, protocol, cidr4, cidr6, group } = rule;
  const common = { direction, protocol: ofNeutron(protocol), ...range(rule) };
  if ((protocol === 'icmp' && cidr6 !== undefined) || (ofIpv6.has(protocol) && cidr4 !== undefined))
    throw new DriverError('unsupported', `this cloud has no rules for ${protocol} and ${cidr4 ?? cidr6}`);
  if (cidr4 !== undefined) return [{ ...common, ethertype: 'IPv4', remote_ip_prefix: cidr4 }];
  if (cidr6 !== undefined) return [{ ...common, ethertype: 'IPv6', remote_ip_prefix: cidr6 }];
  if (group === undefined) throw new DriverError('unsupported', 'this cloud has no rules without a block or a group');
  const peer = { ...common, remote_group_id: nativeOf(group) };
  const versions = (['IPv4', 'IPv6'] as const).filter((version) =>
    version === 'IPv4' ? !ofIpv6.has(protocol) : protocol !== 'icmp',
  );
  return versions.map((ethertype) => ({ ...peer, ethertype }));
}

/** Rules with the same key let the same pass. */
export function keyOf(rule: Written): string {
  const { direction, ethertype = 'IPv4', protocol, port_range_min: min, port_range_max: max } = rule;
  const prefix = blockOf(rule);
  const all = prefix === '0.0.0.0/0' || prefix === '::/0';
  // Of ICMP of IPv6 Neutron takes the older name, too.
  const word = ethertype === 'IPv6' && ofEc2(protocol) === 'icmp' ? 'icmpv6' : ofEc2(protocol);
  return [direction, ethertype, word, min ?? '', max ?? '', all ? '' : prefix, rule.remote_group_id ?? ''].join(' ');
}

const blockOf = (rule: Written): string => (rule.normalized_cidr ?? rule.remote_ip_prefix ?? '').toLowerCase();

/** Whether EC2 can say it: Neutron's address groups are nothing that it has. */
export const isShown = (rule: SecurityGroupRule): boolean => (rule.remote_address_group_id ?? null) === null;

const sgr = (rule: SecurityGroupRule): string => idOf('sgr', rule.id);

/**
 * The rules of a group as EC2's. `known`: as they were asked for, so that what Neutron says in other words comes back in
 * those of the request. Two of Neutron's that differ in the version of IP alone are one where they are about a group.
 */
export function shownRules(
  there: readonly SecurityGroupRule[],
  known: readonly RuleSpec[],
  nativeOf: (group: string) => string | undefined,
  groupOf: (native: string) => string,
): readonly ForeignRule[] {
  const rest = new Map(
    [...there]
      .sort(byAge)
      .filter(isShown)
      .map((rule) => [keyOf(rule), rule]),
  );
  const shown: ForeignRule[] = [];
  for (const spec of known) {
    const peer = spec.group === undefined ? '' : nativeOf(spec.group);
    const found = peer === undefined ? [] : rulesOf(spec, () => peer).flatMap((one) => rest.get(keyOf(one)) ?? []);
    if (found.length === 0) continue;
    for (const rule of found) rest.delete(keyOf(rule));
    shown.push({ ...spec, id: sgr(found[0]!) });
  }
  const groups = new Map<string, ForeignRule>();
  for (const rule of rest.values()) {
    const seen = shownRule(rule, groupOf);
    if (seen.group === undefined) shown.push(seen);
    else {
      const key = [seen.direction, seen.protocol, seen.from, seen.to, seen.group].join(' ');
      if (!groups.has(key)) groups.set(key, seen);
    }
  }
  return [...shown, ...groups.values()];
}

/** Neutron gives them in any order, and each time in another. */
function byAge(one: SecurityGroupRule, other: SecurityGroupRule): number {
  const [a, b] = [`${one.created_at} ${one.id}`, `${other.created_at} ${other.id}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A rule that others wrote. One without source or destination is about all of its version of IP. */
function shownRule(rule: SecurityGroupRule, groupOf: (native: string) => string): ForeignRule {
  const { direction, ethertype, remote_group_id: peer, description } = rule;
  const word = ofEc2(rule.protocol);
  const protocol = ethertype === 'IPv6' && word === 'icmp' ? 'icmpv6' : word;
  const block = blockOf(rule);
  const where =
    peer !== null
      ? { group: groupOf(peer) }
      : ethertype === 'IPv4'
        ? { cidr4: block === '' ? '0.0.0.0/0' : block }
        : { cidr6: block === '' ? '::/0' : block };
  return {
    id: sgr(rule),
    direction,
    protocol,
    ...shownRange(protocol, rule),
    ...where,
    ...(description ? { description } : {}),
  };
}

function shownRange(
  protocol: string,
  { port_range_min: min, port_range_max: max }: SecurityGroupRule,
): Pick<ForeignRule, 'from' | 'to'> {
  if (isIcmp(protocol)) return { from: min ?? -1, to: max ?? -1 };
  if (protocol === 'tcp' || protocol === 'udp') return { from: min ?? 0, to: max ?? 65_535 };
  return min === null || max === null ? {} : { from: min, to: max };
}
