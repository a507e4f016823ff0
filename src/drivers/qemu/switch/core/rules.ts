import type { AclRule, GroupRule } from '../../network/plane.ts';
import { type Cidr, type Ip, inside, needCidr } from '../packets/addresses.ts';
import { protocols } from '../packets/ipv4.ts';

/** What rules look at, of the packet that opens a flow or, for ACLs, of every packet. */
export interface Asked {
  readonly protocol: number;
  /** Port that it goes to; of ICMP its type. Undefined where a protocol has none. */
  readonly to: number | undefined;
  /** Of ICMP. */
  readonly code: number;
  /** The other side. */
  readonly remoteIp: Ip;
}

export interface CompiledRule {
  readonly direction: 'ingress' | 'egress';
  readonly protocol: number;
  readonly from: number;
  readonly to: number;
  readonly cidr: Cidr | undefined;
  readonly group: string | undefined;
}

/** A rule of a security group, ready to be asked. */
export const compileRule = (rule: GroupRule): CompiledRule => ({
  ...{ direction: rule.direction, protocol: rule.protocol, from: rule.from, to: rule.to },
  cidr: rule.cidr === undefined ? undefined : needCidr(rule.cidr),
  group: rule.group,
});

/** Whether ports, or type and code, are those of a rule. */
function fits(rule: { protocol: number; from: number; to: number }, { protocol, to, code }: Asked): boolean {
  if (rule.protocol === -1) return true;
  if (rule.protocol !== protocol) return false;
  if (rule.from === -1 || (protocol !== protocols.icmp && to === undefined)) return true;
  if (protocol === protocols.icmp) return rule.from === to && (rule.to === -1 || rule.to === code);
  return to! >= rule.from && to! <= rule.to;
}

/** Whether one of the rules lets the packet pass. `remoteGroups` are those of the interface that has the remote address. */
export function allows(
  rules: readonly CompiledRule[],
  direction: 'ingress' | 'egress',
  asked: Asked,
  remoteGroups: readonly string[],
): boolean {
  return rules.some((rule) => {
    if (rule.direction !== direction || !fits(rule, asked)) return false;
    if (rule.cidr !== undefined) return inside(rule.cidr, asked.remoteIp);
    return rule.group !== undefined && remoteGroups.includes(rule.group);
  });
}

export interface CompiledAcl {
  readonly allow: boolean;
  readonly protocol: number;
  readonly from: number;
  readonly to: number;
  readonly cidr: Cidr;
}

/** A rule of a network ACL, ready to be asked. */
export const compileAcl = (rule: AclRule): CompiledAcl => ({
  ...{ allow: rule.allow, protocol: rule.protocol, from: rule.from ?? -1, to: rule.to ?? -1 },
  cidr: needCidr(rule.cidr),
});

/** What the first rule that fits says; what none fits is denied. No list: everything passes. */
export function aclPasses(rules: readonly CompiledAcl[] | undefined, asked: Asked): boolean {
  if (rules === undefined) return true;
  return rules.find((rule) => fits(rule, asked) && inside(rule.cidr, asked.remoteIp))?.allow ?? false;
}
