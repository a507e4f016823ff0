import type { Call, MachineSpec } from '../../../ports/driver.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Networks } from '../../../ports/networks.ts';
import type { SubnetPlace } from '../networks.ts';
import { portOf } from '../neutron/addresses.ts';
import type { PlaceOf } from '../places.ts';
import { type Port, ports } from '../rest/neutron.ts';
import type { Session } from '../rest/session.ts';
import { OpenStackError } from '../trouble.ts';

/** Where an EC2 subnet is in Neutron. */
export type SubnetOf = (subnet: string, call: Call) => Promise<SubnetPlace>;

/** Neutron's ids of security groups. */
export type GroupsOf = (ids: readonly string[], call: Call) => Promise<readonly string[]>;

/** What ports need of the rest of the network. */
export interface Around {
  readonly subnetOf: SubnetOf;
  readonly groupsOf: GroupsOf;
}

type Interface = MachineSpec['interfaces'][number];

/** Neutron's names for an address that somebody has (neutron_lib.exceptions). Waiting would not free it. */
const taken: ReadonlySet<string> = new Set(['IpAddressAlreadyAllocated', 'MacAddressInUse', 'IpAddressInUse']);

/**
 * The ports of a machine, in the order of its interfaces: named after the interface, described by the machine, with the
 * addresses that EC2's side gave. `resumed`: some may be there already, and are found by their names.
 */
export async function ensurePorts(
  session: Session,
  around: Around,
  machine: string,
  interfaces: readonly Interface[],
  resumed: boolean,
  call: Call,
): Promise<readonly string[]> {
  const there = resumed ? await portsOf(session, machine, call) : [];
  const ids: string[] = [];
  for (const each of interfaces) {
    const found = there.find(({ name }) => name === each.id);
    ids.push(found?.id ?? (await makePort(session, around, machine, each, resumed, call)).id);
  }
  return ids;
}

async function makePort(
  session: Session,
  { subnetOf, groupsOf }: Around,
  machine: string,
  { id, subnet, privateIp, secondaryIps = [], mac, groups }: Interface,
  resumed: boolean,
  call: Call,
): Promise<Port> {
  const at = await subnetOf(subnet, call);
  const addresses = [privateIp, ...secondaryIps];
  const port = {
    name: id,
    description: machine,
    network_id: at.network,
    mac_address: mac,
    fixed_ips: addresses.map((ip_address) => ({ subnet_id: at.subnet, ip_address })),
    ...(groups !== undefined && at.guarded && { security_groups: await groupsOf(groups, call) }),
  };
  try {
    return await ports.create(session, port, call.signal);
  } catch (error) {
    if (!(error instanceof OpenStackError) || !taken.has(error.facts.kind ?? '')) throw error;
    // Neutron may have made ours since we looked, long after we gave up to wait for it.
    const ours = resumed ? (await portsOf(session, machine, call)).find(({ name }) => name === id) : undefined;
    if (ours !== undefined) return ours;
    const isMac = error.facts.kind === 'MacAddressInUse';
    const what = isMac ? mac : addresses.join(' or ');
    throw new DriverError('invalid', `the address ${what} was taken by somebody else`, {
      cause: error,
      about: isMac ? undefined : 'in-use',
    });
  }
}

/** Gives the port of an interface exactly these groups. Throws a DriverError `invalid` when there is none. */
export const createSetGroups =
  (placeOf: PlaceOf, groupsOf: GroupsOf): NonNullable<Networks['setGroups']> =>
  async (_machine, on, groups, call) => {
    const { session } = await placeOf(call.account);
    const port = await portOf(session, on, call);
    if (port === undefined) throw new DriverError('invalid', `there is no port of the interface ${on}`);
    // Its network has none.
    if (port.port_security_enabled === false) return { settled: true };
    const wanted = await groupsOf(groups, call);
    const same = wanted.length === port.security_groups.length && wanted.every((g) => port.security_groups.includes(g));
    if (!same) await ports.update(session, port.id, { security_groups: wanted }, call.signal);
    return { settled: true };
  };

/** The ports that were made for a machine. */
export async function portsOf(session: Session, machine: string, call: Call): Promise<readonly Port[]> {
  const found: Port[] = [];
  for await (const port of ports.list(session, { description: machine }, call.signal)) found.push(port);
  return found;
}

/** Nova leaves ports alone that it did not make itself. */
export async function removePorts(session: Session, machine: string, call: Call): Promise<void> {
  for (const { id } of await portsOf(session, machine, call)) await ports.delete(session, id, call.signal);
}
