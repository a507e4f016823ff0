import type { Clock } from '../../../ports/clock.ts';
import type { Call } from '../../../ports/driver.ts';
import { all } from '../catalogue/offered.ts';
import type { PlaceOf } from '../places.ts';
import { type Port, ports } from '../rest/neutron.ts';

/** How many addresses of each subnet somebody has, by Neutron's ids, as far as the project may see their ports. */
export type Taken = (call: Call) => Promise<ReadonlyMap<string, number>>;

/** How long the numbers are remembered, in milliseconds: a project has many more ports than networks. */
const keptMs = 15_000;

export function createTaken(placeOf: PlaceOf, clock: Clock): Taken {
  const kept = new Map<string, { readonly until: number; readonly taken: ReadonlyMap<string, number> }>();
  return async (call) => {
    const found = kept.get(call.account);
    if (found !== undefined && found.until > clock.now()) return found.taken;
    const { session } = await placeOf(call.account);
    const there = await all<Pick<Port, 'fixed_ips'>>(ports.list(session, { fields: 'fixed_ips' }, call.signal));
    const taken = new Map<string, number>();
    for (const { subnet_id: id } of there.flatMap((port) => port.fixed_ips)) taken.set(id, (taken.get(id) ?? 0) + 1);
    kept.set(call.account, { until: clock.now() + keptMs, taken });
    return taken;
  };
}
