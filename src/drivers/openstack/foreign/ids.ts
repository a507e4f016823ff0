import type { Call } from '../../../ports/driver.ts';
import { idOf } from '../ids.ts';
import type { Made, Records } from '../records.ts';

/** A thing of the cloud's, as far as it tells whose it is. */
export interface Native {
  readonly id: string;
  readonly name?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The ids under which the things of a kind are known here: ours where we made them, else computed ones. */
export interface Ids<M extends Made> {
  /**
   * By the cloud's ids. Left out: a double of something of ours, which is about to go, and what is deleted for its user.
   * A thing that nobody knew gets a record (`adopted`), so that it can be asked for by its new id.
   */
  ofAll(things: readonly Native[], call: Call): Promise<ReadonlyMap<string, string>>;
  /** The same, without a record for what nobody knew. */
  named(natives: readonly string[], call: Call): Promise<ReadonlyMap<string, string>>;
  /** Reads all records again: other processes write them too. */
  reload(call: Call): Promise<void>;
  /** The record of a thing of ours, or of one that was adopted. */
  recordOf(id: string, call: Call): Promise<M | undefined>;
}

export interface IdsParts<M extends Made> {
  readonly records: Records<M>;
  /** `i`, `vol`, … */
  readonly prefix: string;
  /** True: the thing is there in the cloud only; its user has deleted it. */
  readonly hidden?: (made: M) => boolean;
  /** What the record of an adopted thing says besides. */
  readonly adopted?: (native: Native, call: Call) => Promise<Partial<M>>;
}

const hide = '';

const keyOf = (native: string, { account, region }: Call): string => `${account}/${region}/${native}`;

export function createIds<M extends Made>({ records, prefix, hidden, adopted }: IdsParts<M>): Ids<M> {
  /** Ids by account and the cloud's id; empty: hidden. */
  const known = new Map<string, string>();
  const shaped = new RegExp(`^${prefix}-[0-9a-f]{17}$`);

  const learn = (id: string, made: M, call: Call): void => {
    if (made.native !== undefined) known.set(keyOf(made.native, call), hidden?.(made) ? hide : id);
  };
  const reload = async (call: Call): Promise<void> => {
    for (const [id, made] of await records.list(call)) learn(id, made, call);
  };
  /** By what the thing says of itself: it may have been made a moment ago, and its record not be complete yet. */
  const hinted = async ({ id: native, name, metadata }: Native, call: Call): Promise<string | undefined> => {
    for (const hint of new Set([metadata?.elsewhere, name])) {
      if (hint === undefined || hint === null || !shaped.test(hint)) continue;
      const made = await records.get(hint, call);
      // Anyone can write anyone's id into a name: it counts only where the record agrees.
      if (made === undefined || made.account !== call.account) continue;
      if (made.native === undefined) return hint;
      if (made.native === native) {
        learn(hint, made, call);
        return known.get(keyOf(native, call));
      }
      if (made.again) return hide;
    }
    return undefined;
  };
  const adopt = async (thing: Native, call: Call): Promise<string> => {
    const id = idOf(prefix, thing.id);
    if ((await records.get(id, call)) === undefined) {
      const more = await adopted?.(thing, call);
      await records.put(id, call, { account: call.account, native: thing.id, adopted: true, ...more } as M);
    }
    known.set(keyOf(thing.id, call), id);
    return id;
  };

  const find = async (
    things: readonly Native[],
    call: Call,
    unknown: (thing: Native, call: Call) => Promise<string>,
  ): Promise<ReadonlyMap<string, string>> => {
    const ids = new Map<string, string>();
    const left: Native[] = [];
    for (const thing of things) {
      const id = known.get(keyOf(thing.id, call)) ?? (await hinted(thing, call));
      if (id === undefined) left.push(thing);
      else ids.set(thing.id, id);
    }
    if (left.length > 0) await reload(call);
    const rest = left.map(async (thing) => {
      ids.set(thing.id, known.get(keyOf(thing.id, call)) ?? (await unknown(thing, call)));
    });
    await Promise.all(rest);
    return new Map([...ids].filter(([, id]) => id !== hide));
  };

  return {
    ofAll: (things, call) => find(things, call, adopt),
    named: (natives, call) =>
      find(
        natives.map((id) => ({ id })),
        call,
        async ({ id }) => idOf(prefix, id),
      ),
    reload,
    recordOf: (id, call) => records.get(id, call),
  };
}
