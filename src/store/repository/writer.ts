import type { Entry, Item, ItemHead, NewItem, Reader, Writer } from '../../ports/store.ts';
import { bounded } from './bounded.ts';
import { endOperation, saveOperation, startOperations } from './journal.ts';
import { reader } from './reader.ts';
import type { Revisions, TransactionRevisions } from './revisions.ts';
import { insertion, insertNumbered, insertRows } from './rows.ts';
import type { Sql, Value } from './sql.ts';
import type { Terms, TransactionTerms } from './terms.ts';
import type { TransactionUsages, Usages } from './usages.ts';

const INSERT_ITEM = insertion(
  'insert into item (kind, account, region, id, generation, body)',
  '(?, ?, ?, ?, 1, ?)',
  '',
);

const INSERT_ENTRY = insertion('insert into entry (term, value, seq)', '(?, ?, ?)', 'on conflict do nothing');

const UPDATE_ITEM = 'update item set body = ?, generation = generation + 1 where seq = ? and generation = ?';

const DROP_ENTRY = 'delete from entry where term = ? and value = ? and seq = ?';

/** An entry gets another value, which the item has not yet under that name. */
const CHANGE_ENTRY = 'update entry set value = ? where term = ? and value = ? and seq = ?';

/** What one transaction writes with. */
interface Writing {
  readonly sql: Sql;
  readonly terms: TransactionTerms;
  readonly committed: Reader['revision'] | undefined;
}

/** What one transaction counts. */
interface Own {
  readonly revisions: TransactionRevisions;
  readonly usages: TransactionUsages;
}

type Owned = Pick<Item, 'kind' | 'account' | 'region'>;

/** Adds the values of an item's entries, one after another, to `into`. */
async function entryValues(
  { sql, terms }: Writing,
  item: Owned,
  entries: readonly Entry[],
  seq: number,
  into: Value[],
): Promise<readonly Value[]> {
  const known = terms.of(item);
  for (const [name, value] of entries) {
    into.push(known.get(name) ?? (await terms.make(sql, item, name)), value, seq);
  }
  return into;
}

async function insert(on: Writing, items: readonly NewItem[]): Promise<readonly ItemHead[]> {
  const rows = items.flatMap((item) => [item.kind, item.account, item.region, item.id, item.body]);
  const seqs = await insertNumbered(on.sql, INSERT_ITEM, rows);
  const heads = items.map((item, at) => ({ seq: seqs[at] as number, id: item.id, generation: 1 }));
  const entries: Value[] = [];
  for (const [at, item] of items.entries()) await entryValues(on, item, item.entries, seqs[at] as number, entries);
  await insertRows(on.sql, INSERT_ENTRY, entries);
  return heads;
}

async function remove(sql: Sql, items: readonly Item[]): Promise<void> {
  if (items.length === 0) return;
  const seqs = items.map((item) => item.seq);
  await sql.run('delete from entry where seq in list(?)', [seqs]);
  await sql.run('delete from item where seq in list(?)', [seqs]);
}

async function update(
  on: Writing,
  item: Item,
  body: string,
  entries: { readonly add: readonly Entry[]; readonly drop: readonly Entry[] },
): Promise<boolean> {
  const { seq } = item;
  const { add, drop } = entries;
  const changed = await on.sql.run(UPDATE_ITEM, [body, seq, item.generation]);
  if (changed === 0) return false;
  const dropped = await entryValues(on, item, drop, seq, []);
  const added = await entryValues(on, item, add, seq, []);
  // What most changes are: a state for another.
  if (add.length === 1 && drop.length === 1 && added[0] === dropped[0]) {
    await on.sql.run(CHANGE_ENTRY, [added[1]!, ...dropped]);
    return true;
  }
  for (let at = 0; at < dropped.length; at += 3) await on.sql.run(DROP_ENTRY, dropped.slice(at, at + 3));
  await insertRows(on.sql, INSERT_ENTRY, added);
  return true;
}

/** What a transaction reads otherwise than from the tables alone. */
type Changing = Pick<Reader, 'revision' | 'settledRevision' | 'usage'>;

function writer(on: Writing, { revisions: counted, usages }: Own): Writer {
  const { sql } = on;
  const reads = reader(sql, (owned, name) => on.terms.of(owned).get(name));
  const committed = on.committed ?? reads.revision;
  const more: Omit<Writer, Exclude<keyof Reader, keyof Changing>> = {
    async revision(scope, kinds) {
      return (await committed(scope, kinds)) + counted.pending(scope, kinds);
    },
    async settledRevision(scope, kinds) {
      return counted.pending(scope, kinds) > 0 ? undefined : committed(scope, kinds);
    },
    async insert(items) {
      for (const item of items) counted.touch(item, item.kind);
      return insert(on, items);
    },
    async update(item, body, entries) {
      const updated = await update(on, item, body, entries);
      if (updated) counted.touch(item, item.kind);
      return updated;
    },
    async remove(items) {
      for (const item of items) counted.touch(item, item.kind);
      await remove(sql, items);
    },
    usage: (scope, name) => usages.value(sql, scope, name),
    addUsage: (scope, name, amount) => usages.add(sql, scope, name, amount),
    startOperations: (operations, lease) => startOperations(sql, operations, lease),
    saveOperation: (save) => saveOperation(sql, save),
    endOperation: (id, fence) => endOperation(sql, id, fence),
  };
  // A literal with a spread in front of members costs five times this, in each transaction.
  return Object.assign(reads, more);
}

/** Runs the body of a transaction on a connection that is inside one. */
async function runBody<T>(on: Writing, own: Own, body: (writer: Writer) => Promise<T>): Promise<T> {
  const bound = bounded(on.sql);
  try {
    const value = await body(writer({ ...on, sql: bound.sql }, own));
    bound.check();
    return value;
  } finally {
    bound.end();
  }
}

/** What the transactions of one commit count together; the dialect flushes both just before the commit. */
export interface Counted {
  readonly revisions: Revisions;
  readonly usages: Usages;
  /** Revisions as the last commit left them, where there is a shorter way than to read them. */
  readonly committed?: Reader['revision'];
}

/** How a dialect runs a transaction: it begins and commits it, perhaps after trying more than once. */
export type Change = <T>(work: (sql: Sql, counted: Counted) => Promise<T>) => Promise<T>;

/** Runs a body as one transaction. */
export async function runTransaction<T>(
  change: Change,
  terms: Terms,
  body: (writer: Writer) => Promise<T>,
): Promise<T> {
  let last: TransactionTerms | undefined;
  const result = await change(async (sql, counted) => {
    last = terms.begin();
    const own = { revisions: counted.revisions.begin(), usages: counted.usages.begin() };
    const value = await runBody({ sql, terms: last, committed: counted.committed }, own, body);
    own.revisions.keep();
    own.usages.keep();
    return value;
  });
  last?.keep();
  return result;
}
