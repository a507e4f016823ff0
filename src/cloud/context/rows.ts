import { filterTexts } from '../../kernel/filter.ts';
import type { Resource, Row } from '../../kernel/resource.ts';
import type { Entry, Item } from '../../ports/store.ts';

/** The row of a stored item. */
export const rowOf = <R extends Row>(item: Item): R => JSON.parse(item.body) as R;

/** Every entry under which the store's index finds a row: indexed filters, own look-ups, tags, audience. */
export function entriesOf<R extends Row>(resource: Resource<R>, row: R): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [name, rule] of indexedFilters(resource)) {
    for (const text of distinct(filterTexts(rule.of(row)))) entries.push([name, text]);
  }
  for (const name in resource.indexes) {
    for (const text of distinct(filterTexts(resource.indexes[name]!(row)))) entries.push([name, text]);
  }
  for (const key in row.tags) entries.push([`tag:${key}`, row.tags[key]!]);
  for (const who of resource.audience?.(row) ?? []) entries.push(['audience', who]);
  return entries;
}

const distinct = (texts: readonly string[]): readonly string[] => (texts.length < 2 ? texts : [...new Set(texts)]);

type Indexed = readonly (readonly [string, { readonly of: (row: never) => unknown }])[];
const indexedByResource = new WeakMap<object, Indexed>();

function indexedFilters<R extends Row>(resource: Resource<R>) {
  let found = indexedByResource.get(resource);
  if (found === undefined) {
    found = Object.entries(resource.filters).filter(([, rule]) => rule.indexed);
    indexedByResource.set(resource, found);
  }
  return found as readonly (readonly [string, Resource<R>['filters'][string]])[];
}

/** What a change of a row means for the index. */
export function entryChanges<R extends Row>(resource: Resource<R>, before: R, after: R) {
  const were = entriesOf(resource, before);
  const are = entriesOf(resource, after);
  const same = (one: Entry, other: Entry | undefined): boolean => one[0] === other?.[0] && one[1] === other[1];
  // Most changes leave every entry in its place, or exchange a value.
  if (were.length === are.length) {
    const add = are.filter((entry, at) => !same(entry, were[at]));
    const drop = were.filter((entry, at) => !same(entry, are[at]));
    if (add.length < 2) return { add, drop };
  }
  const old = new Map(were.map((e) => [`${e[0]}\0${e[1]}`, e]));
  const add = are.filter((entry) => !old.delete(`${entry[0]}\0${entry[1]}`));
  return { add, drop: [...old.values()] };
}
