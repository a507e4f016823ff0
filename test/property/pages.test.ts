import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Action } from '../../src/cloud/action/action.ts';
import { type DescribeInput, describe } from '../../src/cloud/action/describe.ts';
import type { Listing } from '../../src/cloud/action/listing.ts';
import { perform } from '../../src/cloud/action/perform.ts';
import { write } from '../../src/cloud/context/writing.ts';
import { type Row, resource } from '../../src/kernel/resource.ts';
import type { Scope } from '../../src/ports/store.ts';
import { type TestWorld, testWorld } from '../support/world.ts';

interface BoxRow extends Row {
  readonly colour: string;
}

const box = resource<BoxRow>()({
  kind: 'box',
  prefix: 'box',
  codes: { missing: 'InvalidID', malformed: 'InvalidID', noun: 'box' },
  filters: { colour: { of: (b) => b.colour, doc: '', indexed: true } },
  view: (b) => b.id,
});
const action = describe<DescribeInput, BoxRow>([9, 'test', 'DescribeBoxes'], box, {
  doc: '',
  list: 'Boxes',
  pages: { min: 1, max: 1000 },
}) as unknown as Action;

let w: TestWorld;
let accounts = 0;
beforeAll(async () => {
  w = await testWorld();
});
afterAll(() => w.close());

const colours = fc.constantFrom('red', 'blue', 'reddish');
/** What happens between two pages: rows that come, and rows (by their place in the answer) that go. */
const between = fc.record({
  come: fc.array(colours, { maxLength: 3 }),
  go: fc.array(fc.nat({ max: 30 }), { maxLength: 3 }),
  size: fc.integer({ min: 1, max: 9 }),
});

/** No filter, one that the index answers, one that needs a look at the rows, both. */
const questions = fc.constantFrom(
  { filters: [], asks: () => true },
  { filters: [['red']], asks: (colour: string) => colour === 'red' },
  { filters: [['red*']], asks: (colour: string) => colour !== 'blue' },
  { filters: [['re*d*'], ['red', 'blue']], asks: (colour: string) => colour === 'red' },
);

const add = (scope: Scope, list: readonly string[]) =>
  write(w.world, scope, (tx) =>
    tx.insertAll(
      box,
      list.map((colour) => ({ colour })),
    ),
  );

it('pages give every row that stays exactly once and in order, whatever their size, while others come and go', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(colours, { maxLength: 25 }),
      fc.infiniteStream(between),
      questions,
      async (first, changes, { filters, asks }) => {
        const scope = { account: String(300_000_000_000 + ++accounts), region: 'us-east-1' };
        const staying = new Map((await add(scope, first)).map((row) => [row.id, row.colour]));
        const ever = new Map(staying);
        const seen: string[] = [];
        let NextToken: string | undefined;
        for (let pages = 0; ; pages++) {
          expect(pages).toBeLessThan(200);
          // What comes must come to an end, or the walk would not.
          const { come, go, size } = changes.next().value;
          const Filters = filters.map((Values) => ({ Name: 'colour', Values }));
          const { heads, rest } = (await perform(w.world, scope, action, {
            Filters,
            MaxResults: size,
            NextToken,
          })) as Listing;
          expect(heads.length).toBeLessThanOrEqual(size);
          seen.push(...heads.map((head) => head.id));
          NextToken = rest.NextToken as string | undefined;
          if (NextToken === undefined) break;
          expect(heads.length).toBe(size);
          if (pages > 20) continue;
          for (const row of await add(scope, come)) ever.set(row.id, row.colour);
          await write(w.world, scope, async (tx) => {
            for (const place of go) {
              const id = [...ever.keys()][place];
              const row = id === undefined ? undefined : await tx.find(box, id);
              if (row === undefined) continue;
              await tx.remove(box, row);
              staying.delete(row.id);
            }
          });
        }
        const order = [...ever.keys()];
        expect(seen).toEqual(order.filter((id) => seen.includes(id)));
        expect(seen.every((id) => asks(ever.get(id)!))).toBe(true);
        expect([...staying].filter(([id, colour]) => asks(colour) && !seen.includes(id))).toEqual([]);
      },
    ),
    { numRuns: 60 },
  ));
