import type {
  EntryQuery,
  FoundEntry,
  Item,
  ItemHead,
  ItemQuery,
  NewOperation,
  Reader,
  Scope,
} from '../../ports/store.ts';
import { countOf, find } from './find.ts';
import { narrowestFirst } from './narrow.ts';
import { joined, oneOf, type Part, type Row, type Sql, startsWith } from './sql.ts';
import { usageIn } from './usages.ts';

const HEAD = 'i.seq, i.id, i.generation';
const ITEM = 'i.seq, i.id, i.generation, i.kind, i.account, i.region, i.body';

const headOf = ([seq, id, generation]: Row): ItemHead => ({ seq, id, generation }) as ItemHead;

const itemOf = ([seq, id, generation, kind, account, region, body]: Row): Item =>
  ({ seq, id, generation, kind, account, region, body }) as Item;

const UNFINISHED = 'select subject, input from operation where account = ? and region = ? order by seq';

const bySeq = (a: ItemHead, b: ItemHead): number => a.seq - b.seq;

const entryOf = ([seq, kind, id, name, value]: Row): FoundEntry => ({ seq, kind, id, name, value }) as FoundEntry;

/** One number of a statement that gives one. */
async function number(sql: Sql, part: Part): Promise<number> {
  const row = await sql.one(part.text, part.params);
  return Number(row?.[0] ?? 0);
}

/** A question for one thing of an owner by its id, which is most of all questions. */
function oneById(query: ItemQuery): boolean {
  const { ids, account, audience, where, after } = query;
  return ids?.length === 1 && account !== undefined && audience === undefined && !after && !where?.length;
}

const BY_ID = 'from item i where i.id = ? and i.account = ? and i.region = ? and i.kind = ?';
const HEAD_BY_ID = `select ${HEAD} ${BY_ID}`;
const ITEM_BY_ID = `select i.seq, i.generation, i.body ${BY_ID}`;

/** An owner has at most one item of an id. */
async function itemById(sql: Sql, { ids, account, region, kind }: ItemQuery): Promise<readonly Item[]> {
  const id = ids![0]!;
  const row = await sql.one(ITEM_BY_ID, [id, account!, region, kind]);
  if (row === undefined) return [];
  const [seq, generation, body] = row;
  return [{ seq, id, generation, kind, account, region, body } as Item];
}

async function headById(sql: Sql, { ids, account, region, kind }: ItemQuery): Promise<readonly ItemHead[]> {
  const row = await sql.one(HEAD_BY_ID, [ids![0]!, account!, region, kind]);
  return row === undefined ? [] : [headOf(row)];
}

/** How many things of an owner have one value of one name: whether a name or an address is free, as a rule. */
const COUNT_OF_VALUE = 'select count(*) from entry where term = ? and value = ?';

/** Numbers of terms, where they are at hand. */
export type KnownTerms = (query: Scope & { readonly kind: string }, name: string) => number | undefined;

async function countOfQuery(sql: Sql, query: ItemQuery, known: KnownTerms): Promise<number> {
  const { account, region, kind, audience, ids, where } = query;
  if (where?.length === 1 && account !== undefined && audience === undefined && ids === undefined) {
    const { name, values } = where[0]!;
    const term = values.length === 1 ? known({ account, region, kind }, name) : undefined;
    if (term !== undefined) return number(sql, { text: COUNT_OF_VALUE, params: [term, values[0]!] });
  }
  return number(sql, countOf(await narrowestFirst(sql, query)));
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
export function reader(sql: Sql, known: KnownTerms = () => undefined): Reader {
  const revision = (scope: Scope, kinds: readonly string[]): Promise<number> => {
    const kind = oneOf('kind', kinds);
    return number(sql, {
      text: `select cast(coalesce(sum(value), 0) as bigint) from revision where account = ? and region = ? and ${kind.text}`,
      params: [scope.account, scope.region, ...kind.params],
    });
  };
  return {
    async items(query: ItemQuery) {
      if (oneById(query)) return itemById(sql, query);
      const { text, params } = find(await narrowestFirst(sql, query), ITEM);
      return (await sql.all(text, params)).map(itemOf).sort(bySeq);
    },
    async heads(query: ItemQuery) {
      if (oneById(query)) return headById(sql, query);
      const { text, params } = find(await narrowestFirst(sql, query), HEAD);
      return (await sql.all(text, params)).map(headOf).sort(bySeq);
    },
    async bodies(seqs: readonly number[]) {
      if (seqs.length === 0) return [];
      const one = seqs.length === 1;
      const text = `select ${ITEM} from item i where i.seq ${one ? '= ?' : 'in list(?)'}`;
      if (!one) return (await sql.all(text, [seqs])).map(itemOf);
      const row = await sql.one(text, seqs);
      return row === undefined ? [] : [itemOf(row)];
    },
    count: (query) => countOfQuery(sql, query, known),
    async entries(query: EntryQuery) {
      const { text, params } = entriesOf(query);
      return (await sql.all(text, params)).map(entryOf);
    },
    revision,
    settledRevision: revision,
    usage: (scope: Scope, name: string) => usageIn(sql, scope, name),
    async unfinished({ account, region }: Scope) {
      const rows = await sql.all(UNFINISHED, [account, region]);
      return rows.map(([subject, input]) => ({ subject, input }) as Pick<NewOperation, 'subject' | 'input'>);
    },
  };
}
