import type { Clock } from '../../../ports/clock.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Log } from '../../../ports/log.ts';
import type { Network, Plane } from './plane.ts';

const firstAgainMs = 500;
const lastAgainMs = 30_000;

/** Keeps the plane what the records say. */
export interface Follower {
  /**
   * Brings the plane up to what is in the records now. What fails is tried again, whoever asked.
   * @throws DriverError
   */
  now(): Promise<void>;
  /** The same, for nobody who waits. */
  soon(): void;
  /** What is on its way comes to its end, and nothing after it. */
  close(): Promise<void>;
}

export interface FollowerParts {
  readonly plane: Plane;
  readonly read: () => Promise<Network>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Changes that come while one is on its way go together with the next. A network without ports needs no plane. */
export function createFollower({ plane, read, clock, log }: FollowerParts): Follower {
  /** Each gives what went wrong. */
  let going: Promise<DriverError | undefined> | undefined;
  let next: Promise<DriverError | undefined> | undefined;
  let againMs = firstAgainMs;
  let timer: ReturnType<Clock['at']> | undefined;
  let closed = false;

  async function follow(): Promise<DriverError | undefined> {
    timer?.cancel();
    timer = undefined;
    try {
      const network = await read();
      await (network.ports.length === 0 ? plane.end() : plane.apply(network));
      againMs = firstAgainMs;
      return undefined;
    } catch (error) {
      log.warn({ err: error, againMs }, 'the network of the machines is not as it is to be');
      later();
      if (error instanceof DriverError) return error;
      return new DriverError('unavailable', `the network of the machines: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  function later(): void {
    if (closed) return;
    timer = clock.at(clock.now() + againMs, () => void join());
    againMs = Math.min(lastAgainMs, againMs * 2);
  }

  function begin(): Promise<DriverError | undefined> {
    const begun = follow().finally(() => {
      if (going === begun) going = undefined;
    });
    going = begun;
    return begun;
  }

  async function join(): Promise<DriverError | undefined> {
    if (closed) return undefined;
    if (going === undefined) return begin();
    next ??= going.then(() => {
      next = undefined;
      return begin();
    });
    return next;
  }

  return {
    async now() {
      const failed = await join();
      if (failed !== undefined) throw failed;
    },
    soon: () => void join(),
    async close() {
      closed = true;
      timer?.cancel();
      await going;
    },
  };
}
