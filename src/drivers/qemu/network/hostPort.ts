import type { MachineSpec } from '../../../ports/driver.ts';
import type { RuleSpec } from '../../../ports/networks.ts';
import type { Folders } from '../folders.ts';
import { keptAddresses, keptGroups } from './kept.ts';
import { openPortsAt } from './switchPlane.ts';
import { publicAddressesOf } from './whole.ts';

/** Where this computer reaches a port of a machine. */
export interface HostPort {
  readonly address: string;
  readonly port: number;
}

/**
 * Why it does not: the machine has no public address; no rule lets the port in; the switch does not run; or it runs and does
 * not listen (yet) for that port.
 */
export type Unreachable = 'no-address' | 'no-rule' | 'no-switch' | 'not-open';

/** Where this computer reaches a TCP port of a machine that runs. Only asks: a switch that does not run is not started. */
export async function hostPortOf(
  { interfaces }: Pick<MachineSpec, 'interfaces'>,
  port: number,
  folders: Folders,
): Promise<HostPort | Unreachable> {
  const addresses = await addressesOf(interfaces, folders);
  if (addresses.length === 0) return 'no-address';
  const open = await openPortsAt(folders.network);
  if (open === undefined) return 'no-switch';
  for (const { publicIp } of addresses) {
    const found = open.get(publicIp)?.find((one) => one.port === port && one.protocol === undefined);
    if (found !== undefined) return { address: found.on ?? publicIp, port: found.at };
  }
  const on = interfaces.filter(({ id }) => addresses.some(({ at }) => at.port === id));
  const groups = await keptGroups(folders).all();
  const rules = on.flatMap((nic) => (nic.groups ?? []).flatMap((id) => groups.get(id)?.rules ?? []));
  return rules.some((rule) => letsIn(rule, port)) ? 'not-open' : 'no-rule';
}

/** A port of a machine, and this computer's for it; without a protocol it is one of TCP. */
export type ReachedPort = readonly [port: number, at: HostPort, protocol?: 'udp'];

/** Where this computer reaches the ports of a machine that are open now. */
export async function hostPortsOf(
  { interfaces }: Pick<MachineSpec, 'interfaces'>,
  folders: Folders,
): Promise<readonly ReachedPort[] | 'no-address' | 'no-switch'> {
  const addresses = await addressesOf(interfaces, folders);
  if (addresses.length === 0) return 'no-address';
  const open = await openPortsAt(folders.network);
  if (open === undefined) return 'no-switch';
  return addresses.flatMap(({ publicIp }) =>
    (open.get(publicIp) ?? []).map(({ port, at, on = publicIp, protocol }): ReachedPort => {
      const there = { address: on, port: at };
      return protocol === undefined ? [port, there] : [port, there, protocol];
    }),
  );
}

/** The public addresses of a machine. */
async function addressesOf(interfaces: MachineSpec['interfaces'], folders: Folders) {
  const elastic = [...(await keptAddresses(folders).all()).values()];
  return publicAddressesOf([{ interfaces }], elastic).filter(({ at }) => interfaces.some(({ id }) => id === at.port));
}

/** Whether a rule lets a TCP port in from addresses out of the network. */
function letsIn({ direction, protocol, from = -1, to = -1, cidr4 }: RuleSpec, port: number): boolean {
  if (direction !== 'ingress' || cidr4 === undefined) return false;
  if (protocol === '-1') return true;
  return ['tcp', '6'].includes(protocol) && (from === -1 || (from <= port && port <= to));
}
