import type { Action } from '../../cloud/action/action.ts';
import type { World } from '../../cloud/context/world.ts';
import type { Scope } from '../../ports/store.ts';
import { Kept } from './kept.ts';

/** The inside of an answer, and the revision of the store that it was made from. */
interface KeptAnswer {
  readonly revision: number;
  readonly inner: Buffer;
  readonly bytes: number;
}

/** A few answers of a thousand instances each, or many small ones. */
const most = 64 * 2 ** 20;

/** Answers are of one store: each world has its own. */
const answersOf = new WeakMap<World, Kept<string, KeptAnswer>>();

function answersIn(world: World): Kept<string, KeptAnswer> {
  const found = answersOf.get(world) ?? new Kept<string, KeptAnswer>(most, (a) => a.bytes);
  answersOf.set(world, found);
  return found;
}

/**
 * The answer to a question that was asked before, when nothing that it depends on has changed since; else `make` makes it.
 * One look at the store's revision counter takes the place of all the rest.
 */
export async function keptAnswer(
  world: World,
  scope: Scope,
  action: Action,
  question: string,
  make: () => Promise<Buffer>,
): Promise<Buffer> {
  if (action.mode !== 'read' || action.kinds === undefined) return make();
  const whose = action.shared ? { account: '*', region: scope.region } : scope;
  // What depends on no rows never changes.
  const revision = action.kinds.length === 0 ? 0 : await world.store.read.revision(whose, action.kinds);
  const key = `${scope.account}/${scope.region}/${action.name}?${question}`;
  const answers = answersIn(world);
  const kept = answers.get(key);
  if (kept?.revision === revision) return kept.inner;
  const inner = await make();
  // Questions can be much longer than their answers; two bytes a character, and what the map itself takes.
  answers.set(key, { revision, inner, bytes: inner.length + 2 * key.length + 400 });
  return inner;
}
