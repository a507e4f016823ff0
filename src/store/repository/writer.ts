import type { Entry, Item, ItemHead, NewItem, Scope, Writer } from '../../ports/store.ts';
import { endOperation, saveOperation, startOperations } from './journal.ts';
import { reader } from './reader.ts';
import type { Revisions, TransactionRevisions } from './revisions.ts';
import { insertion, insertReturning, insertRows } from './rows.ts';
import type { Sql, Value } from './sql.ts';
import type { Terms, TransactionTerms } from './terms.ts';

const INSERT_ITEM = insertion(
  'insert into item (kind, account, region, id, generation, body)',
  '(?, ?, ?, ?, 1, ?)',
  'returning seq',
);

const INSERT_ENTRY = insertion('insert into entry (term, value, seq)', '(?, ?, ?)', 'on conflict do nothing');

const UPDATE_ITEM = 'update item set body = ?, generation = generation + 1 where seq = ? and generation = ?';

const DROP_ENTRY = 'delete from entry where term = ? and value = ? and seq = ?';

const ADD_USAGE =
  'insert into usage (account, region, name, value) values (?, ?, ?, ?)' +
  ' on conflict (account, region, name) do update set value = usage.value + excluded.value returning value';

/** What one transaction writes with. */
interface Writing {
  readonly sql: Sql;
  readonly terms: TransactionTerms;
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
  for (const [name, value] of entries) {
    const known = terms.known(item, name);
    into.push(known ?? (await terms.make(sql, item, name)), value, seq);
  }
  return into;
}

async function insert(on: Writing, items: readonly NewItem[]): Promise<readonly ItemHead[]> {
  const rows = items.flatMap((item) => [item.kind, item.account, item.region, item.id, item.body]);
  const returned = await insertReturning(on.sql, INSERT_ITEM, rows);
  // Rows get their numbers in the order they are written; only the order of what is returned is left open.
  const seqs = returned.map((row) => row[0] as number).sort((a, b) => a - b);
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
  const changed = await on.sql.run(UPDATE_ITEM, [body, item.seq, item.generation]);
  if (changed === 0) return false;
  const { seq } = item;
  const dropped = await entryValues(on, item, entries.drop, seq, []);
  for (let at = 0; at < dropped.length; at += 3) await on.sql.run(DROP_ENTRY, dropped.slice(at, at + 3));
  await insertRows(on.sql, INSERT_ENTRY, await entryValues(on, item, entries.add, seq, []));
  return true;
}

async function addUsage(sql: Sql, scope: Scope, name: string, amount: number): Promise<number> {
  const row = await sql.one(ADD_USAGE, [scope.account, scope.region, name, amount]);
  return row?.[0] as number;
}

function writer(on: Writing, counted: TransactionRevisions): Writer {
  const { sql } = on;
  const reads = reader(sql);
  return {
    ...reads,
    async revision(scope, kinds) {
      return (await reads.revision(scope, kinds)) + counted.pending(scope, kinds);
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
    addUsage: (scope, name, amount) => addUsage(sql, scope, name, amount),
    startOperations: (operations, lease) => startOperations(sql, operations, lease),
    saveOperation: (save) => saveOperation(sql, save),
    endOperation: (id, fence) => endOperation(sql, id, fence),
  };
}

/** A connection that refuses to work once its transaction is over. */
function bounded(sql: Sql): { readonly sql: Sql; end(): void } {
  let over = false;
  const check = (): void => {
    if (over) throw new Error('the transaction of this writer is over: its calls must be awaited inside the body');
  };
  return {
    sql: {
      all(text, params) {
        check();
        return sql.all(text, params);
      },
      one(text, params) {
        check();
        return sql.one(text, params);
      },
      run(text, params) {
        check();
        return sql.run(text, params);
      },
    },
    end() {
      over = true;
    },
  };
}

/** Runs the body of a transaction on a connection that is inside one. */
async function runBody<T>(
  on: Writing,
  counted: TransactionRevisions,
  body: (writer: Writer) => Promise<T>,
): Promise<T> {
  const bound = bounded(on.sql);
  try {
    return await body(writer({ ...on, sql: bound.sql }, counted));
  } finally {
    bound.end();
  }
}

/** How a dialect runs a transaction: it begins and commits it, perhaps after trying more than once. */
export type Change = <T>(work: (sql: Sql, counted: Revisions) => Promise<T>) => Promise<T>;

/** Runs a body as one transaction. The dialect flushes the revisions that it gave, just before the commit. */
export async function runTransaction<T>(
  change: Change,
  terms: Terms,
  body: (writer: Writer) => Promise<T>,
): Promise<T> {
  let last: TransactionTerms | undefined;
  const result = await change(async (sql, counted) => {
    last = terms.begin();
    const own = counted.begin();
    const value = await runBody({ sql, terms: last }, own, body);
    own.keep();
    return value;
  });
  last?.keep();
  return result;
}
