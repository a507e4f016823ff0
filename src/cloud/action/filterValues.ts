import { fail } from '../../kernel/errors.ts';
import { compileFilter, type FilterRules } from '../../kernel/filter.ts';
import { type RequestFilter, readFilters } from './filters.ts';

/**
 * The values that pass the filters of a request, for what has no rows in the store (regions, zones, tags).
 * `open` finds a rule for names that are made of a key, such as `tag:KEY`. Unknown names are refused.
 */
export function filterValues<T>(
  values: readonly T[],
  rules: FilterRules<T>,
  filters: readonly RequestFilter[] | undefined,
  open: (name: string) => FilterRules<T>[string] | undefined = () => undefined,
): readonly T[] {
  const tests = readFilters(filters).map((filter) => {
    const rule = Object.hasOwn(rules, filter.name) ? rules[filter.name] : open(filter.name);
    return compileFilter(rule ?? fail('InvalidParameterValue', `The filter '${filter.name}' is invalid`), filter);
  });
  return values.filter((value) => tests.every((test) => test(value)));
}
