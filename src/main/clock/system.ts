import type { Clock } from '../../ports/clock.ts';

/** Node's timers hold at most 2^31 - 1 milliseconds (24.8 days); a later one is set again on the way. */
const longestMs = 2 ** 31 - 1;

/** The real time of this computer. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    at(at, callback) {
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        const left = at - Date.now();
        timer = setTimeout(left > longestMs ? arm : callback, Math.max(0, Math.min(left, longestMs)));
        timer.unref();
      };
      arm();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
