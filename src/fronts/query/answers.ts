import type { Action } from '../../cloud/action/action.ts';
import type { World } from '../../cloud/context/world.ts';
import type { Scope } from '../../ports/store.ts';
import { AskedBefore } from './askedBefore.ts';
import { type Inner, isText, type Text } from './body.ts';
import { Kept } from './kept.ts';

/** The inside of an answer, and the revision of the store that it was made from. */
interface KeptAnswer {
  readonly revision: number;
  readonly inner: Text | Buffer;
  readonly bytes: number;
}

/** A few answers of a thousand instances each, or many small ones. */
const most = 64 * 2 ** 20;

interface Answers {
  readonly kept: Kept<string, KeptAnswer>;
  readonly asked: AskedBefore;
}

/** Answers are of one store: each world has its own. */
const answersOf = new WeakMap<World, Answers>();

function answersIn(world: World): Answers {
  const found = answersOf.get(world) ?? {
    kept: new Kept<string, KeptAnswer>(most, (a) => a.bytes),
    asked: new AskedBefore(),
  };
  answersOf.set(world, found);
  return found;
}

/**
 * The answer to a question that was asked twice before, when nothing that it depends on has changed since; else `make` makes it.
 * One look at the store's revision counter takes the place of all the rest.
 */
export async function keptAnswer(
  world: World,
  scope: Scope,
  action: Action,
  question: string,
  make: () => Promise<Inner>,
): Promise<Inner> {
  if (action.mode !== 'read' || action.kinds === undefined) return make();
  const whose = action.shared ? { account: '*', region: scope.region } : scope;
  // What depends on no rows changes with the cloud's catalogue only, which most clouds never change.
  const { catalogue } = world.regions.get(scope.region)?.driver ?? {};
  if (action.kinds.length === 0 && catalogue?.refresh !== undefined) return make();
  const revision = action.kinds.length === 0 ? 0 : await world.store.read.revision(whose, action.kinds);
  const key = `${scope.account}/${scope.region}/${action.name}?${question}`;
  const answers = answersIn(world);
  const kept = answers.kept.get(key);
  if (kept?.revision === revision) return kept.inner;
  const inner = await make();
  if (!isText(inner) && !Buffer.isBuffer(inner)) return inner;
  if (!answers.asked.ask(key)) return inner;
  // Questions can be much longer than their answers; two bytes a character, and what the map itself takes.
  answers.kept.set(key, {
    revision,
    inner,
    bytes: (isText(inner) ? inner.bytes : inner.length) + 2 * key.length + 400,
  });
  return inner;
}
