import type { Clock } from '../../../ports/clock.ts';
import type { SeenMachine } from '../../../ports/driver.ts';
import type { Server } from '../rest/nova.ts';
import { isBusy, isGone, seenOf } from './seen.ts';

/** What Nova's list told of servers that it is at work on: who waits for one need not ask for it alone a moment later. */
export interface Sightings {
  /** @param askedAt when Nova was asked for its list, epoch milliseconds */
  told(servers: readonly Server[], askedAt: number): void;
  /** How a server is that Nova was at work on a moment ago. Undefined: it has to be looked at. */
  atWork(native: string): SeenMachine | undefined;
}

/**
 * How long it holds that Nova is at work on something, in milliseconds: somewhat longer than it takes those who wait for a
 * server, and look every half second, to be told anew.
 */
const holdsMs = 1_000;
/** Servers that are remembered. */
const most = 10_000;

interface Sighting {
  readonly server: Server;
  readonly askedAt: number;
  readonly toldAt: number;
}

export function createSightings(clock: Clock): Sightings {
  const kept = new Map<string, Sighting>();
  return {
    told(servers, askedAt) {
      if (kept.size > most) kept.clear();
      for (const server of servers) {
        // Nova does not know how one is whose cell is down.
        const isUnknown = server.status === 'UNKNOWN' || isGone(server);
        if (isUnknown || !isBusy(server)) kept.delete(server.id);
        else if ((kept.get(server.id)?.askedAt ?? 0) <= askedAt)
          kept.set(server.id, { server, askedAt, toldAt: clock.now() });
      }
    },
    atWork(native) {
      const found = kept.get(native);
      const now = clock.now();
      return found === undefined || found.toldAt + holdsMs < now ? undefined : seenOf(found.server, now);
    },
  };
}
