import type { Row } from '../../kernel/resource.ts';

/** A security group. Names are unique within a VPC. */
export interface GroupRow extends Row {
  readonly name: string;
  readonly description: string;
  readonly vpc: string;
  readonly rules: readonly GroupRuleRow[];
  /** The cloud, which has groups of its own, has yet to make it. */
  readonly making?: true;
}

/** One rule, as EC2 counts them: one source or destination each. Exactly one of `cidr4`, `cidr6`, `group`, `prefixList` is there. */
export interface GroupRuleRow {
  /** `sgr-…` */
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  /** `-1` (all), `tcp`, `udp`, `icmp`, `icmpv6`, or a protocol number. */
  readonly protocol: string;
  /** First port or ICMP type; undefined with protocol `-1`. */
  readonly from?: number;
  /** Last port or ICMP code. */
  readonly to?: number;
  readonly cidr4?: string;
  readonly cidr6?: string;
  /** `vpc` only in rules about another account's group, which are made no more; `name` for the filters on it (names never change). */
  readonly group?: { readonly id: string; readonly account: string; readonly vpc?: string; readonly name?: string };
  readonly prefixList?: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
}
