import type { Clock } from '../../../ports/clock.ts';
import type { Health } from '../../../ports/driver.ts';
import type { Server } from '../rest/nova.ts';
import { healthOf, isGone } from './seen.ts';

/** How machine and host are. */
export interface Healths {
  readonly system: Health;
  readonly instance: Health;
}

/** An answer of Nova's list. */
export interface Told {
  readonly servers: readonly Server[];
  /** All servers of the account are in it; else those that changed. */
  readonly whole: boolean;
  /** When Nova was asked, epoch milliseconds. */
  readonly askedAt: number;
}

/** How servers are as Nova's list told the last time, so that whoever asks for many need not ask for each. */
export interface HealthsTold {
  told(account: string, answer: Told): void;
  /** Undefined: the account's list was not read a moment ago, or says nothing of that server. */
  known(account: string, native: string): Healths | undefined;
}

/** How long what was told stands, in milliseconds: as long as a request waits for the list, and what it does then. */
const holdsMs = 10_000;

interface Of {
  askedAt: number;
  readonly servers: Map<string, { readonly askedAt: number; readonly healths: Healths }>;
}

/** Remembers, for each account, how its servers are. */
export function createHealths(clock: Clock): HealthsTold {
  const accounts = new Map<string, Of>();
  return {
    told(account, { servers, whole, askedAt }) {
      const of = accounts.get(account) ?? { askedAt, servers: new Map() };
      accounts.set(account, of);
      const isOlder = (native: string): boolean => (of.servers.get(native)?.askedAt ?? 0) <= askedAt;
      const there = new Set(servers.map(({ id }) => id));
      if (whole)
        for (const native of of.servers.keys()) if (!there.has(native) && isOlder(native)) of.servers.delete(native);
      for (const server of servers.filter(({ id }) => isOlder(id))) {
        // Nova does not know how one is whose cell is down.
        if (isGone(server) || server.status === 'UNKNOWN') of.servers.delete(server.id);
        else of.servers.set(server.id, { askedAt, healths: healthOf(server) });
      }
      of.askedAt = Math.max(of.askedAt, askedAt);
    },
    known(account, native) {
      const of = accounts.get(account);
      return of === undefined || of.askedAt + holdsMs < clock.now() ? undefined : of.servers.get(native)?.healths;
    },
  };
}
