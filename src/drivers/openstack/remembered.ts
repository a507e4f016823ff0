import type { Clock } from '../../ports/clock.ts';
import { type Call, DriverError } from '../../ports/driver.ts';

/** How old what was read may be, in milliseconds, and from which age on it is read again while nobody waits for that. */
export interface Age {
  readonly most: number;
  readonly behind: number;
}

/** What is read of the cloud for each account and remembered for a while: what hardly changes. */
export interface Remembered<T extends object> {
  /** Asks the cloud. Whoever comes while it answers and may go by what is not older shares the answer. */
  read(call: Call): Promise<T>;
  /** What was read not longer ago than that. Undefined: nothing was, or that failed for somebody else, whose call may just have been stopped. */
  known(call: Call, age: Age): Promise<T | undefined>;
  /** What is known, else what the cloud says. */
  get(call: Call, age: Age): Promise<T>;
  /** Of all accounts: somebody has changed it. */
  forget(): void;
}

export interface RememberedParts<T extends object> {
  readonly clock: Clock;
  readonly read: (call: Call) => Promise<T>;
  /** How long after it was needed it is read behind, in milliseconds: the cloud has that to do first which it was needed for. */
  readonly afterMs?: number;
}

interface Kept<T> {
  /** When the cloud was asked, epoch milliseconds. */
  readonly at: number;
  readonly value: Promise<T>;
}

/** Remembers, by account, what `read` gives. */
export function createRemembered<T extends object>({ clock, read, afterMs = 0 }: RememberedParts<T>): Remembered<T> {
  let kept = new Map<string, Kept<T>>();
  const behind = new Set<string>();

  const readBehind = async ({ account, region }: Call): Promise<void> => {
    const [at, into] = [clock.now(), kept];
    try {
      const { signal } = new AbortController();
      const value = await read({ account, region, operation: 'read-behind', signal });
      into.set(account, { at, value: Promise.resolve(value) });
    } catch (error) {
      // What is known stands until its time is over; who asks after that reads, and is told of the trouble.
      if (!(error instanceof DriverError)) into.delete(account);
    } finally {
      behind.delete(account);
    }
  };
  const fresh = (call: Call): Promise<T> => {
    const into = kept;
    const value = read(call);
    const reading = { at: clock.now(), value };
    into.set(call.account, reading);
    value.catch(() => {
      if (into.get(call.account) === reading) into.delete(call.account);
    });
    return value;
  };
  const known = async (call: Call, age: Age): Promise<T | undefined> => {
    const found = kept.get(call.account);
    if (found === undefined) return undefined;
    const old = clock.now() - found.at;
    if (old >= age.most) return undefined;
    if (old >= age.behind && !behind.has(call.account)) {
      behind.add(call.account);
      clock.at(clock.now() + afterMs, () => void readBehind(call));
    }
    return found.value.then(
      (value) => value,
      () => undefined,
    );
  };
  return {
    read: fresh,
    known,
    get: async (call, age) => (await known(call, age)) ?? fresh(call),
    forget() {
      kept = new Map();
    },
  };
}
