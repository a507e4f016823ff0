import type { ItemQuery } from '../../ports/store.ts';
import { matchesOf } from './find.ts';
import { joined, type Sql } from './sql.ts';

/** Counting stops here: what has as many matches is not narrow. */
const ENOUGH = 1000;

/**
 * The query with its narrowest condition first, because `find` reads the matches of the first and checks the others.
 * `state=running` may match everything, `tag:Name=web-1` one item: in the wrong order a page would cost a look at
 * every item. Counting a few hundred index entries costs little against that.
 */
export async function narrowestFirst(sql: Sql, query: ItemQuery): Promise<ItemQuery> {
  const { where } = query;
  if (where === undefined || where.length < 2 || query.ids !== undefined) return query;
  const counts = joined(
    where.map((condition) => {
      const matches = matchesOf(query, condition);
      return { text: `(select count(*) from (${matches.text} limit ${ENOUGH}) c)`, params: matches.params };
    }),
    ', ',
  );
  const row = await sql.one(`select ${counts.text}`, counts.params);
  const sizes = new Map(where.map((condition, at) => [condition, Number(row?.[at] ?? ENOUGH)]));
  return { ...query, where: [...where].sort((a, b) => (sizes.get(a) ?? 0) - (sizes.get(b) ?? 0)) };
}
