import type { Clock } from '../../ports/clock.ts';
import { type Call, DriverError, type Kind, type Seen } from '../../ports/driver.ts';
import type { Shelf } from '../../ports/store.ts';

/** What the pretend cloud keeps of a thing. Times are epoch milliseconds. */
export interface Kept<Spec> {
  readonly spec: Spec;
  readonly since: number;
  readonly readyAt: number;
  /** When it is gone, once that was asked for. */
  readonly goneAt?: number;
}

/** What differs between volumes, snapshots and images. */
export interface KeptRules<Spec, S extends Seen> {
  /** First part of the keys on the shelf. */
  readonly name: string;
  /** Refuses what cannot be made, does what goes with it (again, when repeated), and gives the milliseconds it takes. */
  readonly prepare: (id: string, spec: Spec, call: Call) => Promise<number>;
  readonly deleteMs: number;
  /** How long it takes until a thing is what another specification says. */
  readonly changeMs?: number;
  readonly see: (kept: Kept<Spec>, seen: Seen, now: number) => S;
}

export interface KeptKind<Spec, S extends Seen> extends Kind<Spec, S> {
  /** What is kept of a thing that is there, also while it goes. */
  read(id: string, call: Call): Promise<Kept<Spec> | undefined>;
}

/** A time still to come, as a Seen; a time that is over is settled. */
export const until = (at: number, now: number): Seen =>
  at <= now ? { settled: true } : { settled: false, lookAgainMs: at - now };

/**
 * Things with the four verbs whose whole state is a record and the clock. Making one costs one get and one put; a
 * thing that takes no time to make is settled at once.
 */
export function createKept<Spec, S extends Seen>(
  shelf: Shelf,
  clock: Clock,
  rules: KeptRules<Spec, S>,
): KeptKind<Spec, S> {
  const prefixOf = (call: Call): string => `${rules.name}/${call.region}/`;
  const keyOf = (id: string, call: Call): string => prefixOf(call) + id;
  const put = (id: string, call: Call, kept: Kept<Spec>): Promise<void> =>
    shelf.put(keyOf(id, call), JSON.stringify(kept));
  const there = (text: string | undefined): Kept<Spec> | undefined => {
    if (text === undefined) return undefined;
    const kept: Kept<Spec> = JSON.parse(text);
    return kept.goneAt !== undefined && kept.goneAt <= clock.now() ? undefined : kept;
  };
  const read = async (id: string, call: Call) => there(await shelf.get(keyOf(id, call)));
  const see = (kept: Kept<Spec>): S => rules.see(kept, until(kept.goneAt ?? kept.readyAt, clock.now()), clock.now());

  return {
    read,
    async ensure(id, spec, call) {
      const found = await read(id, call);
      if (found?.goneAt !== undefined) throw new DriverError('conflict', `the ${rules.name} ${id} is being deleted`);
      if (found !== undefined && sameSpec(found.spec, spec)) return see(found);
      const takes = found === undefined ? await rules.prepare(id, spec, call) : (rules.changeMs ?? 0);
      const now = clock.now();
      const kept = { spec, since: found?.since ?? now, readyAt: Math.max(found?.readyAt ?? now, now + takes) };
      await put(id, call, kept);
      return see(kept);
    },
    async look(id, call) {
      const found = await read(id, call);
      return found && see(found);
    },
    async absent(id, call) {
      const text = await shelf.get(keyOf(id, call));
      if (text === undefined) return { settled: true };
      const kept: Kept<Spec> = JSON.parse(text);
      const now = clock.now();
      const goneAt = kept.goneAt ?? now + rules.deleteMs;
      if (goneAt <= now) await shelf.delete(keyOf(id, call));
      else if (kept.goneAt === undefined) await put(id, call, { ...kept, goneAt });
      return until(goneAt, now);
    },
    async *list(call) {
      const prefix = prefixOf(call);
      for (const [key, text] of await shelf.list(prefix)) {
        const kept = there(text);
        if (kept !== undefined) yield { id: key.slice(prefix.length), seen: see(kept) };
      }
    },
  };
}

/** Whether two specifications say the same, member by member in the same order, as stored. */
export const sameSpec = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
