/**
 * What carries frames between the machines of one host, and out of it. The whole network is given at once, as it is to be;
 * the plane finds out what changed. A userspace switch does it without root; a kernel's namespaces, routed taps and nftables could.
 */
export interface Plane {
  /** Makes the network so. Safe to repeat. Settles when frames obey it, those of flows that are open, too. */
  apply(network: Network): Promise<void>;
  /** What was seen at the ports, by id of the interface. */
  ports(): Promise<ReadonlyMap<string, SeenPort>>;
  /** At which ports of the host each public address is open. */
  open(): Promise<ReadonlyMap<string, readonly OpenPort[]>>;
  /** Ends the connection to the plane; what carries frames goes on. */
  close(): Promise<void>;
  /** Ends what carries frames. */
  end(): Promise<void>;
}

export interface Network {
  readonly vpcs: readonly Vpc[];
  readonly peerings: readonly { readonly id: string; readonly vpcs: readonly [string, string] }[];
  readonly ports: readonly Port[];
  readonly groups: readonly Group[];
  readonly addresses: readonly PublicAddress[];
}

export interface Vpc {
  /** `vpc-…` */
  readonly id: string;
  readonly cidrs: readonly string[];
  readonly subnets: readonly Subnet[];
  /** Names that its DNS answers besides the machines' own; all others go to the host's resolvers. */
  readonly domain: string;
}

export interface Subnet {
  /** `subnet-…` */
  readonly id: string;
  readonly cidr: string;
  readonly routes: readonly Route[];
  /** Network ACL, in order of the rule numbers; what no rule matches is denied. Absent: everything passes. */
  readonly acl?: { readonly ingress: readonly AclRule[]; readonly egress: readonly AclRule[] };
}

/** The longest prefix wins. The VPC's own blocks need no route. */
export interface Route {
  readonly cidr: string;
  readonly to:
    | { readonly kind: 'internet' | 'blackhole' }
    | { readonly kind: 'nat'; readonly publicIp: string }
    | { readonly kind: 'peering'; readonly id: string }
    | { readonly kind: 'interface'; readonly id: string };
}

export interface AclRule {
  readonly allow: boolean;
  /** `-1`, or a protocol's number. */
  readonly protocol: number;
  readonly cidr: string;
  /** Ports, or ICMP type and code in that order; absent: all. */
  readonly from?: number;
  readonly to?: number;
}

/** An interface of a machine. */
export interface Port {
  /** `eni-…` */
  readonly id: string;
  /** `i-…` */
  readonly machine: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly mac: string;
  /** The first is the primary one. */
  readonly privateIps: readonly string[];
  readonly groups: readonly string[];
  readonly sourceDestCheck: boolean;
  readonly hostName: string;
  /** The socket at which its QEMU waits for us. It need not be there yet. */
  readonly wire: string;
  /** Where HTTP to 169.254.169.254 goes: a Unix socket; undefined: refused. The first line sent there is `INSTANCE-ID\n`. */
  readonly metadata?: string;
  /** The time to live (of IP) of what answers with a token there; undefined: as of everything. */
  readonly tokenHops?: number;
}

export interface Group {
  /** `sg-…` */
  readonly id: string;
  readonly rules: readonly GroupRule[];
}

/** Exactly one of `cidr`, `group` is there. */
export interface GroupRule {
  readonly direction: 'ingress' | 'egress';
  /** -1: all. */
  readonly protocol: number;
  /** First port or ICMP type, -1: all. */
  readonly from: number;
  readonly to: number;
  readonly cidr?: string;
  readonly group?: string;
}

/** A public or Elastic IP. */
export interface PublicAddress {
  /** An address of the host's own loopback network (127.0.0.0/8) where the plane is a userspace switch on Linux. */
  readonly publicIp: string;
  /** Absent: it is at nobody. */
  readonly at?: { readonly port: string; readonly privateIp: string };
}

/** A port of a machine that is open on the host, at its public address. */
export interface OpenPort {
  readonly port: number;
  /** The host's port: the same, or another where the host could not listen there. */
  readonly at: number;
  /** The host's address, where it does not have the public one. */
  readonly on?: string;
  /** Absent: TCP. */
  readonly protocol?: 'udp';
}

export interface SeenPort {
  /** QEMU is there. */
  readonly up: boolean;
  /** Epoch milliseconds of the last answer to DHCP, and of the last ARP or IP frame of its own addresses. */
  readonly leasedAt?: number;
  readonly heardAt?: number;
  readonly received: { readonly frames: number; readonly bytes: number; readonly dropped: number };
  readonly sent: { readonly frames: number; readonly bytes: number };
}
