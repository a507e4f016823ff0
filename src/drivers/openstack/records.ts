import type { Call } from '../../ports/driver.ts';
import type { Shelf } from '../../ports/store.ts';

/** What is remembered of a thing of ours: without it, it surely was never begun. */
export interface Made {
  readonly account: string;
  /** The cloud's id; absent while the making is under way, or was cut off: then it has to be looked for. */
  readonly native?: string;
  /** It was asked for again when nobody knew whether the cloud was at work on it: there may be another of its name. */
  readonly again?: boolean;
  /** Others made it: it is theirs to keep when no row of ours speaks of it. */
  readonly adopted?: boolean;
}

/**
 * The things of a kind that we made, by our ids, on the shelf. The record is written before the cloud is asked for
 * anything, so that what a crash left behind is looked for, and what was never begun costs no look at all.
 */
export interface Records<M extends Made> {
  get(id: string, call: Call): Promise<M | undefined>;
  put(id: string, call: Call, made: M): Promise<void>;
  delete(id: string, call: Call): Promise<void>;
  /** Those of the call's account; of every account for `*`. */
  list(call: Pick<Call, 'account' | 'region'>): Promise<readonly (readonly [id: string, made: M])[]>;
  /** One after another for the same id in this process: two at once could make two things. */
  alone<T>(id: string, call: Call, work: () => Promise<T>): Promise<T>;
}

/** @param kind first part of the keys: `machine`, `volume`, … */
export function createRecords<M extends Made>(shelf: Shelf, kind: string): Records<M> {
  const keyOf = (id: string, { region }: Pick<Call, 'region'>): string => `${kind}/${region}/${id}`;
  const turns = new Map<string, Promise<unknown>>();
  return {
    async get(id, call) {
      const text = await shelf.get(keyOf(id, call));
      return text === undefined ? undefined : (JSON.parse(text) as M);
    },
    put: (id, call, made) => shelf.put(keyOf(id, call), JSON.stringify(made)),
    delete: (id, call) => shelf.delete(keyOf(id, call)),
    async list(call) {
      const prefix = keyOf('', call);
      const all = await shelf.list(prefix);
      return all
        .map(([key, text]) => [key.slice(prefix.length), JSON.parse(text) as M] as const)
        .filter(([, made]) => call.account === '*' || made.account === call.account);
    },
    async alone(id, call, work) {
      const key = keyOf(id, call);
      const before = turns.get(key) ?? Promise.resolve();
      const mine = before.then(work, work);
      const settled = Promise.allSettled([mine]);
      turns.set(key, settled);
      try {
        return await mine;
      } finally {
        if (turns.get(key) === settled) turns.delete(key);
      }
    },
  };
}

/** Our ids of the things that were made in a region, by the cloud's ids, whosever they are. */
export async function madeIn(kinds: readonly Records<Made>[], region: string): Promise<ReadonlyMap<string, string>> {
  const lists = await Promise.all(kinds.map((kind) => kind.list({ account: '*', region })));
  return new Map(lists.flat().flatMap(([id, { native }]) => (native === undefined ? [] : [[native, id] as const])));
}
