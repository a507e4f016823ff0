import { fail } from '../../kernel/errors.ts';
import { compileFilter, type Filter, type FilterRule, hasWildcard } from '../../kernel/filter.ts';
import type { Resource, Row } from '../../kernel/resource.ts';
import type { ItemQuery } from '../../ports/store.ts';

/** A filter as the SDK types it in a request. */
export interface RequestFilter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** Filters of a request, compiled: what the store's index can answer, and a test for the rest. */
export interface CompiledFilters<R extends Row> {
  readonly where: NonNullable<ItemQuery['where']>;
  /** Undefined when `where` is the whole answer. */
  readonly test: ((row: R) => boolean) | undefined;
}

/** EC2 refuses more than this many values in one request (user guide, "Filtering resources"). */
const maxValues = 200;

/**
 * Checks the filters of a request and splits them between index and test. Unknown names are refused.
 * `tagsTested`: the index does not know the tags that are meant.
 */
export function compileFilters<R extends Row>(
  resource: Resource<R>,
  filters: readonly RequestFilter[] | undefined,
  tagsTested = false,
): CompiledFilters<R> {
  const where: { name: string; values: readonly string[] }[] = [];
  const tests: ((row: R) => boolean)[] = [];
  for (const filter of readFilters(filters)) {
    const name = nameOf(resource, filter.name);
    const rule = ruleFor(resource, name);
    const tested = tagsTested && name.startsWith('tag:');
    if (rule.indexed && !tested && !filter.values.some((v) => hasWildcard(v) || v.includes('\\')))
      where.push({ name, values: filter.values });
    else tests.push(compileFilter(rule, filter));
  }
  return { where, test: tests.length === 0 ? undefined : (row) => tests.every((test) => test(row)) };
}

/** The name and values of each filter, with EC2's refusals for what is missing or too much. */
export function readFilters(filters: readonly RequestFilter[] | undefined): readonly Filter[] {
  let values = 0;
  return (filters ?? []).map((filter, i) => {
    const name =
      filter.Name ?? fail('InvalidParameterValue', `The filter ${i + 1} has no name (Filter.${i + 1}.Name).`);
    if (filter.Values === undefined || filter.Values.length === 0) {
      fail('InvalidParameterValue', `The filter '${name}' has no values (Filter.${i + 1}.Value).`);
    }
    values += filter.Values.length;
    if (values > maxValues) fail('FilterLimitExceeded', `The maximum number of filter values is ${maxValues}`);
    return { name, values: filter.Values };
  });
}

/** The name that the resource knows a filter by. */
function nameOf<R extends Row>({ filterAliases = {} }: Resource<R>, name: string): string {
  return Object.hasOwn(filterAliases, name) ? filterAliases[name]! : name;
}

function ruleFor<R extends Row>(resource: Resource<R>, name: string): FilterRule<R> {
  const rule = Object.hasOwn(resource.filters, name) ? resource.filters[name] : tagRule<R>(resource, name);
  return rule ?? fail('InvalidParameterValue', `The filter '${name}' is invalid`);
}

/** The filters that every taggable resource has. */
function tagRule<R extends Row>(resource: Resource<R>, name: string): FilterRule<R> | undefined {
  if (resource.tagged === undefined) return undefined;
  if (name === 'tag-key') return { of: (row) => Object.keys(row.tags), doc: 'a tag key' };
  if (name === 'tag-value') return { of: (row) => Object.values(row.tags), doc: 'a tag value' };
  if (!name.startsWith('tag:')) return undefined;
  const key = name.slice('tag:'.length);
  return {
    of: (row) => (Object.hasOwn(row.tags, key) ? row.tags[key] : undefined),
    doc: 'the value of a tag',
    indexed: true,
  };
}
