import type { Session } from './session.ts';

/** A floating IP as Neutron shows it, as far as tests read it. */
export interface FloatingIp {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly port_id: string | null;
  readonly description: string;
}

/** All floating IPs of the project. */
export async function floatingIps(openstack: Session): Promise<readonly FloatingIp[]> {
  const path = `/v2.0/floatingips?project_id=${openstack.token.project.id}`;
  return (await openstack.ask<{ floatingips: readonly FloatingIp[] }>('network', path)).body.floatingips;
}

interface Rule {
  readonly id: string;
  readonly direction: string;
  readonly ethertype: string;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
}

/** A security group as Neutron shows it, as far as tests read it. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly security_group_rules: readonly Rule[];
}

/** All security groups of the project. */
export async function securityGroups(openstack: Session): Promise<readonly Group[]> {
  const path = `/v2.0/security-groups?project_id=${openstack.token.project.id}`;
  return (await openstack.ask<{ security_groups: readonly Group[] }>('network', path)).body.security_groups;
}

/** Takes away every floating IP of the project, every group but the default one, and what was added to that. */
export async function clearNetwork(openstack: Session): Promise<void> {
  const remove = async (path: string): Promise<void> => {
    const { status } = await openstack.ask('network', `/v2.0/${path}`, { method: 'DELETE' });
    if (status !== 204 && status !== 404) throw new Error(`Neutron answered ${status} to DELETE ${path}`);
  };
  for (const { id } of await floatingIps(openstack)) await remove(`floatingips/${id}`);
  for (const group of await securityGroups(openstack)) {
    if (group.name !== 'default') await remove(`security-groups/${group.id}`);
    else await restoreDefault(openstack, group, remove);
  }
}

/** Neutron's own rules of a default group: everything out, and in from the group itself. */
async function restoreDefault(
  openstack: Session,
  group: Group,
  remove: (path: string) => Promise<void>,
): Promise<void> {
  const wanted = (['IPv4', 'IPv6'] as const).flatMap((ethertype) => [
    { direction: 'egress', ethertype, remote_group_id: null },
    { direction: 'ingress', ethertype, remote_group_id: group.id },
  ]);
  const same = (rule: Rule, want: (typeof wanted)[number]): boolean =>
    rule.direction === want.direction &&
    rule.ethertype === want.ethertype &&
    rule.protocol === null &&
    rule.remote_ip_prefix === null &&
    rule.remote_group_id === want.remote_group_id;
  for (const rule of group.security_group_rules) {
    if (!wanted.some((want) => same(rule, want))) await remove(`security-group-rules/${rule.id}`);
  }
  for (const want of wanted) {
    if (group.security_group_rules.some((rule) => same(rule, want))) continue;
    const body = { security_group_rule: { ...want, security_group_id: group.id } };
    const { status } = await openstack.ask('network', '/v2.0/security-group-rules', { method: 'POST', body });
    if (status !== 201) throw new Error(`Neutron answered ${status} to a rule`);
  }
}
