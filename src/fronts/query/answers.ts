import type { Action } from '../../cloud/action/action.ts';
import type { World } from '../../cloud/context/world.ts';
import type { Scope } from '../../ports/store.ts';
import { Kept } from './kept.ts';

/** The inside of an answer, and the revision of the store that it was made from. */
interface KeptAnswer {
  readonly revision: number;
  readonly inner: Buffer;
}

/** A few answers of a thousand instances each, or many small ones. */
const answers = new Kept<string, KeptAnswer>(64 * 2 ** 20, (a) => a.inner.length + 400);

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
  const revision = await world.store.read.revision(whose, action.kinds);
  const key = `${scope.account}/${scope.region}/${action.name}?${question}`;
  const kept = answers.get(key);
  if (kept?.revision === revision) return kept.inner;
  const inner = await make();
  answers.set(key, { revision, inner });
  return inner;
}
