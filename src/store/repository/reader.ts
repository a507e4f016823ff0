import type { EntryQuery, FoundEntry, Item, ItemHead, ItemQuery, Reader, Scope } from '../../ports/store.ts';
import { countOf, find } from './find.ts';
import { narrowestFirst } from './narrow.ts';
import { joined, oneOf, type Part, type Row, type Sql, startsWith } from './sql.ts';

const HEAD = 'i.seq, i.id, i.generation';
const ITEM = 'i.seq, i.id, i.generation, i.kind, i.account, i.region, i.body';

const headOf = ([seq, id, generation]: Row): ItemHead => ({ seq, id, generation }) as ItemHead;

const itemOf = ([seq, id, generation, kind, account, region, body]: Row): Item =>
  ({ seq, id, generation, kind, account, region, body }) as Item;

const bySeq = (a: ItemHead, b: ItemHead): number => a.seq - b.seq;

const entryOf = ([seq, kind, id, name, value]: Row): FoundEntry => ({ seq, kind, id, name, value }) as FoundEntry;

/** One number of a statement that gives one. */
async function number(sql: Sql, part: Part): Promise<number> {
  const row = await sql.one(part.text, part.params);
  return Number(row?.[0] ?? 0);
}

/** The rows of a question. An owner has at most one item of an id. */
async function rowsOf(sql: Sql, query: ItemQuery, text: string, params: Part['params']): Promise<readonly Row[]> {
  const single = query.ids?.length === 1 && query.account !== undefined && query.audience === undefined;
  if (!single) return sql.all(text, params);
  const row = await sql.one(text, params);
  return row === undefined ? [] : [row];
}

function entriesOf(query: EntryQuery): Part {
  const byItem = query.ids !== undefined;
  // Found by their items: few ids have few entries. The tilde keeps the planner off the other way.
  const off = byItem ? '~' : '';
  const scope = { text: `${off}t.account = ? and ${off}t.region = ?`, params: [query.account, query.region] };
  const parts: Part[] = [scope, startsWith(`${off}t.name`, query.namePrefix)];
  if (query.ids !== undefined) parts.push(oneOf('i.id', query.ids));
  if (query.names !== undefined) parts.push(oneOf(`${off}t.name`, query.names));
  if (query.values !== undefined) parts.push(oneOf(`${off}e.value`, query.values));
  if (query.kinds !== undefined) parts.push(oneOf(`${off}t.kind`, query.kinds));
  const where = joined(parts, ' and ');
  // Cross joins are done in the order they are written.
  const from = byItem ? 'item i cross join entry e cross join term t' : 'term t cross join entry e cross join item i';
  return {
    text:
      `select e.seq, t.kind, i.id, t.name, e.value from ${from} where i.seq = e.seq and e.term = t.seq` +
      ` and ${where.text} order by t.kind, e.seq, t.name, e.value`,
    params: where.params,
  };
}

/** Reads through a connection: of committed state, or, inside a transaction, of the state so far. */
export function reader(sql: Sql): Reader {
  return {
    async items(query: ItemQuery) {
      const { text, params } = find(await narrowestFirst(sql, query), ITEM);
      return (await rowsOf(sql, query, text, params)).map(itemOf).sort(bySeq);
    },
    async heads(query: ItemQuery) {
      const { text, params } = find(await narrowestFirst(sql, query), HEAD);
      return (await rowsOf(sql, query, text, params)).map(headOf).sort(bySeq);
    },
    async bodies(seqs: readonly number[]) {
      if (seqs.length === 0) return [];
      const one = seqs.length === 1;
      const text = `select ${ITEM} from item i where i.seq ${one ? '= ?' : 'in list(?)'}`;
      if (!one) return (await sql.all(text, [seqs])).map(itemOf);
      const row = await sql.one(text, seqs);
      return row === undefined ? [] : [itemOf(row)];
    },
    count: async (query) => number(sql, countOf(await narrowestFirst(sql, query))),
    async entries(query: EntryQuery) {
      const { text, params } = entriesOf(query);
      return (await sql.all(text, params)).map(entryOf);
    },
    revision(scope: Scope, kinds: readonly string[]) {
      const kind = oneOf('kind', kinds);
      return number(sql, {
        text: `select cast(coalesce(sum(value), 0) as bigint) from revision where account = ? and region = ? and ${kind.text}`,
        params: [scope.account, scope.region, ...kind.params],
      });
    },
    usage: (scope: Scope, name: string) =>
      number(sql, {
        text: 'select value from usage where account = ? and region = ? and name = ?',
        params: [scope.account, scope.region, name],
      }),
  };
}
