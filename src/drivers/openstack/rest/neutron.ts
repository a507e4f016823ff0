import type {
  FloatingIp,
  Network,
  NewFloatingIp,
  NewNetwork,
  NewPort,
  NewRouter,
  NewSecurityGroup,
  NewSecurityGroupRule,
  NewSubnet,
  Port,
  Router,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
} from './neutron-types.ts';
import { lookUp, member, pages, remove } from './reading.ts';
import { type Query, type Session, segment } from './session.ts';

export type * from './neutron-types.ts';

/** What every kind of thing of Neutron can be asked. Filters: any member by its value, lists mean any of them; `tags`, `fields`. */
export interface Resource<T, New> {
  create(session: Session, thing: New, signal?: AbortSignal): Promise<T>;
  /** All in one request, or none. */
  createMany(session: Session, things: readonly New[], signal?: AbortSignal): Promise<readonly T[]>;
  get(session: Session, id: string, signal?: AbortSignal): Promise<T | undefined>;
  list(session: Session, filters?: Query, signal?: AbortSignal): AsyncIterable<T>;
  update(session: Session, id: string, change: Partial<New>, signal?: AbortSignal): Promise<T>;
  /** False: there was none. In use: trouble `conflict`. */
  delete(session: Session, id: string, signal?: AbortSignal): Promise<boolean>;
  /**
   * Replaces all tags; a tag has at most 60 characters, 255 since Xena. A thing cannot be made with tags in one request
   * (ports accept them and forget them), so an id that must be there from the start goes into `description`, which is a filter too.
   */
  setTags(session: Session, id: string, tags: readonly string[], signal?: AbortSignal): Promise<void>;
}

/** `path` is the collection's, `one` and `many` its names in bodies. */
function resource<T, New>(path: string, one: string, many: string): Resource<T, New> {
  const service = 'network';
  const at = (id: string) => `/${path}/${segment(id)}`;
  return {
    async create(session, thing, signal) {
      const body = { [one]: thing };
      return member<T>(await session.ask({ service, method: 'POST', path: `/${path}`, body, signal }), service, one);
    },
    async createMany(session, things, signal) {
      const body = { [many]: things };
      const reply = await session.ask({ service, method: 'POST', path: `/${path}`, body, signal });
      return member<readonly T[]>(reply, service, many);
    },
    get: (session, id, signal) => lookUp<T>(session, { service, path: at(id), signal }, one),
    list: (session, filters = {}, signal) =>
      pages<T>(session, { service, path: `/${path}`, query: filters, signal }, many),
    async update(session, id, change, signal) {
      const reply = await session.ask({ service, method: 'PUT', path: at(id), body: { [one]: change }, signal });
      return member<T>(reply, service, one);
    },
    delete: (session, id, signal) => remove(session, { service, path: at(id), signal }),
    async setTags(session, id, tags, signal) {
      await session.ask({ service, method: 'PUT', path: `${at(id)}/tags`, body: { tags }, signal });
    },
  };
}

export const networks = resource<Network, NewNetwork>('networks', 'network', 'networks');
export const subnets = resource<Subnet, NewSubnet>('subnets', 'subnet', 'subnets');
export const routers = resource<Router, NewRouter>('routers', 'router', 'routers');
export const ports = resource<Port, NewPort>('ports', 'port', 'ports');
export const securityGroups = resource<SecurityGroup, NewSecurityGroup>(
  'security-groups',
  'security_group',
  'security_groups',
);
/** Rules cannot be changed: `update` is refused by Neutron but for the description. */
export const securityGroupRules = resource<SecurityGroupRule, NewSecurityGroupRule>(
  'security-group-rules',
  'security_group_rule',
  'security_group_rules',
);
export const floatingIps = resource<FloatingIp, NewFloatingIp>('floatingips', 'floatingip', 'floatingips');

/** Connects a subnet (at its gateway address) or a port to a router. Connecting twice is trouble `invalid`. */
export async function addRouterInterface(
  session: Session,
  router: string,
  to: { readonly subnet_id: string } | { readonly port_id: string },
  signal?: AbortSignal,
): Promise<{ readonly port_id: string; readonly subnet_id: string }> {
  const path = `/routers/${segment(router)}/add_router_interface`;
  const reply = await session.ask({ service: 'network', method: 'PUT', path, body: to, signal });
  return { port_id: member(reply, 'network', 'port_id'), subnet_id: member(reply, 'network', 'subnet_id') };
}

/** Disconnects; trouble `conflict` while floating IPs need it. */
export async function removeRouterInterface(
  session: Session,
  router: string,
  from: { readonly subnet_id: string } | { readonly port_id: string },
  signal?: AbortSignal,
): Promise<void> {
  const path = `/routers/${segment(router)}/remove_router_interface`;
  await session.ask({ service: 'network', method: 'PUT', path, body: from, signal });
}

/** How many things of each kind the project may have and has; a limit of -1: no limit. */
export type NetworkQuotas = Readonly<
  Record<string, { readonly limit: number; readonly used: number; readonly reserved: number }>
>;

export async function networkQuotas(session: Session, project: string, signal?: AbortSignal): Promise<NetworkQuotas> {
  const path = `/quotas/${segment(project)}/details`;
  return member(await session.ask({ service: 'network', method: 'GET', path, signal }), 'network', 'quota');
}

export interface NetworkExtension {
  readonly alias: string;
  readonly name: string;
}

/** What this Neutron can do beyond its core: `standard-attr-tag`, `router`, … */
export const networkExtensions = (session: Session, signal?: AbortSignal): AsyncIterable<NetworkExtension> =>
  pages(session, { service: 'network', path: '/extensions', signal }, 'extensions');
