import type { Clock } from '../../../ports/clock.ts';
import type { Call } from '../../../ports/driver.ts';
import type { PlaceOf } from '../places.ts';
import { createRemembered } from '../remembered.ts';
import type { Network } from '../rest/neutron.ts';
import { type Home, networksOf, readHome } from './home.ts';

/** The networks of projects, by account. */
export interface Homes {
  /** As they are now. */
  read(call: Call): Promise<Home>;
  /**
   * As they are now, as far as one request tells: networks and subnets. A network is another one when a subnet of it is
   * (Neutron numbers its revisions). Routers, and what is connected to them, are not older than 15 s.
   */
  current(call: Call): Promise<Home>;
  /** As they were a minute ago at most. Undefined: they were not read since, or that failed. */
  remembered(call: Call): Promise<Home | undefined>;
}

/** How long a project's networks stand for those who name them by an id. */
const standing = { most: 60_000, behind: 30_000 } as const;
/** How long routers stand for those who are shown them. */
const routersStand = { most: 15_000, behind: 5_000 } as const;
/** Neutron has that to do first which the networks were needed for. */
const afterMs = 3_000;

/** Keeps what was read of them. */
export function createHomes(placeOf: PlaceOf, clock: Clock): Homes {
  const homes = createRemembered({
    clock,
    afterMs,
    async read(call) {
      const { project, session } = await placeOf(call.account);
      const networks = await networksOf(session, call.signal);
      return { seen: factsOf(networks), home: await readHome(session, project, networks, call.signal) };
    },
  });
  return {
    read: async (call) => (await homes.read(call)).home,
    async current(call) {
      const before = await homes.known(call, routersStand);
      if (before === undefined) return (await homes.read(call)).home;
      const { session } = await placeOf(call.account);
      const now = factsOf(await networksOf(session, call.signal));
      return now === before.seen ? before.home : (await homes.read(call)).home;
    },
    remembered: async (call) => (await homes.known(call, standing))?.home,
  };
}

/** What of networks shows, or tells that something else has changed, in one order: Neutron's may be another each time. */
const factsOf = (networks: readonly Network[]): string =>
  JSON.stringify(
    networks
      .map(({ id, revision_number: revision, subnets, name, shared, port_security_enabled: guarded }) =>
        JSON.stringify([id, revision, [...(subnets ?? [])].sort(), name, shared, guarded]),
      )
      .sort(),
  );
