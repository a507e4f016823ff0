import { connect } from 'node:net';
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

/** The one group of the project that has this name. */
export async function groupNamed(openstack: Session, name: string): Promise<Group> {
  const found = (await securityGroups(openstack)).filter((group) => group.name === name);
  if (found.length !== 1) throw new Error(`${found.length} groups are named ${name}`);
  return found[0]!;
}

/** The rules of a group in a line each, such as `ingress IPv4 tcp 22-22 10.0.0.0/8`, in the order of the alphabet. */
export const ruleTexts = ({ security_group_rules: rules }: Group): readonly string[] =>
  rules
    .map((rule) => {
      const { port_range_min: min, port_range_max: max } = rule;
      const range = min === null && max === null ? '' : ` ${min ?? '*'}-${max ?? '*'}`;
      const peer = rule.remote_group_id === null ? (rule.remote_ip_prefix ?? 'anywhere') : 'group';
      return `${rule.direction} ${rule.ethertype} ${rule.protocol ?? 'any'}${range} ${peer}`;
    })
    .sort();

/** What a guest answers on a port, or `silence` where nothing comes within ten seconds: guests without KVM are slow. */
export async function answersAt(host: string, port: number): Promise<string> {
  const socket = connect({ host, port, timeout: 10_000 });
  const text = new Promise<string>((resolve) => {
    let heard = '';
    socket.on('data', (data) => {
      heard += data.toString();
    });
    socket.on('timeout', () => resolve('silence'));
    socket.on('error', () => resolve('silence'));
    socket.on('close', () => resolve(heard === '' ? 'silence' : heard));
    socket.on('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
  });
  try {
    return await text;
  } finally {
    socket.destroy();
  }
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
