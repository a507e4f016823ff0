import type { Call, MachineSpec } from '../../ports/driver.ts';
import { DriverError } from '../../ports/driver.ts';
import { type Port, ports } from './rest/neutron.ts';
import type { Session } from './rest/session.ts';
import { OpenStackError } from './trouble.ts';

/** Where an EC2 subnet is in Neutron. */
export type SubnetOf = (subnet: string, call: Call) => Promise<{ readonly network: string; readonly subnet: string }>;

type Interface = MachineSpec['interfaces'][number];

/** Neutron's names for an address that somebody has (neutron_lib.exceptions). Waiting would not free it. */
const taken: ReadonlySet<string> = new Set(['IpAddressAlreadyAllocated', 'MacAddressInUse', 'IpAddressInUse']);

/**
 * The ports of a machine, in the order of its interfaces: named after the interface, described by the machine, with the
 * addresses that EC2's side gave. `resumed`: some may be there already, and are found by their names.
 */
export async function ensurePorts(
  session: Session,
  subnetOf: SubnetOf,
  machine: string,
  interfaces: readonly Interface[],
  resumed: boolean,
  call: Call,
): Promise<readonly string[]> {
  const there = resumed ? await portsOf(session, machine, call) : [];
  const ids: string[] = [];
  for (const each of interfaces) {
    const found = there.find(({ name }) => name === each.id);
    ids.push(found?.id ?? (await makePort(session, subnetOf, machine, each, resumed, call)).id);
  }
  return ids;
}

async function makePort(
  session: Session,
  subnetOf: SubnetOf,
  machine: string,
  { id, subnet, privateIp, mac }: Interface,
  resumed: boolean,
  call: Call,
): Promise<Port> {
  const at = await subnetOf(subnet, call);
  const port = {
    name: id,
    description: machine,
    network_id: at.network,
    mac_address: mac,
    fixed_ips: [{ subnet_id: at.subnet, ip_address: privateIp }],
  };
  try {
    return await ports.create(session, port, call.signal);
  } catch (error) {
    if (!(error instanceof OpenStackError) || !taken.has(error.facts.kind ?? '')) throw error;
    // Neutron may have made ours since we looked, long after we gave up to wait for it.
    const ours = resumed ? (await portsOf(session, machine, call)).find(({ name }) => name === id) : undefined;
    if (ours !== undefined) return ours;
    throw new DriverError('invalid', `the address ${privateIp} or ${mac} was taken by somebody else`, { cause: error });
  }
}

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
