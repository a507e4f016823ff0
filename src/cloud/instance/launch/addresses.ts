import { takePublicIps } from '../../address/pool.ts';
import type { Writing } from '../../context/writing.ts';
import { takeAddresses } from '../../subnet/addresses.ts';
import type { PlannedInterface } from './network.ts';
import type { Occupied } from './occupied.ts';

/** Addresses of one interface of one instance. */
export interface GivenAddresses {
  readonly privateIps: readonly string[];
  readonly publicIp?: string;
}

/** Takes all addresses of a launch, one call for each subnet: for each instance, those of its interfaces in order. */
export async function takeLaunchAddresses(
  tx: Writing,
  interfaces: readonly PlannedInterface[],
  count: number,
  occupied?: Occupied,
): Promise<readonly (readonly GivenAddresses[])[]> {
  const found = new Map<string, string[]>();
  for (const { subnet } of interfaces) {
    if (found.has(subnet.id)) continue;
    const here = interfaces.filter((n) => n.subnet.id === subnet.id);
    const wanted = here.flatMap((n) => n.wanted);
    const further = here.reduce((sum, n) => sum + n.further, 0) * count;
    const all = wanted.length + further;
    const taken = all === 0 ? [] : await takeAddresses(tx, subnet, all, wanted, occupied?.get(subnet.id));
    found.set(subnet.id, taken.slice(wanted.length));
  }
  const publicIps = [...(await takePublicIps(tx, interfaces.filter((n) => n.publicIp).length * count))];
  const next = new Map([...found.keys()].map((id) => [id, 0]));
  const further = (n: PlannedInterface): readonly string[] => {
    const at = next.get(n.subnet.id)!;
    next.set(n.subnet.id, at + n.further);
    const some = found.get(n.subnet.id)!.slice(at, at + n.further);
    return n.wanted.length === 0 && some.length > 1 ? primaryFirst(tx, some) : some;
  };
  return Array.from({ length: count }, () =>
    interfaces.map((n) => ({
      privateIps: n.existing?.privateIps ?? [...n.wanted, ...further(n)],
      ...(n.publicIp && { publicIp: publicIps.pop()! }),
    })),
  );
}

/** Addresses that nobody asked for by name: the one that the guest will be given is the primary one. */
function primaryFirst({ here }: Writing, addresses: readonly string[]): readonly string[] {
  const primary = here.driver.networks?.dhcpGives?.(addresses);
  return primary === undefined ? addresses : [primary, ...addresses.filter((ip) => ip !== primary)];
}
