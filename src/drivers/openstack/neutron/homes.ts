import type { Clock } from '../../../ports/clock.ts';
import { type Call, DriverError } from '../../../ports/driver.ts';
import type { PlaceOf } from '../places.ts';
import { type Home, readHome } from './home.ts';

/** The networks of projects, by account. */
export interface Homes {
  read(call: Call): Promise<Home>;
  /** Undefined: the last reading is too old, or failed for somebody else, whose call may just have been stopped. */
  remembered(call: Call): Promise<Home | undefined>;
}

/** How long a project's networks are remembered, in milliseconds. */
const keptMs = 60_000;
/** How long before they are forgotten they are read again, while nobody waits for that. */
const aheadMs = 30_000;
/** How long after they were needed: Neutron has that to do first which they were needed for. */
const afterMs = 3_000;

interface Kept {
  readonly until: number;
  readonly home: Promise<Home>;
}

export function createHomes(placeOf: PlaceOf, clock: Clock): Homes {
  const kept = new Map<string, Kept>();
  const readingAhead = new Set<string>();

  const readAhead = async (account: string): Promise<void> => {
    try {
      const { project, session } = await placeOf(account);
      const home = await readHome(session, project, new AbortController().signal);
      kept.set(account, { until: clock.now() + keptMs, home: Promise.resolve(home) });
    } catch (error) {
      // What is known stands until its time is over; who asks after that reads, and is told of the trouble.
      if (!(error instanceof DriverError)) kept.delete(account);
    } finally {
      readingAhead.delete(account);
    }
  };

  return {
    async read(call) {
      const { project, session } = await placeOf(call.account);
      const home = readHome(session, project, call.signal);
      kept.set(call.account, { until: clock.now() + keptMs, home });
      try {
        return await home;
      } catch (error) {
        if (kept.get(call.account)?.home === home) kept.delete(call.account);
        throw error;
      }
    },
    async remembered(call) {
      const found = kept.get(call.account);
      const left = (found?.until ?? 0) - clock.now();
      if (found === undefined || left <= 0) return undefined;
      if (left <= aheadMs && !readingAhead.has(call.account)) {
        readingAhead.add(call.account);
        clock.at(clock.now() + afterMs, () => void readAhead(call.account));
      }
      return found.home.then(
        (home) => home,
        () => undefined,
      );
    },
  };
}
