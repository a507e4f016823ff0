import type { ItemQuery } from '../../ports/store.ts';
import { joined, oneOf, type Part } from './sql.ts';

type Condition = NonNullable<ItemQuery['where']>[number];

/** The entry by which an owner shares an item with others. */
const AUDIENCE = 'audience';

/** The owner of the item that is looked at. */
const ITS_OWNER: Part = { text: 'i.account', params: [] };

/** Up to so many values of a condition are read as ordered streams of their own and merged; more are read as one set. */
const STREAMS = 8;

/** The number of the term under which an owner's entries of a name are; `account` is the owner. */
const termOf = (query: ItemQuery, name: string, account: Part): Part => ({
  text: `(select t.seq from term t where t.account = ${account.text} and t.region = ? and t.name = ? and t.kind = ?)`,
  params: [...account.params, query.region, name, query.kind],
});

/** The item or entry called `of`, of this owner, has an entry that meets the condition. */
function meets(query: ItemQuery, of: string, account: Part, condition: Condition): Part {
  const term = termOf(query, condition.name, account);
  const value = oneOf('w.value', condition.values);
  return {
    text: `exists (select 1 from entry w where w.term = ${term.text} and ${value.text} and w.seq = ${of}.seq)`,
    params: [...term.params, ...value.params],
  };
}

const owner = (of: string, comparison: '=' | '<>', account: string | undefined): readonly Part[] =>
  account === undefined ? [] : [{ text: `${of}.account ${comparison} ?`, params: [account] }];

/** `where` of a plain walk over items: the listing index gives them in order. */
function listing(query: ItemQuery): Part {
  return joined(
    [
      { text: 'i.kind = ? and i.region = ?', params: [query.kind, query.region] },
      ...owner('i', '=', query.account),
      { text: 'i.seq > ?', params: [query.after ?? 0] },
    ],
    ' and ',
  );
}

/** `where` of a look-up by ids: few rows, so everything else is checked row by row. */
function byIds(query: ItemQuery, ids: readonly string[]): Part {
  const parts: Part[] = [
    { text: '~i.kind = ? and i.region = ?', params: [query.kind, query.region] },
    oneOf('i.id', ids),
    // The tildes keep the planner off the index of lists: the ids are far more selective.
    { text: '~i.seq > ?', params: [query.after ?? 0] },
  ];
  if (query.account !== undefined && query.audience !== undefined) {
    const shared = meets(query, 'i', ITS_OWNER, { name: AUDIENCE, values: query.audience });
    parts.push({ text: `(~i.account = ? or ${shared.text})`, params: [query.account, ...shared.params] });
  } else {
    parts.push(...owner('i', '=', query.account));
  }
  parts.push(...(query.where ?? []).map((condition) => meets(query, 'i', ITS_OWNER, condition)));
  return joined(parts, ' and ');
}

/** From which entries a stream reads: those of one owner, or of all, or of all others. */
interface Source {
  readonly from: string;
  readonly where: Part;
  /** The owner of the entry that is read. */
  readonly account: Part;
}

function sourceOf(query: ItemQuery, name: string, whose: 'own' | 'others'): Source {
  if (whose === 'own' && query.account !== undefined) {
    const account = { text: '?', params: [query.account] };
    const term = termOf(query, name, account);
    return { from: 'entry e', where: { text: `e.term = ${term.text}`, params: term.params }, account };
  }
  const named = { text: 'd.name = ? and d.kind = ? and d.region = ?', params: [name, query.kind, query.region] };
  const where = joined([named, ...owner('d', '<>', query.account), { text: 'e.term = d.seq', params: [] }], ' and ');
  return { from: 'term d cross join entry e', where, account: { text: 'd.account', params: [] } };
}

/** The entries that meet a condition, whatever else is asked. */
export function matchesOf(query: ItemQuery, condition: Condition): Part {
  const source = sourceOf(query, condition.name, 'own');
  const where = joined([source.where, oneOf('e.value', condition.values)], ' and ');
  return { text: `select 1 from ${source.from} where ${where.text}`, params: where.params };
}

/** Selects that together give the `seq`s of items that meet `first` and `others`; those of one owner are ordered. */
function streams(
  query: ItemQuery,
  whose: 'own' | 'others',
  first: Condition,
  others: readonly Condition[],
): readonly Part[] {
  const split = first.values.length <= STREAMS && first.values.length > 0;
  const sets = split ? first.values.map((value) => [value]) : [first.values];
  const source = sourceOf(query, first.name, whose);
  return sets.map((values) => {
    const where = joined(
      [
        source.where,
        oneOf('e.value', values),
        { text: 'e.seq > ?', params: [query.after ?? 0] },
        ...others.map((condition) => meets(query, 'e', source.account, condition)),
      ],
      ' and ',
    );
    const select = `select ${split ? '' : 'distinct '}e.seq as found from ${source.from}`;
    return { text: `${select} where ${where.text}`, params: where.params };
  });
}

/** The `seq`s of items found by entries: the selects of each way to be found, merged. */
function byEntries(query: ItemQuery): Part | undefined {
  const [first, ...rest] = query.where ?? [];
  const shared = query.account === undefined ? undefined : query.audience;
  if (first === undefined && shared === undefined) return undefined;
  const selects: Part[] = [];
  if (first !== undefined) {
    selects.push(...streams(query, 'own', first, rest));
  } else {
    const own = listing(query);
    selects.push({ text: `select i.seq as found from item i where ${own.text}`, params: own.params });
  }
  if (shared !== undefined) {
    selects.push(...streams(query, 'others', { name: AUDIENCE, values: shared }, query.where ?? []));
  }
  return joined(selects, ' union ');
}

/** Only with a limit does the order matter to the database: the reader sorts what it is given. */
function cut(part: Part, order: string, limit: number | undefined): Part {
  if (limit === undefined) return part;
  return { text: `${part.text} order by ${order} limit ?`, params: [...part.params, limit] };
}

/**
 * The statement of a query. By ids, the items are looked up and checked; by conditions or audience, the entry table
 * gives ordered `seq`s (merged when there are several values) and only the items of the page are read; otherwise
 * the listing index is walked. Rows may come in any order.
 */
export function find(query: ItemQuery, columns: string): Part {
  if (query.ids !== undefined) {
    const where = byIds(query, query.ids);
    return cut(
      { text: `select ${columns} from item i where ${where.text}`, params: where.params },
      '~i.seq',
      query.limit,
    );
  }
  const found = byEntries(query);
  if (found === undefined) {
    const where = listing(query);
    return cut(
      { text: `select ${columns} from item i where ${where.text}`, params: where.params },
      'i.seq',
      query.limit,
    );
  }
  const page = cut(found, 'found', query.limit);
  // A cross join is done in the order it is written.
  return {
    text: `select ${columns} from (${page.text}) d cross join item i where i.seq = d.found`,
    params: page.params,
  };
}

/** The statement that counts what a query finds. */
export function countOf(query: ItemQuery): Part {
  const found = query.ids === undefined ? byEntries(query) : undefined;
  if (found !== undefined) return { text: `select count(*) from (${found.text}) c`, params: found.params };
  return find({ ...query, limit: undefined }, 'count(*)');
}
