import type { Network, Port, Subnet, Vpc } from '../../network/plane.ts';
import { type Cidr, type Ip, ipOf, type Mac, needCidr, needIp, needMac } from '../packets/addresses.ts';
import { type CompiledRoute, compileRoutes, routeOf, type Target } from './routes.ts';
import { type CompiledAcl, type CompiledRule, compileAcl, compileRule } from './rules.ts';

/** A VPC, with who has which address there. */
export interface VpcTable {
  readonly id: string;
  readonly cidrs: readonly Cidr[];
  readonly domain: string;
  /** Its DNS server: the third address of its first block. */
  readonly resolver: Ip;
  readonly owners: ReadonlyMap<Ip, PortTable>;
}

export interface SubnetTable {
  readonly id: string;
  readonly cidr: Cidr;
  /** The second address of its block. */
  readonly router: Ip;
  readonly routes: readonly CompiledRoute[];
  readonly ingress: readonly CompiledAcl[] | undefined;
  readonly egress: readonly CompiledAcl[] | undefined;
  /** The ports in it that carry traffic of others, by their MAC addresses. */
  readonly routers: ReadonlyMap<Mac, string>;
}

export interface PortTable {
  readonly spec: Port;
  readonly mac: Mac;
  readonly ips: readonly Ip[];
  readonly vpc: VpcTable;
  readonly subnet: SubnetTable;
  /** Rules of all of its groups. */
  readonly rules: readonly CompiledRule[];
}

/** The network, as tables. */
export interface Topology {
  readonly vpcs: ReadonlyMap<string, VpcTable>;
  readonly ports: ReadonlyMap<string, PortTable>;
  /** The other VPC of a peering, by `PEERING VPC`. */
  readonly peers: ReadonlyMap<string, VpcTable>;
  /** Public addresses by `PORT PRIVATE-IP`. */
  readonly publicIps: ReadonlyMap<string, string>;
  /** The other way round: who has a public address. */
  readonly holders: ReadonlyMap<Ip, Holder>;
}

/** Who has a public address. */
export interface Holder {
  readonly port: string;
  readonly privateIp: Ip;
}

/** MAC address of every subnet's router: it is on no other wire, so one is enough. */
export const routerMac: Mac = 0x02_00_5e_00_00_01;

/**
 * @throws RangeError when the network contradicts itself: a malformed address, a port in a subnet or VPC that is not there,
 * an address that two ports have.
 */
export function compileTopology(network: Network): Topology {
  const rules = new Map(network.groups.map(({ id, rules: given }) => [id, given.map(compileRule)]));
  const owners = new Map<string, Map<Ip, PortTable>>();
  const vpcs = new Map<string, VpcTable>();
  const subnets = new Map<string, SubnetTable>();
  for (const vpc of network.vpcs) {
    const cidrs = vpc.cidrs.map(needCidr);
    const known = new Map<Ip, PortTable>();
    owners.set(vpc.id, known);
    vpcs.set(vpc.id, vpcTable(vpc, cidrs, known));
    for (const subnet of vpc.subnets)
      subnets.set(`${vpc.id} ${subnet.id}`, subnetTable(subnet, cidrs, routersOf(network, vpc.id, subnet.id)));
  }
  const ports = new Map<string, PortTable>();
  for (const spec of network.ports) {
    const vpc = vpcs.get(spec.vpc);
    const subnet = subnets.get(`${spec.vpc} ${spec.subnet}`);
    if (vpc === undefined || subnet === undefined)
      throw new RangeError(`${spec.id} is in ${spec.subnet} of ${spec.vpc}, which is not there`);
    const ips = spec.privateIps.map(needIp);
    const table = {
      spec,
      mac: needMac(spec.mac),
      ips,
      vpc,
      subnet,
      rules: spec.groups.flatMap((id) => rules.get(id) ?? []),
    };
    for (const ip of ips) claim(owners.get(spec.vpc)!, ip, table);
    ports.set(spec.id, table);
  }
  return { vpcs, ports, peers: peersOf(network, vpcs), publicIps: publicIpsOf(network), holders: holdersOf(network) };
}

function vpcTable(vpc: Vpc, cidrs: readonly Cidr[], owners: ReadonlyMap<Ip, PortTable>): VpcTable {
  const [first] = cidrs;
  if (first === undefined) throw new RangeError(`${vpc.id} has no block of addresses`);
  return { id: vpc.id, cidrs, domain: vpc.domain.toLowerCase(), resolver: first.base + 2, owners };
}

const routersOf = ({ ports }: Network, vpc: string, subnet: string): SubnetTable['routers'] =>
  new Map(
    ports
      .filter((port) => !port.sourceDestCheck && port.vpc === vpc && port.subnet === subnet)
      .map(({ mac, id }) => [needMac(mac), id]),
  );

/**
 * Where a packet of a port goes. A machine may have a way of its own, by a neighbour that carries the traffic of others: then
 * the frame is for that one's MAC address, and the packet for somebody else.
 */
export function targetOf({ subnet, vpc }: PortTable, dstMac: Mac, ip: Ip): Target | undefined {
  const by = dstMac === routerMac ? undefined : subnet.routers.get(dstMac);
  if (by !== undefined && vpc.owners.get(ip)?.mac !== dstMac) return { kind: 'interface', id: by };
  return routeOf(subnet.routes, ip);
}

function subnetTable(subnet: Subnet, vpcCidrs: readonly Cidr[], routers: SubnetTable['routers']): SubnetTable {
  const cidr = needCidr(subnet.cidr);
  return {
    ...{ id: subnet.id, cidr, router: cidr.base + 1, routes: compileRoutes(vpcCidrs, subnet.routes) },
    ingress: subnet.acl?.ingress.map(compileAcl),
    egress: subnet.acl?.egress.map(compileAcl),
    routers,
  };
}

function claim(owners: Map<Ip, PortTable>, ip: Ip, port: PortTable): void {
  const other = owners.get(ip);
  if (other !== undefined) throw new RangeError(`${other.spec.id} and ${port.spec.id} have the same address`);
  owners.set(ip, port);
}

function peersOf(network: Network, vpcs: ReadonlyMap<string, VpcTable>): ReadonlyMap<string, VpcTable> {
  return new Map(
    network.peerings.flatMap(({ id, vpcs: [one, other] }) => {
      const [left, right] = [vpcs.get(one), vpcs.get(other)];
      if (left === undefined || right === undefined) return [];
      return [[`${id} ${one}`, right] as const, [`${id} ${other}`, left] as const];
    }),
  );
}

const publicIpsOf = (network: Network): ReadonlyMap<string, string> =>
  new Map(
    network.addresses.flatMap(({ publicIp, at }) => (at ? [[`${at.port} ${needIp(at.privateIp)}`, publicIp]] : [])),
  );

function holdersOf({ addresses }: Network): ReadonlyMap<Ip, Holder> {
  const holders = new Map<Ip, Holder>();
  for (const { publicIp, at } of addresses) {
    const ip = ipOf(publicIp);
    if (ip !== undefined && at !== undefined) holders.set(ip, { port: at.port, privateIp: needIp(at.privateIp) });
  }
  return holders;
}
