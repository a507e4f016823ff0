import type { Reader, Scope } from '../../ports/store.ts';
import type { Reading } from '../context/reading.ts';
import type { Unsettled } from './adopter.ts';

/** How the rows of a scope stood before the cloud was asked. */
export interface Before {
  /** Of the kinds that are compared. */
  readonly revision: number;
  /** Generations of the rows of the first kind, by id. */
  readonly generations: ReadonlyMap<string, number>;
  /** Ids that operations are about. */
  readonly inHand: ReadonlySet<string>;
}

/** Looks how the rows stand. `last`: what was seen the time before, which holds while nothing has changed. */
export async function before(
  reader: Reader,
  scope: Scope,
  kinds: readonly [string, ...string[]],
  last: Before | undefined,
): Promise<Before> {
  const revision = await reader.revision(scope, kinds);
  const inHand = await idsInHand(reader, scope);
  if (last?.revision === revision) return { ...last, inHand };
  const { account, region } = scope;
  const heads = await reader.heads({ kind: kinds[0], account, region });
  return { revision, inHand, generations: new Map(heads.map(({ id, generation }) => [id, generation])) };
}

/**
 * Tells in a transaction which things were in hand when the cloud was asked, are so now, or have changed in between: what
 * the cloud said may be older than what was done. `found` learns whether there were any.
 */
export function unsettledSince(
  tx: Reading,
  kind: string,
  { inHand, generations }: Before,
  found: { any: boolean },
): Unsettled {
  const { account, region } = tx;
  const scope = { account, region };
  let now: Promise<ReadonlySet<string>> | undefined;
  return async (ids) => {
    now ??= idsInHand(tx.reader, scope);
    const busy = await now;
    const heads = ids.length === 0 ? [] : await tx.reader.heads({ kind, account, region, ids });
    const generation = new Map(heads.map((head) => [head.id, head.generation]));
    const unsettled = new Map<string, 'changed' | 'in-hand'>();
    for (const id of ids) {
      if (generation.get(id) !== generations.get(id)) unsettled.set(id, 'changed');
      else if (inHand.has(id) || busy.has(id)) unsettled.set(id, 'in-hand');
    }
    if (unsettled.size > 0) found.any = true;
    return unsettled;
  };
}

const idsIn = /\b(?:i|vol|snap|ami|eni|eipalloc|sg|vpc|subnet)-[0-9a-f]{8,17}\b/g;

/** Every id that an unfinished operation of a scope names, as its subject or in its input. */
async function idsInHand(reader: Reader, scope: Scope): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const { subject, input } of await reader.unfinished(scope)) {
    ids.add(subject);
    for (const [id] of input.matchAll(idsIn)) ids.add(id);
  }
  return ids;
}
