import { fail } from '../../kernel/errors.ts';
import type { Resource, Row } from '../../kernel/resource.ts';
import type { Item, ItemHead, ItemQuery } from '../../ports/store.ts';
import { checkId, notFound, type Reading } from '../context/reading.ts';
import { rowOf } from '../context/rows.ts';
import { type OperationSchema, type ReadAction, read } from './action.ts';
import { compileFilters, type RequestFilter } from './filters.ts';
import { type Grouping, Listing } from './listing.ts';
import { checkMaxResults, type PageRules, pageToken, readPageToken } from './page.ts';

/** Members that Describe inputs share. */
export interface DescribeInput {
  readonly Filters?: readonly RequestFilter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface DescribeRules<Input, R extends Row> {
  readonly doc: string;
  /** Output member that holds the elements. */
  readonly list: string;
  /** Input member that names ids. */
  readonly ids?: keyof Input & string;
  readonly pages?: PageRules;
  /** EC2 refuses some actions' ids together with MaxResults. */
  readonly idsExcludePages?: boolean;
  /** Also what others share with the account. */
  readonly shared?: boolean;
  /** A further condition out of other members of the input: index conditions, a test, or both. */
  readonly narrow?: (cx: Reading, input: Input) => Narrowing<R> | Promise<Narrowing<R>>;
  readonly grouping?: Grouping<R>;
}

export interface Narrowing<R extends Row> {
  readonly where?: NonNullable<ItemQuery['where']>;
  readonly test?: (row: R) => boolean;
}

/** Rows are read in batches of this size when a test must see each, so that a large account does not fill the memory. */
const batch = 500;
const standardPages: PageRules = { min: 5, max: 1000 };

/** Declares the Describe action of a resource: ids, filters, pages and their refusals follow from the declaration. */
export function describe<Input extends DescribeInput, R extends Row>(
  schema: OperationSchema,
  resource: Resource<R>,
  rules: DescribeRules<Input, R>,
): ReadAction<Input, never> {
  return read<Input, never>(schema, {
    doc: rules.doc,
    kinds: [resource.kind],
    ...(rules.shared ? { shared: true } : {}),
    run: async (cx, input) => {
      const limit = checkMaxResults(input.MaxResults, rules.pages ?? standardPages);
      const ids = rules.ids === undefined ? undefined : (input[rules.ids] as readonly string[] | undefined);
      if (ids !== undefined && ids.length > 0) {
        for (const id of ids) checkId(resource, id);
        if (rules.idsExcludePages && limit !== undefined) {
          fail(
            'InvalidParameterCombination',
            `The parameter ${rules.ids} cannot be used with the parameter maxResults`,
          );
        }
      }
      const filters = compileFilters(resource, input.Filters);
      const narrowing = (await rules.narrow?.(cx, input)) ?? {};
      const question = JSON.stringify([cx.account, cx.region, schema[2], ids, input.Filters]);
      const query: ItemQuery = {
        kind: resource.kind,
        region: cx.region,
        account: cx.account,
        ...(rules.shared ? { audience: ['all', cx.account] } : {}),
        ...(ids !== undefined && ids.length > 0 ? { ids: [...new Set(ids)] } : {}),
        where: [...filters.where, ...(narrowing.where ?? [])],
        ...(input.NextToken ? { after: readPageToken(cx.world.tokenKey, question, input.NextToken) } : {}),
      };
      if (query.ids !== undefined) await needAll(cx, resource, query, query.ids);
      const tests = [filters.test, narrowing.test].filter((t) => t !== undefined);
      const page =
        tests.length === 0
          ? await headPage(cx, query, limit)
          : await testedPage<R>(cx, query, limit, (row) => tests.every((t) => t(row)));
      return new Listing({
        resource: resource as unknown as Resource,
        member: rules.list,
        heads: page.heads,
        grouping: rules.grouping as unknown as Grouping<Row> | undefined,
        rest: page.more ? { NextToken: pageToken(cx.world.tokenKey, question, page.heads.at(-1)!.seq) } : {},
        load: (seqs) => load(cx, seqs, page.rows),
      });
    },
  });
}

interface Page {
  readonly heads: readonly ItemHead[];
  /** Rows that were read already. */
  readonly rows: ReadonlyMap<number, Row>;
  readonly more: boolean;
}

/** Unknown ids are refused also when filters would leave them out. */
async function needAll<R extends Row>(
  cx: Reading,
  resource: Resource<R>,
  query: ItemQuery,
  ids: readonly string[],
): Promise<void> {
  const known = new Set((await cx.reader.heads({ ...query, where: [], after: 0 })).map((head) => head.id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) notFound(resource, unknown);
}

async function headPage(cx: Reading, query: ItemQuery, limit: number | undefined): Promise<Page> {
  const heads = await cx.reader.heads(limit === undefined ? query : { ...query, limit: limit + 1 });
  const more = limit !== undefined && heads.length > limit;
  return { heads: more ? heads.slice(0, limit) : heads, rows: new Map(), more };
}

async function testedPage<R extends Row>(
  cx: Reading,
  query: ItemQuery,
  limit: number | undefined,
  test: (row: R) => boolean,
): Promise<Page> {
  const heads: ItemHead[] = [];
  const rows = new Map<number, Row>();
  let after = query.after ?? 0;
  for (;;) {
    const items = await cx.reader.items({ ...query, after, limit: batch });
    for (const item of items) {
      const row = rowOf<R>(item);
      if (!test(row)) continue;
      if (heads.length === limit) return { heads, rows, more: true };
      heads.push({ seq: item.seq, id: item.id, generation: item.generation });
      rows.set(item.seq, row);
    }
    if (items.length < batch) return { heads, rows, more: false };
    after = items.at(-1)!.seq;
  }
}

async function load(
  cx: Reading,
  seqs: readonly number[],
  known: ReadonlyMap<number, Row>,
): Promise<ReadonlyMap<number, Row>> {
  const absent = seqs.filter((seq) => !known.has(seq));
  if (absent.length === 0) return known;
  const items: readonly Item[] = await cx.reader.bodies(absent);
  return new Map([...known, ...items.map((item) => [item.seq, rowOf(item)] as const)]);
}
