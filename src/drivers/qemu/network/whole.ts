import type { MachineSpec } from '../../../ports/driver.ts';
import type { AddressSpec, ForeignVpc, GroupSpec, RuleSpec } from '../../../ports/networks.ts';
import type { GroupRule, Network, Port, PublicAddress, Vpc } from './plane.ts';

/** A public address of an account. */
export interface KeptAddress {
  readonly publicIp: string;
  readonly association?: NonNullable<AddressSpec['association']>;
}

/** A machine that is on, or on its way on or off. */
export interface Present {
  readonly id: string;
  /** Whose it is; undefined: not known, it has no network. */
  readonly account: string | undefined;
  readonly interfaces: MachineSpec['interfaces'];
  readonly hostName: string;
  readonly tokenHops?: number;
}

/** All that the network of a region is made of. */
export interface Whole {
  readonly machines: readonly Present[];
  readonly groups: ReadonlyMap<string, GroupSpec>;
  readonly addresses: readonly KeptAddress[];
  readonly homeOf: (account: string) => ForeignVpc;
  /** Behind the host names of machines. */
  readonly domain: string;
  /** The socket of the metadata service. */
  readonly metadata: string;
  readonly wireOf: (machine: string, eni: string) => string;
}

/** The network, as it is to be. Interfaces in subnets that are not the account's are in none. */
export function networkOf(whole: Whole): Network {
  const accounts = new Set(whole.machines.flatMap(({ account }) => account ?? []));
  const homes = new Map([...accounts].map((account) => [account, whole.homeOf(account)]));
  const ports = whole.machines.flatMap((machine) => portsOf(machine, homes.get(machine.account ?? ''), whole));
  return {
    vpcs: [...homes.values()].map((home) => vpcOf(home, whole.domain)),
    peerings: [],
    ports,
    groups: [...whole.groups].map(([id, { rules }]) => ({ id, rules: rules.flatMap(ruleOf) })),
    addresses: addressesOf(whole, ports),
  };
}

/** Each of its subnets leads out. */
const vpcOf = ({ id, cidrs, subnets }: ForeignVpc, domain: string): Vpc => ({
  ...{ id, cidrs, domain },
  subnets: subnets.map((one) => ({
    ...{ id: one.id, cidr: one.cidr },
    routes: [{ cidr: '0.0.0.0/0', to: { kind: 'internet' } }],
  })),
});

function portsOf(machine: Present, home: ForeignVpc | undefined, whole: Whole): readonly Port[] {
  const { id, interfaces, hostName, tokenHops } = machine;
  const here = interfaces.filter(({ subnet }) => home?.subnets.some((one) => one.id === subnet));
  return here.map((nic) => ({
    ...{ id: nic.id, machine: id, vpc: home!.id, subnet: nic.subnet, mac: nic.mac },
    // It has one name, which is its first interface's.
    hostName: nic === interfaces[0] ? hostName : '',
    privateIps: [nic.privateIp, ...(nic.secondaryIps ?? [])],
    groups: nic.groups ?? [],
    sourceDestCheck: nic.sourceDestCheck ?? true,
    wire: whole.wireOf(id, nic.id),
    metadata: whole.metadata,
    ...(tokenHops !== undefined && { tokenHops }),
  }));
}

/** Those whose port is there. */
function addressesOf({ machines, addresses }: Whole, ports: readonly Port[]): readonly PublicAddress[] {
  const there = new Set(ports.flatMap(({ id, privateIps }) => privateIps.map((ip) => `${id} ${ip}`)));
  return publicAddressesOf(machines, addresses).filter(({ at }) => there.has(`${at.port} ${at.privateIp}`));
}

/** The automatic addresses of machines, and over them the Elastic IPs, also those of other machines. */
export function publicAddressesOf(
  machines: readonly Pick<Present, 'interfaces'>[],
  addresses: readonly KeptAddress[],
): readonly Required<PublicAddress>[] {
  const at = new Map<string, Required<PublicAddress>>();
  const put = (publicIp: string, port: string, privateIp: string): void => {
    at.set(`${port} ${privateIp}`, { publicIp, at: { port, privateIp } });
  };
  for (const { interfaces } of machines)
    for (const { id, privateIp, publicIp } of interfaces) if (publicIp !== undefined) put(publicIp, id, privateIp);
  for (const { publicIp, association } of addresses)
    if (association !== undefined) put(publicIp, association.interface, association.privateIp);
  return [...at.values()];
}

const protocols: Readonly<Record<string, number>> = { '-1': -1, icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };

/** There is no IPv6 in these networks: rules for it let nothing pass. */
function ruleOf({ direction, protocol, from = -1, to = -1, cidr4, group }: RuleSpec): readonly GroupRule[] {
  if (cidr4 === undefined && group === undefined) return [];
  const number = protocols[protocol] ?? Number(protocol);
  const whom = cidr4 === undefined ? { group: group! } : { cidr: cidr4 };
  return [{ direction, protocol: number, from, to, ...whom }];
}
