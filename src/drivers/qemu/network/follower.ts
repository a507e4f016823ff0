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
  let going: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let againMs = firstAgainMs;
  let timer: ReturnType<Clock['at']> | undefined;
  let closed = false;

  async function follow(): Promise<void> {
    timer?.cancel();
    timer = undefined;
    try {
      const network = await read();
      await (network.ports.length === 0 ? plane.end() : plane.apply(network));
      againMs = firstAgainMs;
    } catch (error) {
      later(error as Error);
      throw error instanceof DriverError
        ? error
        : new DriverError('unavailable', `the network of the machines: ${(error as Error).message}`, { cause: error });
    }
  }

  function later(error: Error): void {
    log.warn({ err: error, againMs }, 'the network of the machines is not as it is to be');
    if (closed) return;
    // It logs for itself, and tries again.
    timer = clock.at(clock.now() + againMs, () => void now().catch(() => undefined));
    againMs = Math.min(lastAgainMs, againMs * 2);
  }

  function begin(): Promise<void> {
    const begun = follow().finally(() => {
      if (going === begun) going = undefined;
    });
    going = begun;
    return begun;
  }

  function now(): Promise<void> {
    if (closed) return Promise.resolve();
    if (going === undefined) return begin();
    next ??= going
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  }

  return {
    now,
    async close() {
      closed = true;
      timer?.cancel();
      // Whoever asked was told what failed.
      await going?.catch(() => undefined);
    },
  };
}
