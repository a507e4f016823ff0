/** What most things of Neutron have. Times as `2026-01-01T00:00:00Z`. */
interface Common {
  readonly id: string;
  readonly project_id: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  /** Grows with every change. */
  readonly revision_number: number;
}

export interface Network extends Common {
  readonly name: string;
  readonly status: string;
  readonly admin_state_up: boolean;
  readonly shared: boolean;
  readonly subnets: readonly string[];
  readonly 'router:external': boolean;
  readonly mtu: number;
  readonly availability_zones: readonly string[];
  /** False: ports in it have no security groups. */
  readonly port_security_enabled?: boolean;
  readonly is_default?: boolean;
}

export interface NewNetwork {
  readonly name?: string;
  readonly description?: string;
  readonly admin_state_up?: boolean;
  readonly mtu?: number;
}

export interface Subnet extends Common {
  readonly name: string;
  readonly network_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly allocation_pools: readonly { readonly start: string; readonly end: string }[];
  readonly dns_nameservers: readonly string[];
}

export interface NewSubnet {
  readonly name?: string;
  readonly description?: string;
  readonly network_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  /** Null: none. Absent: the first address. */
  readonly gateway_ip?: string | null;
  readonly enable_dhcp?: boolean;
  readonly allocation_pools?: Subnet['allocation_pools'];
  readonly dns_nameservers?: readonly string[];
}

export interface Router extends Common {
  readonly name: string;
  readonly status: string;
  readonly admin_state_up: boolean;
  readonly external_gateway_info: {
    readonly network_id: string;
    readonly enable_snat?: boolean;
    readonly external_fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
  } | null;
}

export interface NewRouter {
  readonly name?: string;
  readonly description?: string;
  readonly admin_state_up?: boolean;
  /** Null takes the gateway away. */
  readonly external_gateway_info?: { readonly network_id: string } | null;
}

export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

export interface Port extends Common {
  readonly name: string;
  readonly network_id: string;
  readonly mac_address: string;
  readonly fixed_ips: readonly FixedIp[];
  readonly security_groups: readonly string[];
  /** ACTIVE, DOWN, BUILD, ERROR, N/A. */
  readonly status: string;
  readonly admin_state_up: boolean;
  /** The server, or the router, or empty. */
  readonly device_id: string;
  /** `compute:ZONE`, `network:router_interface`, `network:floatingip`, `network:dhcp`, … or empty. */
  readonly device_owner: string;
  readonly port_security_enabled?: boolean;
}

export interface NewPort {
  readonly name?: string;
  readonly description?: string;
  readonly network_id: string;
  readonly mac_address?: string;
  readonly fixed_ips?: readonly { readonly subnet_id?: string; readonly ip_address?: string }[];
  readonly security_groups?: readonly string[];
  readonly admin_state_up?: boolean;
  readonly device_id?: string;
  readonly device_owner?: string;
  readonly port_security_enabled?: boolean;
}

export interface SecurityGroup extends Common {
  readonly name: string;
  readonly stateful?: boolean;
  readonly security_group_rules: readonly SecurityGroupRule[];
}

export interface NewSecurityGroup {
  readonly name: string;
  readonly description?: string;
}

export interface SecurityGroupRule {
  readonly id: string;
  readonly project_id: string;
  readonly security_group_id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  /** A name or a number; null: any. */
  readonly protocol: string | null;
  /** For ICMP the type and the code. Null: all. */
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  /** A set of address blocks that has a name; EC2 has prefix lists for that. */
  readonly remote_address_group_id?: string | null;
  /** The prefix without bits of hosts; old clouds do not say. */
  readonly normalized_cidr?: string | null;
  readonly created_at?: string;
  readonly description?: string | null;
}

/** Absent members are null. */
export interface NewSecurityGroupRule {
  readonly security_group_id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype?: 'IPv4' | 'IPv6';
  readonly protocol?: string | null;
  readonly port_range_min?: number | null;
  readonly port_range_max?: number | null;
  readonly remote_ip_prefix?: string | null;
  readonly remote_group_id?: string | null;
  readonly description?: string;
}

export interface FloatingIp extends Common {
  readonly floating_ip_address: string;
  readonly floating_network_id: string;
  readonly port_id: string | null;
  readonly fixed_ip_address: string | null;
  readonly router_id: string | null;
  /** Of the port, where it is on one; old clouds do not say. */
  readonly port_details?: { readonly name: string; readonly device_id: string; readonly device_owner: string } | null;
  /** ACTIVE, DOWN, ERROR. */
  readonly status: string;
}

export interface NewFloatingIp {
  readonly floating_network_id: string;
  /** Only where the policy allows it; else the pool chooses. */
  readonly floating_ip_address?: string;
  /** Null takes it away from its port. */
  readonly port_id?: string | null;
  readonly fixed_ip_address?: string;
  readonly description?: string;
}
