import type { Clock } from '../../ports/clock.ts';
import { type Call, DriverError } from '../../ports/driver.ts';
import type { Feed } from '../../ports/foreign.ts';
import type { ForeignVpc, Networks } from '../../ports/networks.ts';
import { all } from './catalogue/offered.ts';
import { idOf } from './ids.ts';
import type { Home, HomeVpc } from './neutron/home.ts';
import { createHomes } from './neutron/homes.ts';
import { createTaken } from './neutron/takenAddresses.ts';
import type { PlaceOf } from './places.ts';
import { type Network, networks, type Port, ports, type Subnet } from './rest/neutron.ts';
import type { Session } from './rest/session.ts';

/** Where a subnet of EC2's is in Neutron. */
export interface SubnetPlace {
  readonly network: string;
  readonly subnet: string;
  /** Whether its ports have security groups. */
  readonly guarded: boolean;
}

export interface OpenStackNetworks extends Networks {
  /** Throws a DriverError `invalid` when the project has no such subnet. */
  subnetOf(subnet: string, call: Call): Promise<SubnetPlace>;
  /** The account's default VPC; undefined when the project has no network. */
  defaultVpc(call: Call): Promise<string | undefined>;
  /** Tells all networks, with how many addresses of each subnet are taken. */
  readonly feed: Feed<ForeignVpc>;
  /** The external network that the account's floating IPs come from. Throws a DriverError `unsupported` when there is none. */
  externalOf(call: Call): Promise<string>;
}

export interface NetworksParts {
  readonly placeOf: PlaceOf;
  /** Names of the region's zones. */
  readonly zones: () => readonly string[];
  readonly clock: Clock;
}

/**
 * The networks of projects as VPCs. A subnet of EC2's is in one zone and Neutron's in all: each is there once a zone, and
 * those that are the same in Neutron share its addresses.
 */
export function createNetworks({ placeOf, zones, clock }: NetworksParts): OpenStackNetworks {
  const { read, current, remembered } = createHomes(placeOf, clock);
  const takenIn = createTaken(placeOf, clock);
  const find = (home: Home | undefined, id: string): Subnet | undefined =>
    home?.subnets.find((subnet) => zones().some((zone) => idOf('subnet', subnet.id, zone) === id));
  const need = async (id: string, call: Call): Promise<Subnet> => {
    const found = find(await remembered(call), id) ?? find(await read(call), id);
    if (found !== undefined) return found;
    // Without zones no id of a subnet can be told.
    needZones(zones());
    throw new DriverError('invalid', `the project has no subnet that is ${id}`);
  };

  return {
    async home(call) {
      const names = needZones(zones());
      return (await read(call)).vpcs.map((vpc) => shown(vpc, names));
    },
    feed: {
      async changes(_, call) {
        const names = needZones(zones());
        const [{ vpcs }, taken] = await Promise.all([current(call), takenIn(call)]);
        return { whole: true, things: vpcs.map((vpc) => shown(vpc, names, taken)), gone: [] };
      },
    },
    async inUse(id, call) {
      const subnet = await need(id, call);
      const { session } = await placeOf(call.account);
      const query = { fixed_ips: `subnet_id=${subnet.id}`, fields: 'fixed_ips' };
      const found = await all<Pick<Port, 'fixed_ips'>>(ports.list(session, query, call.signal));
      const taken = found.flatMap(({ fixed_ips: ips }) => ips.filter((ip) => ip.subnet_id === subnet.id));
      // Neutron hands out any other address of the block to those who name it, also outside of the allocation pools; the
      // block's first and last, which it refuses, are never asked for: EC2 keeps them, too.
      return new Set([...(subnet.gateway_ip === null ? [] : [subnet.gateway_ip]), ...taken.map((ip) => ip.ip_address)]);
    },
    async subnetOf(id, call) {
      const subnet = await need(id, call);
      const guarded = !(await remembered(call))?.unguarded.has(subnet.network_id);
      return { network: subnet.network_id, subnet: subnet.id, guarded };
    },
    defaultVpc: async (call) => ((await remembered(call)) ?? (await read(call))).vpcs[0]?.id,
    async externalOf(call) {
      const { vpcs } = (await remembered(call)) ?? (await read(call));
      // Only through a router's own gateway can an address be reached.
      const gateway = vpcs.find(({ external }) => external !== undefined)?.external;
      if (gateway !== undefined) return gateway;
      return usualExternal((await placeOf(call.account)).session, call);
    },
  };
}

/** A VPC with its subnets in each zone. */
const shown = (
  { id, name, isDefault, subnets }: HomeVpc,
  zones: readonly string[],
  taken?: ReadonlyMap<string, number>,
): ForeignVpc => ({
  id,
  cidrs: [...new Set(subnets.map((subnet) => subnet.cidr))],
  isDefault,
  name,
  subnets: subnets.flatMap((subnet, at) =>
    zones.map((zone) => ({
      id: idOf('subnet', subnet.id, zone),
      zone,
      cidr: subnet.cidr,
      defaultForZone: isDefault && at === 0,
      name: subnet.name,
      ...(taken && { taken: taken.get(subnet.id) ?? 0 }),
    })),
  ),
});

/** The cloud's default external network, or the first that the project may see. */
async function usualExternal(session: Session, call: Call): Promise<string> {
  const external = await all<Network>(networks.list(session, { 'router:external': true }, call.signal));
  const found = external.find(({ is_default: isDefault }) => isDefault) ?? external[0];
  if (found === undefined) throw new DriverError('unsupported', 'the cloud has no external network');
  return found.id;
}

function needZones(names: readonly string[]): readonly string[] {
  if (names.length === 0) throw new DriverError('unavailable', 'the zones of the cloud are not known yet');
  return names;
}
