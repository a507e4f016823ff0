import type { Row } from '../../kernel/resource.ts';
import type { Item, ItemQuery, Reader, Store } from '../../ports/store.ts';
import { rowOf } from './rows.ts';

/** An item with its row, which is parsed once. */
export interface SeenItem {
  readonly item: Item;
  readonly row: Row;
}

interface Kept {
  readonly revision: number;
  readonly items: readonly SeenItem[];
}

/** So many characters of rows are kept for a store: what is asked is up to the clients, and memory must not grow with it. */
const most = 4_000_000;

interface Memory {
  readonly answers: Map<string, Kept>;
  /** Characters of rows, counting those of answers that were replaced. */
  size: number;
}

const memories = new WeakMap<Store, Memory>();

function memoryOf(store: Store): Memory {
  const memory = memories.get(store) ?? { answers: new Map(), size: 0 };
  memories.set(store, memory);
  return memory;
}

/** What the reader finds, with each row parsed. */
export const readItems = async (reader: Reader, query: ItemQuery): Promise<readonly SeenItem[]> =>
  (await reader.items(query)).map((item) => ({ item, row: rowOf(item) }));

/** A query as a text: what may be a client's own comes last, or as JSON, so that no two queries have the same. */
function keyOf({ kind, region, account, audience, ids, where, limit }: ItemQuery): string {
  const whose = `${kind}\n${region}\n${account}\n${audience}\n${limit}\n`;
  if (where === undefined && ids?.length === 1) return `${whose}id ${ids[0]}`;
  return `${whose}${JSON.stringify([ids, where])}`;
}

/**
 * As `readItems`, from memory while nothing of the kind has changed: for what nearly every launch looks up and hardly
 * anybody changes, such as the default VPC. The rows are shared by all who ask. What a transaction has changed itself, and
 * what may still be undone, is read from the store.
 */
export async function keptItems(store: Store, reader: Reader, query: ItemQuery): Promise<readonly SeenItem[]> {
  const { kind, region, account, audience } = query;
  // What others share changes with theirs.
  const whose = account === undefined || audience !== undefined ? '*' : account;
  const revision = await reader.settledRevision({ account: whose, region }, [kind]);
  if (revision === undefined) return readItems(reader, query);
  const key = keyOf(query);
  const memory = memoryOf(store);
  const found = memory.answers.get(key);
  if (found?.revision === revision) return found.items;
  const items = await readItems(reader, query);
  // What is not there is asked for by mistake, each time something else.
  if (items.length === 0) return items;
  memory.size += items.reduce((sum, { item }) => sum + item.body.length, 0);
  if (memory.size > most) {
    memory.answers.clear();
    memory.size = 0;
  }
  memory.answers.set(key, { revision, items });
  return items;
}
