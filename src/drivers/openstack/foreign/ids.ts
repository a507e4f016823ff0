import type { Call } from '../../../ports/driver.ts';
import { claim, type IsTaken } from '../claims.ts';
import { idOf } from '../ids.ts';
import type { Made, Records } from '../records.ts';

/** A thing of the cloud's, as far as it tells whose it is. */
export interface Native {
  readonly id: string;
  readonly name?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  /** When it was made, in Nova's member or Cinder's. */
  readonly created?: string;
  readonly created_at?: string;
}

export interface IdsParts<N extends Native, M extends Made> {
  readonly records: Records<M>;
  readonly isTaken: IsTaken;
  /** The thing itself, where things are asked for by their ids alone. */
  readonly look?: (native: string, call: Call) => Promise<N | undefined>;
  /** `i`, `vol`, … */
  readonly prefix: string;
  /** True: the thing is there in the cloud only; its user has deleted it. */
  readonly hidden?: (made: M) => boolean;
  /** What the record of an adopted thing says besides. */
  readonly adopted?: (native: N, call: Call) => Promise<Partial<M>>;
}

const byAge = (one: Native, other: Native): number => (ageOf(one) < ageOf(other) ? -1 : 1);
const ageOf = ({ created, created_at: at, id }: Native): string => `${created ?? at ?? ''} ${id}`;

const keyOf = (native: string, { account, region }: Call): string => `${account}/${region}/${native}`;

/** The ids under which the things of a kind are known here: ours where we made them, else computed ones. */
export class Ids<N extends Native, M extends Made> {
  readonly #parts: IdsParts<N, M>;
  readonly #shaped: RegExp;
  /** By account and the cloud's id. */
  readonly #known = new Map<string, { readonly id: string; readonly hidden: boolean }>();

  constructor(parts: IdsParts<N, M>) {
    this.#parts = parts;
    this.#shaped = new RegExp(`^${parts.prefix}-[0-9a-f]{17}$`);
  }

  /**
   * By the cloud's ids. Left out: a double of something of ours, which is about to go, and what is deleted for its user.
   * A thing that nobody knew gets a record (`adopted`), so that it can be asked for by its new id.
   */
  async shown(things: readonly N[], call: Call): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    const left: N[] = [];
    for (const thing of things) {
      const hint = this.#known.has(keyOf(thing.id, call)) ? undefined : await this.#hinted(thing, call);
      const known = this.#known.get(keyOf(thing.id, call));
      if (known?.hidden || hint === 'double') continue;
      const id = known?.id ?? hint;
      if (id === undefined) left.push(thing);
      else ids.set(thing.id, id);
    }
    if (left.length > 0) await this.reload(call);
    const unknown = left.filter(({ id }) => !this.#known.has(keyOf(id, call)));
    // Of two that say to be the same the older is believed.
    const alike = new Map<string, N[]>();
    for (const thing of unknown.toSorted(byAge)) {
      const said = thing.metadata?.elsewhere ?? thing.id;
      alike.set(said, [...(alike.get(said) ?? []), thing]);
    }
    await Promise.all([...alike.values()].map((things) => this.#adoptAll(things, call)));
    for (const { id: native } of left) {
      const known = this.#known.get(keyOf(native, call));
      if (known?.hidden === false) ids.set(native, known.id);
    }
    return ids;
  }

  async #adoptAll(things: readonly N[], call: Call): Promise<void> {
    for (const thing of things) await this.#adopt(thing, call);
  }

  /** What only its cloud's id is known of, hidden or not. What nobody knew is looked at where the kind has a look, and gets no record else. */
  async named(natives: readonly string[], call: Call): Promise<ReadonlyMap<string, string>> {
    const { prefix, look } = this.#parts;
    const isUnknown = (native: string): boolean => !this.#known.has(keyOf(native, call));
    if (natives.some(isUnknown)) await this.reload(call);
    // What was made here before the store was lost says so itself.
    const asked = look && (await Promise.all(natives.filter(isUnknown).map((native) => look(native, call))));
    if (asked)
      await this.shown(
        asked.flatMap((thing) => thing ?? []),
        call,
      );
    return new Map(natives.map((native) => [native, this.#known.get(keyOf(native, call))?.id ?? idOf(prefix, native)]));
  }

  /** Reads all records again: other processes write them too. */
  async reload(call: Call): Promise<void> {
    for (const [id, made] of await this.#parts.records.list(call)) this.#learn(id, made, call);
  }

  /** The record of a thing of ours, or of one that was adopted. */
  recordOf(id: string, call: Call): Promise<M | undefined> {
    return this.#parts.records.get(id, call);
  }

  #learn(id: string, made: M, call: Call): void {
    if (made.native === undefined) return;
    this.#known.set(keyOf(made.native, call), { id, hidden: this.#parts.hidden?.(made) === true });
  }

  /**
   * By what the thing says of itself: it may have been made a moment ago, and its record not be complete yet. Anyone can
   * write anyone's id into a name: it counts only where a record of the same account agrees.
   */
  async #hinted({ id: native, name, metadata }: N, call: Call): Promise<string | undefined> {
    for (const hint of new Set([metadata?.elsewhere, name])) {
      if (hint === undefined || hint === null || !this.#shaped.test(hint)) continue;
      const made = await this.#parts.records.get(hint, call);
      if (made === undefined || made.account !== call.account) continue;
      if (made.native === undefined) return hint;
      if (made.native === native) this.#learn(hint, made, call);
      else if (made.again) return 'double';
    }
    return undefined;
  }

  /** Under the id that it says it has, where nobody has that, or else under a computed one. */
  async #adopt(thing: N, call: Call): Promise<void> {
    const { records, prefix, adopted, isTaken } = this.#parts;
    const more = await adopted?.(thing, call);
    const made = { account: call.account, native: thing.id, ...more } as M & { readonly native: string };
    const said = thing.metadata?.elsewhere;
    const isOurs = said !== undefined && this.#shaped.test(said);
    if (isOurs && (await claim(records, isTaken, said, made, call)) === 'its') return this.#learn(said, made, call);
    const id = idOf(prefix, thing.id);
    if ((await records.get(id, call)) === undefined) await records.put(id, call, { ...made, adopted: true });
    this.#learn(id, made, call);
  }
}
