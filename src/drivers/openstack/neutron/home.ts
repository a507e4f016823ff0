import { all } from '../catalogue/offered.ts';
import { idOf } from '../ids.ts';
import {
  type Network,
  networks,
  type Port,
  ports,
  type Router,
  routers,
  type Subnet,
  subnets,
} from '../rest/neutron.ts';
import type { Session } from '../rest/session.ts';

/** A router with its subnets, or a network without one, as the VPC that it is shown as. */
export interface HomeVpc {
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
  /** The external network that its router has a gateway to. */
  readonly external?: string;
  /** The oldest first. */
  readonly subnets: readonly Subnet[];
}

/** The networks that a project has. */
export interface Home {
  /** The default one first. */
  readonly vpcs: readonly HomeVpc[];
  /** Every IPv4 subnet of them. */
  readonly subnets: readonly Subnet[];
  /** Networks, by Neutron's ids, whose ports have no security groups. */
  readonly unguarded: ReadonlySet<string>;
}

/** What Neutron says of a project. */
export interface Found {
  readonly routers: readonly Router[];
  readonly networks: readonly Network[];
  readonly subnets: readonly Subnet[];
  /** Those that connect routers. */
  readonly ports: readonly Pick<Port, 'device_id' | 'fixed_ips'>[];
}

/** Owners of ports by which a router is in a subnet: plain, distributed, and highly available ones. */
const routerOwners = [
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
];

/** The networks that a project may see, less external ones. One request. */
export const networksOf = (session: Session, signal?: AbortSignal): Promise<readonly Network[]> =>
  all<Network>(networks.list(session, { 'router:external': false }, signal));

/**
 * Asks Neutron, in three requests at once, for what else a project has. The networks were read before: what is changed
 * meanwhile is then new to whoever compares these with a later reading.
 */
export async function readHome(
  session: Session,
  project: string,
  ownNetworks: readonly Network[],
  signal?: AbortSignal,
): Promise<Home> {
  const [ownRouters, ownSubnets, connections] = await Promise.all([
    all<Router>(routers.list(session, { project_id: project }, signal)),
    all<Subnet>(subnets.list(session, { ip_version: 4 }, signal)),
    all<Port>(ports.list(session, { device_owner: routerOwners, fields: ['device_id', 'fixed_ips'] }, signal)),
  ]);
  return homeOf(project, {
    routers: ownRouters,
    networks: ownNetworks,
    subnets: ownSubnets,
    ports: connections,
  });
}

/**
 * One VPC for each router of the project and the subnets connected to it. A subnet without a router is with the others of
 * its network; a network without any is a VPC of its own. The VPC with most subnets is the default one; among those with
 * as many, a router's before a network's, an own one before a shared one, and the oldest.
 */
export function homeOf(project: string, found: Found): Home {
  // An administrator sees everybody's networks.
  const mine = found.networks.filter(
    (network) => !network['router:external'] && (network.project_id === project || network.shared),
  );
  const networkOf = new Map(mine.map((network) => [network.id, network]));
  const own = found.subnets.filter((subnet) => networkOf.has(subnet.network_id)).sort(byAge);
  const ownRouters = [...found.routers].sort(byAge);
  const routerOf = routersOfSubnets(ownRouters, found.ports);
  const routerOfNetwork = new Map<string, Router>();
  for (const subnet of own) {
    const router = routerOf.get(subnet.id);
    if (router !== undefined && !routerOfNetwork.has(subnet.network_id)) routerOfNetwork.set(subnet.network_id, router);
  }
  const members = new Map<string, Subnet[]>();
  for (const subnet of own) {
    const of = (routerOf.get(subnet.id) ?? routerOfNetwork.get(subnet.network_id))?.id ?? subnet.network_id;
    members.set(of, [...(members.get(of) ?? []), subnet]);
  }
  const owners = [
    ...ownRouters,
    ...mine.filter((one) => !one.shared).sort(byAge),
    ...mine.filter((one) => one.shared).sort(byAge),
  ];
  const vpcs = owners
    .flatMap((owner) => {
      const inside = members.get(owner.id);
      if (inside === undefined) return [];
      const external = 'external_gateway_info' in owner ? owner.external_gateway_info?.network_id : undefined;
      return [{ id: idOf('vpc', owner.id), name: owner.name, subnets: inside, ...(external && { external }) }];
    })
    .sort((one, other) => other.subnets.length - one.subnets.length);
  const unguarded = new Set(mine.filter((one) => one.port_security_enabled === false).map(({ id }) => id));
  return { vpcs: vpcs.map((vpc, at) => ({ ...vpc, isDefault: at === 0 })), subnets: own, unguarded };
}

/** The router of each subnet: the oldest, where several are connected. Other projects' routers do not count. */
function routersOfSubnets(ownRouters: readonly Router[], connections: Found['ports']): ReadonlyMap<string, Router> {
  const routerOf = new Map<string, Router>();
  for (const router of ownRouters) {
    for (const port of connections) {
      if (port.device_id !== router.id) continue;
      for (const { subnet_id: subnet } of port.fixed_ips) if (!routerOf.has(subnet)) routerOf.set(subnet, router);
    }
  }
  return routerOf;
}

interface Aged {
  readonly id: string;
  readonly created_at: string;
}

function byAge(one: Aged, other: Aged): number {
  const [a, b] = [`${one.created_at} ${one.id}`, `${other.created_at} ${other.id}`];
  return a < b ? -1 : a > b ? 1 : 0;
}
