import { fail } from '../../kernel/errors.ts';
import type { Resource, Row } from '../../kernel/resource.ts';
import type { ItemHead, ItemQuery } from '../../ports/store.ts';
import { checkId, notFound, type Reading } from '../context/reading.ts';
import { rowOf } from '../context/rows.ts';
import { seenRows, sharedTags } from '../tag/sharedTags.ts';
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
  /** Which of these ids EC2 still knows of things that are gone: they are not refused, and nothing is found. */
  readonly gone?: (cx: Reading, ids: readonly string[]) => Promise<ReadonlySet<string>>;
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
    kinds: rules.shared ? [resource.kind, sharedTags.kind] : [resource.kind],
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
      const filters = compileFilters(resource, input.Filters, rules.shared);
      const narrowing = (await rules.narrow?.(cx, input)) ?? {};
      // Only what is cut into pages has tokens.
      const question = () => JSON.stringify([cx.account, cx.region, schema[2], { ...input, ...unasked }]);
      const query: ItemQuery = {
        kind: resource.kind,
        region: cx.region,
        account: cx.account,
        ...(rules.shared ? { audience: ['all', cx.account] } : {}),
        ...(ids !== undefined && ids.length > 0 ? { ids: await present(cx, rules, ids) } : {}),
        where: [...filters.where, ...(narrowing.where ?? [])],
        ...(input.NextToken ? { after: readPageToken(cx.world.tokenKey, question(), input.NextToken) } : {}),
      };
      const seen = rules.shared ? await seenRows(cx, resource, query.ids) : undefined;
      const tests = [filters.test, narrowing.test].filter((t) => t !== undefined);
      const passes = (row: R) => tests.every((t) => t(row));
      const test = tests.length === 0 ? undefined : seen ? (row: R) => passes(seen.row(row)) : passes;
      const page = await pageOf(cx, resource, query, limit, test);
      const stored = (seqs: readonly number[]) => load(cx, seqs, page.row);
      return new Listing({
        resource: resource as unknown as Resource,
        member: rules.list,
        heads: seen === undefined ? page.heads : await seen.heads(page.heads),
        grouping: rules.grouping as unknown as Grouping<Row> | undefined,
        rest: page.more ? { NextToken: pageToken(cx.world.tokenKey, question(), page.heads.at(-1)!.seq) } : {},
        load: (seqs) => (seen === undefined ? stored(seqs) : seen.load(seqs, stored)),
      });
    },
  });
}

/** The ids, each once, without those of things that are known to be gone. */
async function present<Input, R extends Row>(
  cx: Reading,
  { gone }: DescribeRules<Input, R>,
  ids: readonly string[],
): Promise<readonly string[]> {
  const known = await gone?.(cx, ids);
  return [...new Set(ids)].filter((id) => !known?.has(id));
}

/** Members that choose a page of an answer, not the answer. */
const unasked: DescribeInput & { readonly DryRun?: boolean } = {
  MaxResults: undefined,
  NextToken: undefined,
  DryRun: undefined,
};

interface Page {
  readonly heads: readonly ItemHead[];
  /** A row that was read already. */
  readonly row: (seq: number) => Row | undefined;
  readonly more: boolean;
}

/** Up to so many ids are read with their rows in one query: asking for one thing by its id is the commonest question. */
const fewIds = 50;
/** Rows that were tested are kept for the answer up to this many, and read again beyond, so that the memory stays bounded. */
const keptRows = 2_000;
const nothing = () => undefined;

async function pageOf<R extends Row>(
  cx: Reading,
  resource: Resource<R>,
  query: ItemQuery,
  limit: number | undefined,
  test: ((row: R) => boolean) | undefined,
): Promise<Page> {
  const { ids, where = [] } = query;
  if (ids?.length === 0) return { heads: [], row: nothing, more: false };
  if (ids !== undefined) {
    if (ids.length <= fewIds && where.length === 0 && limit === undefined)
      return fewPage(cx, resource, query, ids, test);
    // Unknown ids are refused also when filters would leave them out.
    refuseUnknown(resource, ids, await cx.reader.heads({ ...query, where: [], after: 0 }));
  }
  return test === undefined ? headPage(cx, query, limit) : testedPage(cx, query, limit, test);
}

function refuseUnknown<R extends Row>(resource: Resource<R>, ids: readonly string[], found: readonly ItemHead[]): void {
  if (found.length === ids.length) return;
  const known = new Set(found.map((head) => head.id));
  notFound(
    resource,
    ids.filter((id) => !known.has(id)),
  );
}

async function fewPage<R extends Row>(
  cx: Reading,
  resource: Resource<R>,
  query: ItemQuery,
  ids: readonly string[],
  test: ((row: R) => boolean) | undefined,
): Promise<Page> {
  const items = await cx.reader.items({ ...query, after: 0 });
  refuseUnknown(resource, ids, items);
  const heads = items.filter((item) => item.seq > (query.after ?? 0) && (test === undefined || test(rowOf<R>(item))));
  const rowAt = (seq: number) => items.find((item) => item.seq === seq);
  return {
    heads,
    row: (seq) => {
      const item = rowAt(seq);
      return item && rowOf(item);
    },
    more: false,
  };
}

async function headPage(cx: Reading, query: ItemQuery, limit: number | undefined): Promise<Page> {
  const heads = await cx.reader.heads(limit === undefined ? query : { ...query, limit: limit + 1 });
  const more = limit !== undefined && heads.length > limit;
  return { heads: more ? heads.slice(0, limit) : heads, row: nothing, more };
}

async function testedPage<R extends Row>(
  cx: Reading,
  query: ItemQuery,
  limit: number | undefined,
  test: (row: R) => boolean,
): Promise<Page> {
  const heads: ItemHead[] = [];
  const rows = new Map<number, Row>();
  const page = { heads, row: (seq: number) => rows.get(seq) };
  let after = query.after ?? 0;
  for (;;) {
    const items = await cx.reader.items({ ...query, after, limit: batch });
    for (const item of items) {
      const row = rowOf<R>(item);
      if (!test(row)) continue;
      if (heads.length === limit) return { ...page, more: true };
      heads.push({ seq: item.seq, id: item.id, generation: item.generation });
      if (rows.size < keptRows) rows.set(item.seq, row);
    }
    if (items.length < batch) return { ...page, more: false };
    after = items.at(-1)!.seq;
  }
}

/** Rows by `seq`: those that were read already, and the others from the store. */
async function load(
  cx: Reading,
  seqs: readonly number[],
  row: (seq: number) => Row | undefined,
): Promise<ReadonlyMap<number, Row>> {
  const found = new Map<number, Row>();
  const absent: number[] = [];
  for (const seq of seqs) {
    const read = row(seq);
    if (read === undefined) absent.push(seq);
    else found.set(seq, read);
  }
  if (absent.length > 0) for (const item of await cx.reader.bodies(absent)) found.set(item.seq, rowOf(item));
  return found;
}
