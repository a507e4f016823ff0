import type { Clock } from '../../../ports/clock.ts';
import type { Call } from '../../../ports/driver.ts';
import { all } from '../catalogue/offered.ts';
import type { PlaceOf } from '../places.ts';
import { createRemembered } from '../remembered.ts';
import { type Port, ports } from '../rest/neutron.ts';

/** How many addresses of each subnet somebody has, by Neutron's ids, as far as the project may see their ports. */
export type Taken = (call: Call) => Promise<ReadonlyMap<string, number>>;

/** How long the numbers stand: a project has many more ports than networks. */
const standing = { most: 15_000, behind: 5_000 } as const;
/** How long after they were shown they are counted again. */
const afterMs = 3_000;

/** Counts them, and remembers the numbers. */
export function createTaken(placeOf: PlaceOf, clock: Clock): Taken {
  const counts = createRemembered({
    clock,
    afterMs,
    async read({ account, signal }) {
      const { session } = await placeOf(account);
      const there = await all<Pick<Port, 'fixed_ips'>>(ports.list(session, { fields: 'fixed_ips' }, signal));
      const taken = new Map<string, number>();
      for (const { subnet_id: id } of there.flatMap((port) => port.fixed_ips)) taken.set(id, (taken.get(id) ?? 0) + 1);
      return taken;
    },
  });
  return (call) => counts.get(call, standing);
}
