import type { Call, Kind, Seen } from './driver.ts';

/** A subnet that the cloud already has. Stable ids: the same thing has the same id for ever. */
export interface ForeignSubnet {
  readonly id: string;
  readonly zone: string;
  readonly cidr: string;
  readonly defaultForZone: boolean;
  readonly name?: string;
  /** How many of its addresses somebody has, as far as the account may see. Only feeds tell it. */
  readonly taken?: number;
}

/** A network that the cloud already has, as the VPC that it is shown as. */
export interface ForeignVpc {
  readonly id: string;
  readonly cidrs: readonly string[];
  readonly isDefault: boolean;
  readonly name?: string;
  readonly subnets: readonly ForeignSubnet[];
}

/** What a rule lets pass. Exactly one of `cidr4`, `cidr6`, `group` is there. */
export interface RuleSpec {
  readonly direction: 'ingress' | 'egress';
  /** `-1` (all), `tcp`, `udp`, `icmp`, `icmpv6`, or a protocol number. */
  readonly protocol: string;
  /** First port or ICMP type; undefined with protocol `-1`. */
  readonly from?: number;
  /** Last port or ICMP code. */
  readonly to?: number;
  readonly cidr4?: string;
  readonly cidr6?: string;
  /** Our id of a group. */
  readonly group?: string;
  /** For consoles; rules that differ in it alone are the same. */
  readonly description?: string;
}

/** A security group. `ensure` makes its rules those of the cloud, exactly. */
export interface GroupSpec {
  readonly vpc: string;
  readonly name: string;
  readonly description: string;
  /** The group that the cloud has for what names none. It is never made or deleted, only its rules change. */
  readonly isDefault: boolean;
  /**
   * It is to be made, or, where it is the default one, to be taken as it is. Else it is there, and one that is gone is never
   * made anew.
   */
  readonly isNew: boolean;
  readonly rules: readonly RuleSpec[];
}

/** An Elastic IP: allocated, and, with an association, put on a private address of a machine's interface. */
export interface AddressSpec {
  /** The address that it has; absent where it is to be allocated. One that is gone is never allocated anew. */
  readonly publicIp?: string;
  readonly association?: {
    /** Absent: the interface is on no machine. */
    readonly machine?: string;
    readonly interface: string;
    readonly privateIp: string;
  };
}

export interface SeenAddress extends Seen {
  readonly publicIp: string;
}

/** Networks of a cloud that has its own. A driver without them leaves all bookkeeping of networks to the core. */
export interface Networks {
  /** Read-only probe: the networks that the account has in the cloud; its first VPC and subnets come of them. */
  home(call: Call): Promise<readonly ForeignVpc[]>;
  /** Read-only probe: private addresses of a subnet that somebody has, or that the cloud hands out to nobody. */
  inUse(subnet: string, call: Call): Promise<ReadonlySet<string>>;
  /**
   * Which of an interface's private addresses a guest is given by DHCP. Where the core chooses them all, this is the primary
   * one. Absent: whichever is primary.
   */
  dhcpGives?(addresses: readonly string[]): string;
  /**
   * Machines take automatic public addresses, which the core gives out of the catalogue's range (`MachineSpec`); an Elastic
   * IP on the same private address comes before them. Absent: there are none.
   */
  readonly automatic?: true;
  /** What the metadata service answers goes through this network, which takes the hop limit of tokens (`MachineSpec`). */
  readonly tokenHops?: true;
  /** Absent: groups are rows of the core, and nothing is enforced. */
  readonly groups?: Kind<GroupSpec, Seen>;
  /** Gives an interface of a machine exactly these groups (our ids). Safe to repeat. */
  setGroups?(machine: string, on: string, groups: readonly string[], call: Call): Promise<Seen>;
  /**
   * Whether an interface of a machine has only traffic from and to its own addresses (`check`), or carries that of others,
   * too: at once, also where the machine runs. Safe to repeat. Absent: the ability `sourceDestCheck` says what becomes of it.
   */
  setSourceDestCheck?(machine: string, on: string, check: boolean, call: Call): Promise<Seen>;
  /** Absent: public addresses are given out by the core, of the catalogue's range. */
  readonly addresses?: Kind<AddressSpec, SeenAddress>;
}
