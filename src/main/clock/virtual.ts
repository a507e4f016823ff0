import { performance } from 'node:perf_hooks';
import type { Clock } from '../../ports/clock.ts';

export interface VirtualClockOptions {
  /** Epoch milliseconds at which time begins. */
  readonly start: number;
  /** Jump to the next timer whenever the event loop is otherwise idle. Default: time moves only by `advance`. */
  readonly jump?: boolean;
}

export interface VirtualClock extends Clock {
  /**
   * Moves time on by `ms`, calling every timer that comes due at its own time and in order. What a timer started may
   * run to its next wait before the next timer is called, so timers set on the way count too.
   */
  advance(ms: number): Promise<void>;
}

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Jumps happen only when the loop waited for at least this share of the time since the last look. */
const idleShare = 0.5;
/** How often a jumping clock looks whether the loop is idle, in real milliseconds. */
const lookMs = 1;

/** Makes a clock whose time is not the computer's. */
export function createVirtualClock(options: VirtualClockOptions): VirtualClock {
  let now = options.start;
  let order = 0;
  let looking = false;
  const pending = new Set<Pending>();

  const next = (): Pending | undefined => {
    let first: Pending | undefined;
    for (const timer of pending) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  };
  const fire = (timer: Pending): void => {
    pending.delete(timer);
    now = Math.max(now, timer.at);
    timer.callback();
  };
  const look = (): void => {
    if (looking || pending.size === 0) return;
    looking = true;
    const before = performance.eventLoopUtilization();
    const check = (): void => {
      looking = false;
      const first = next();
      const { idle, active } = performance.eventLoopUtilization(before);
      if (first !== undefined && idle >= (idle + active) * idleShare) fire(first);
      look();
    };
    setTimeout(check, lookMs).unref();
  };

  return {
    now: () => now,
    at(at, callback) {
      const timer: Pending = { at, order: order++, callback };
      pending.add(timer);
      if (options.jump) look();
      return { cancel: () => void pending.delete(timer) };
    },
    async advance(ms) {
      const until = now + ms;
      for (let due = next(); due !== undefined && due.at <= until; due = next()) {
        fire(due);
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = Math.max(now, until);
    },
  };
}
