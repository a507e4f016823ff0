import type { Clock } from '../../../ports/clock.ts';
import type { Random } from '../../../ports/ids.ts';
import { OpenStackError } from '../trouble.ts';
import type { Method } from './request.ts';

/** How long we try before we say that something is in trouble. Times in milliseconds. */
export interface Patience {
  /** All attempts, the first one too. */
  readonly attempts: number;
  /** The pause after the first attempt; each later one is twice as long. */
  readonly firstPause: number;
  /** No pause is longer: a service that asks for more (Retry-After) is left to the caller. */
  readonly longestPause: number;
  /** After this time no further attempt is begun. */
  readonly total: number;
}

export const defaultPatience: Patience = { attempts: 4, firstPause: 250, longestPause: 10_000, total: 30_000 };

export interface RetryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly patience: Patience;
}

const idempotent: ReadonlySet<Method> = new Set<Method>(['GET', 'HEAD', 'PUT', 'DELETE']);

/**
 * Whether an attempt may be made again. A request that changes something by being repeated is sent again only
 * if the service surely did no work: it was not reached, it throttled us, or said "not now, come back" (503 with Retry-After).
 */
export function mayRepeat(error: OpenStackError, method: Method, safe: boolean): boolean {
  const { status, reached, retryAfterMs } = error.facts;
  if (error.trouble === 'throttled') return true;
  if (error.trouble !== 'unavailable') return false;
  if (safe || idempotent.has(method)) return true;
  return !reached || (status === 503 && retryAfterMs !== undefined);
}

/** Attempts until one succeeds, one may not be repeated, or patience ends; then throws what the last attempt threw. */
export async function withPatience<T>(
  attempt: () => Promise<T>,
  repeatable: (error: OpenStackError) => boolean,
  { clock, random, patience }: RetryParts,
  signal?: AbortSignal,
): Promise<T> {
  const began = clock.now();
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof OpenStackError) || made >= patience.attempts || signal?.aborted) throw error;
      const pause = pauseAfter(made, error, patience, random);
      const late = clock.now() + pause - began > patience.total;
      if (pause > patience.longestPause || late || !repeatable(error)) throw error;
      await sleep(pause, clock, signal);
      if (signal?.aborted) throw error;
    }
  }
}

/** What the service asks for, or a doubling pause of which half is left to chance. */
function pauseAfter(made: number, { facts }: OpenStackError, patience: Patience, random: Random): number {
  const full = Math.min(patience.firstPause * 2 ** (made - 1), patience.longestPause);
  const jittered = Math.ceil(full / 2) + random.below(Math.floor(full / 2) + 1);
  return Math.max(facts.retryAfterMs ?? 0, jittered);
}

/** Ends early, without an error, when the signal fires. */
const sleep = (ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.at(clock.now() + ms, done);
    signal?.addEventListener('abort', done);
  });
