import { fail } from '../../kernel/errors.ts';
import type { Scope } from '../../ports/store.ts';
import { reading } from '../context/reading.ts';
import type { World } from '../context/world.ts';
import { write } from '../context/writing.ts';
import { refusedOperation } from '../operation/refused.ts';
import type { Settle } from './action.ts';
import type { Done } from './idempotency.ts';

/** How long an answer waits for the cloud, in milliseconds: well below the minute after which clients give up. */
export const longestWaitMs = 30_000;

/** Operations that another process works are looked at in growing pauses, in milliseconds. */
const pauses = { first: 50, most: 1_000 } as const;

/**
 * The answer of an action once its operations have ended, or the refusal that one of them left. Where they do not end in
 * time: `Unavailable`, after the request was taken back or while they go on.
 */
export async function settledAnswer<O>(
  world: World,
  scope: Scope,
  { answer, late }: Settle<O>,
  { output, started }: Done<O>,
): Promise<O> {
  if (!(await ended(world, started))) {
    const withdrawn = late === undefined || (await write(world, scope, (tx) => late(tx, output)));
    if (withdrawn) tooLate(late !== undefined);
  }
  const cx = reading(world, scope, world.store.read);
  for (const id of started) {
    const refused = await cx.find(refusedOperation, id);
    if (refused !== undefined) fail(refused.code, refused.message, refused.internal);
  }
  return answer === undefined ? output : answer(cx, output);
}

const tooLate = (withdrawn: boolean): never =>
  fail(
    'Unavailable',
    `The cloud behind this region has not done this within ${longestWaitMs / 1000} seconds. ${
      withdrawn ? 'The request was withdrawn.' : 'It goes on trying.'
    }`,
  );

/** Waits until none of the operations is unfinished, whoever works them. False: some are, when the time is over. */
async function ended(world: World, operations: readonly string[]): Promise<boolean> {
  const { clock, store } = world;
  const end = clock.now() + longestWaitMs;
  for (let pause: number = pauses.first; ; pause = Math.min(pause * 2, pauses.most)) {
    // The wish comes before the look: an end in between wakes it up.
    const woken = wakeUp(world, operations, Math.min(clock.now() + pause, end));
    const left = await store.operations.unfinished(operations);
    if (left.length === 0 || clock.now() >= end) {
      woken.forget();
      return left.length === 0;
    }
    await woken.soon;
  }
}

/** Resolves at a time, or as soon as this process has seen one of the operations to its end. */
function wakeUp({ clock, worker }: World, operations: readonly string[], at: number) {
  let resolve: () => void = () => undefined;
  const soon = new Promise<void>((done) => {
    resolve = done;
  });
  const forget = () => {
    timer.cancel();
    for (const each of watches) each();
  };
  const wake = () => {
    forget();
    resolve();
  };
  const timer = clock.at(at, wake);
  const watches = operations.map((id) => worker.whenEnded(id, wake));
  return { soon, forget };
}
