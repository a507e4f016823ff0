import type { Clock } from '../../../ports/clock.ts';

/** How long those wait who have something older to go by, in milliseconds. Nobody waits for what somebody has waited for in vain. */
const patienceMs = 2_000;

/** Waits for the work, but not for ever: those who have nothing to go by may wait longer. Whether it was in time. */
export async function sooner(work: Promise<void>, clock: Clock, ms: number = patienceMs): Promise<boolean> {
  let stop = (): void => undefined;
  const late = new Promise<boolean>((resolve) => {
    const timer = clock.at(clock.now() + ms, () => resolve(false));
    stop = () => timer.cancel();
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    stop();
  }
}
