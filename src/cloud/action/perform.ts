import { fail } from '../../kernel/errors.ts';
import type { RequestUser } from '../../ports/identity.ts';
import type { Scope } from '../../ports/store.ts';
import { type Reading, reading } from '../context/reading.ts';
import type { World } from '../context/world.ts';
import { write } from '../context/writing.ts';
import { type Action, RefusedInPart, type Settle, type WriteAction } from './action.ts';
import { checkToken, type Done, once, replay } from './idempotency.ts';
import type { Listing } from './listing.ts';
import { settledAnswer } from './settledAnswer.ts';

/** Members that the frame around every action reads. */
interface Framed {
  readonly DryRun?: boolean | undefined;
  readonly ClientToken?: string | undefined;
}

/** Ends a transaction that must not happen. */
class DryRun extends Error {}

/**
 * Performs one action for an account in a region: the one way in, for every door.
 * Around the action: DryRun (everything is checked, nothing is kept) and the replay of a ClientToken.
 * @param user who asks, where the cloud knows
 */
export async function perform(
  world: World,
  scope: Scope,
  action: Action,
  input: object,
  user?: RequestUser,
): Promise<unknown | Listing> {
  const { DryRun: dry, ClientToken: token } = input as Framed;
  const found = reading(world, scope, world.store.read);
  const cx: Reading = user === undefined ? found : { ...found, user };
  if (action.mode === 'read') {
    const output = await action.run(cx, input as never);
    return dry ? wouldHaveSucceeded() : output;
  }
  if (action.idempotent && token) checkToken(token, action.longestToken);
  if (action.prepare && action.idempotent && token) {
    // What the cloud says now (no room, say) does not matter to a request that was granted before.
    const used = await replay(cx, action.name, token, input);
    if (used !== undefined) return dry ? wouldHaveSucceeded() : settled(world, scope, action, used);
  }
  const prepared = (await action.prepare?.(cx, input as never)) as never;
  const done = await transaction(world, scope, action, input, prepared);
  if (done.output instanceof RefusedInPart) throw done.output.refusal;
  return settled(world, scope, action, done);
}

/** The answer, after what it waits for. */
async function settled(
  world: World,
  scope: Scope,
  { settle }: WriteAction<never, unknown, never>,
  done: Done<unknown>,
) {
  const { waits } = (settle ?? {}) as Partial<Settle<unknown>>;
  if (settle === undefined || done.started.length === 0 || waits?.(done.output) === false) return done.output;
  return settledAnswer(world, scope, settle as Settle<unknown>, done);
}

async function transaction(
  world: World,
  scope: Scope,
  action: WriteAction<never, unknown, never>,
  input: object,
  prepared: never,
): Promise<Done<unknown>> {
  const { DryRun: dry, ClientToken: token } = input as Framed;
  try {
    return await write(world, scope, async (tx) => {
      const body = () => action.run(tx, input as never, prepared);
      const waits = action.settle !== undefined;
      const done =
        action.idempotent && token
          ? await once(tx, action.name, token, input, body, waits)
          : { output: await body(), started: tx.started };
      if (dry) throw done.output instanceof RefusedInPart ? done.output.refusal : new DryRun();
      return done;
    });
  } catch (error) {
    if (error instanceof DryRun) return wouldHaveSucceeded();
    throw error;
  }
}

const wouldHaveSucceeded = (): never =>
  fail('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
