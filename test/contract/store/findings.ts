import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Entry, EntryQuery, Item, ItemQuery, NewItem, Store } from '../../../src/ports/store.ts';
import { AWAY, HOME, newItem, OTHER, put } from './place.ts';

/** The definition of a query, on items in memory. */
function finds(query: ItemQuery, items: readonly (Item & NewItem)[]): readonly string[] {
  const has = (item: NewItem, name: string, values: readonly string[]): boolean =>
    item.entries.some((entry) => entry[0] === name && values.includes(entry[1]));
  const found = items.filter(
    (item) =>
      item.kind === query.kind &&
      item.region === query.region &&
      (query.account === undefined ||
        item.account === query.account ||
        (query.audience !== undefined && has(item, 'audience', query.audience))) &&
      (query.ids === undefined || query.ids.includes(item.id)) &&
      (query.where ?? []).every((condition) => has(item, condition.name, condition.values)) &&
      item.seq > (query.after ?? 0),
  );
  return found.slice(0, query.limit ?? found.length).map((item) => `${item.seq} ${item.id}`);
}

const value = fc.constantFrom('a', 'b', 'c', 'd');
const values = fc.oneof(
  { weight: 9, arbitrary: fc.array(value, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(['a', 'b', 'q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8']) },
);
const entry = fc.tuple(fc.constantFrom('state', 'zone', 'tag:x', 'audience'), value) as fc.Arbitrary<Entry>;
const scope = fc.constantFrom(HOME, HOME, OTHER, AWAY);
const stored = fc.record({
  scope,
  kind: fc.constantFrom('volume', 'volume', 'snapshot'),
  entries: fc.array(entry, { maxLength: 5 }),
});
const query: fc.Arbitrary<ItemQuery> = fc.record(
  {
    kind: fc.constantFrom('volume', 'volume', 'snapshot'),
    region: fc.constantFrom(HOME.region, HOME.region, AWAY.region),
    account: fc.constantFrom(HOME.account, OTHER.account, undefined),
    audience: fc.oneof(fc.constant(undefined), values),
    ids: fc.oneof(fc.constant(undefined), fc.array(fc.integer({ min: 0, max: 30 }).map((at) => `id-${at}`))),
    where: fc.array(fc.record({ name: fc.constantFrom('state', 'zone', 'tag:x'), values }), { maxLength: 3 }),
    after: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 40 })),
    limit: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 10 })),
  },
  { requiredKeys: ['kind', 'region'] },
);

async function equalsDefinition(store: Store): Promise<void> {
  let round = 0;
  const trial = async (
    things: readonly (typeof stored extends fc.Arbitrary<infer T> ? T : never)[],
    asked: ItemQuery[],
  ) => {
    // Each round has its own regions, so that rounds do not see each other.
    const own = `-${round++}`;
    const items = things.map((thing, at) =>
      newItem(`id-${at}`, thing.entries, { ...thing.scope, region: thing.scope.region + own }, thing.kind),
    );
    const heads = await put(store, items);
    const all = items.map((item, at) => ({ ...item, ...heads[at]! }));
    for (const one of asked) {
      const after = one.after === undefined ? undefined : one.after + heads[0]!.seq - 1;
      const query = { ...one, region: one.region + own, after };
      const expected = finds(query, all);
      expect((await store.read.heads(query)).map((head) => `${head.seq} ${head.id}`)).toEqual(expected);
      expect((await store.read.items(query)).map((item) => item.body)).toEqual(
        expected.map((name) => `{"id":"${name.split(' ')[1]}"}`),
      );
      const { after: _, limit: __, ...counted } = query;
      expect(await store.read.count(counted)).toBe(finds(counted, all).length);
    }
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(stored, { minLength: 1, maxLength: 30 }),
      fc.array(query, { minLength: 8, maxLength: 8 }),
      trial,
    ),
    { numRuns: 60 },
  );
}

function entryQueries(current: () => Store): void {
  it('finds entries of a scope by name, value, id and kind', async () => {
    const store = current();
    await put(store, [
      newItem('vol-1', [
        ['tag:b', '1'],
        ['tag:a', '2'],
        ['state', 'x'],
        ['tag', 'y'],
        ['tag;', 'z'],
      ]),
      newItem('snap-1', [['tag:a', '1']], HOME, 'snapshot'),
      newItem('vol-2', [
        ['tag:a', '1'],
        ['tag:aws:x', '3'],
      ]),
      newItem('vol-3', [['tag:a', '1']], OTHER),
      newItem('vol-1', [['tag:a', '9']], AWAY),
    ]);
    const ask = async (more: Partial<EntryQuery>): Promise<readonly string[]> =>
      (await store.read.entries({ ...HOME, namePrefix: 'tag:', ...more })).map((e) => `${e.id} ${e.name}=${e.value}`);
    const all = ['snap-1 tag:a=1', 'vol-1 tag:a=2', 'vol-1 tag:b=1', 'vol-2 tag:a=1', 'vol-2 tag:aws:x=3'];
    expect(await ask({})).toEqual(all);
    expect(await ask({ ids: ['vol-1', 'vol-3', 'none'] })).toEqual(all.slice(1, 3));
    expect(await ask({ names: ['tag:a'] })).toEqual([all[0], all[1], all[3]]);
    expect(await ask({ names: ['tag:a', 'tag:b'], values: ['1'] })).toEqual([all[0], all[2], all[3]]);
    expect(await ask({ kinds: ['volume'], values: ['1', '3'] })).toEqual([all[2], all[3], all[4]]);
    expect(await ask({ ids: ['vol-1'], names: ['tag:b'], values: ['1'], kinds: ['volume'] })).toEqual([all[2]]);
    expect(await ask({ ids: [] })).toEqual([]);
    expect(await ask({ namePrefix: 'sta' })).toEqual(['vol-1 state=x']);
    expect(await ask({ namePrefix: 'state', ids: ['vol-1'] })).toEqual(['vol-1 state=x']);
    expect(await ask({ namePrefix: '', kinds: ['volume'], ids: ['vol-1'] })).toHaveLength(5);
  });
}

/** Queries: each equals its definition. */
export function findings(current: () => Store): void {
  it('finds what the definition of a query says', () => equalsDefinition(current()));

  it('pages through everything once', async () => {
    const store = current();
    const entries = (at: number): Entry[] => [
      ['state', at % 3 === 0 ? 'in-use' : 'available'],
      ['zone', 'a'],
    ];
    await put(
      store,
      Array.from({ length: 100 }, (_, at) => newItem(`vol-${at}`, entries(at))),
    );
    for (const where of [undefined, [{ name: 'state', values: ['in-use', 'available'] }]]) {
      const seen: string[] = [];
      for (let after = 0; ; ) {
        const page = await store.read.heads({ ...HOME, kind: 'volume', after, limit: 7, ...(where && { where }) });
        if (page.length === 0) break;
        seen.push(...page.map((head) => head.id));
        after = page.at(-1)!.seq;
      }
      expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => `vol-${at}`));
    }
  });

  entryQueries(current);
}
