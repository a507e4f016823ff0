import type { Bed } from './bed.ts';
import { floatingIps, ruleTexts, securityGroups } from './publicSide.ts';
import type { ServiceType, Session } from './session.ts';

/** Everything that a project has in its cloud, in a line each, by kind and in the order of the alphabet. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

type Thing = Readonly<Record<string, unknown>>;

/** Where the kinds of things are listed, and what a line tells of one. */
const lists: Readonly<Record<string, readonly [ServiceType, string, (thing: Thing) => unknown[]]>> = {
  servers: ['compute', '/servers/detail', ({ name, status }) => [name, status]],
  volumes: ['volumev3', '/volumes/detail', ({ name, status }) => [name, status]],
  snapshots: ['volumev3', '/snapshots/detail', ({ name, status }) => [name, status]],
};

/** Looks at all of a project. Ports are those of machines and of nobody, not of routers or of DHCP. */
export async function inventoryOf(openstack: Session, { networks }: Bed): Promise<Inventory> {
  const things = async (kind: keyof typeof lists): Promise<readonly string[]> => {
    const [service, path, line] = lists[kind]!;
    const { status, body } = await openstack.ask<Record<string, readonly Thing[]>>(service, path);
    if (status !== 200) throw new Error(`${service} answered ${status} to ${path}`);
    return (body[kind] ?? []).map((thing) => line(thing).join(' ')).sort();
  };
  const project = openstack.token.project.id;
  const images = async () => {
    type Images = { readonly images: readonly { readonly name: string; readonly status: string }[] };
    const { body } = await openstack.ask<Images>('image', `/v2/images?owner=${project}`);
    return body.images.map(({ name, status }) => `${name} ${status}`).sort();
  };
  const ports = async () => {
    type Port = { readonly name: string; readonly description: string; readonly device_owner: string };
    const path = `/v2.0/ports?network_id=${networks.demo.id}&project_id=${project}`;
    const { body } = await openstack.ask<{ readonly ports: readonly Port[] }>('network', path);
    return body.ports
      .filter(({ device_owner: owner }) => !owner.startsWith('network:'))
      .map(({ name, description }) => `${name} ${description}`)
      .sort();
  };
  const [servers, volumes, snapshots] = await Promise.all([things('servers'), things('volumes'), things('snapshots')]);
  const groups = await securityGroups(openstack);
  return {
    ...{ servers, volumes, snapshots, images: await images(), ports: await ports() },
    addresses: (await floatingIps(openstack))
      .map((ip) => `${ip.floating_ip_address} ${ip.description} ${ip.port_id === null ? 'unused' : 'used'}`)
      .sort(),
    groups: groups.map((group) => `${group.description}: ${ruleTexts(group).join(', ')}`).sort(),
  };
}
