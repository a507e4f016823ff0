import type { Made } from './records.ts';

interface Named {
  readonly id: string;
  readonly name?: string | null;
}

/** The thing of a list that is named after us: what a crash left behind without its cloud's id in the record. */
export async function named<T extends Named>(things: AsyncIterable<T>, name: string): Promise<T | undefined> {
  for await (const thing of things) if (thing.name === name) return thing;
  return undefined;
}

/**
 * Another thing that is named after us: one that was made twice, because the cloud did the work after we had given up to
 * wait for it and had asked again. Undefined at once for what was asked for only once.
 */
export async function another<T extends Named>(
  { native, again }: Made,
  name: string,
  list: () => AsyncIterable<T>,
): Promise<T | undefined> {
  if (!again) return undefined;
  for await (const thing of list()) if (thing.name === name && thing.id !== native) return thing;
  return undefined;
}

/**
 * The things of a cloud that records tell of, with our ids. One list for each account that has a record; a record
 * without the cloud's id stands for the thing that is named after us.
 */
export async function* ours<T extends Named>(
  records: readonly (readonly [id: string, made: Made])[],
  listOf: (account: string) => Promise<AsyncIterable<T>>,
): AsyncGenerator<readonly [id: string, thing: T], void, undefined> {
  for (const account of new Set(records.map(([, made]) => made.account))) {
    const mine = records.filter(([, made]) => made.account === account);
    const ids = new Map(mine.map(([id, made]) => [made.native ?? id, id]));
    for await (const thing of await listOf(account)) {
      const id = ids.get(thing.id) ?? ids.get(thing.name ?? '');
      if (id !== undefined) yield [id, thing];
    }
  }
}
