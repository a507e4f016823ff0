import type { Clock, Timer } from '../../ports/clock.ts';
import type { World } from '../context/world.ts';
import { expireClientTokens } from './expireClientTokens.ts';
import { followEnded } from './followEnded.ts';
import { forgetTerminated } from './forgetTerminated.ts';
import { removeOrphans } from './removeOrphans.ts';
import { startAgain } from './startAgain.ts';

/** A loop without input: it looks at the world and mends what it finds. It never retries; it runs again. */
export interface Loop {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (world: World) => Promise<void>;
}

const allLoops = (): readonly Loop[] => [
  expireClientTokens,
  followEnded,
  forgetTerminated,
  startAgain,
  removeOrphans(),
];

/** Runs every loop at its pace on `clock` until it is stopped. A loop that fails says so in the log and runs again. */
export function reconcile(world: World, clock: Clock, loops: readonly Loop[] = allLoops()): { stop(): Promise<void> } {
  const timers = new Map<string, Timer>();
  const running = new Set<Promise<void>>();
  let stopped = false;
  const arm = (loop: Loop): void => {
    if (stopped) return;
    timers.set(
      loop.name,
      clock.at(clock.now() + loop.everyMs, () => {
        const run = loop
          .run(world)
          .catch((error: unknown) =>
            world.log.error({ err: error, loop: loop.name }, 'a loop failed; it will run again'),
          )
          .finally(() => {
            running.delete(run);
            arm(loop);
          });
        running.add(run);
      }),
    );
  };
  for (const loop of loops) arm(loop);
  return {
    stop: async () => {
      stopped = true;
      for (const timer of timers.values()) timer.cancel();
      await Promise.all(running);
    },
  };
}
