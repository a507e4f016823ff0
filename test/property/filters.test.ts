import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, describe as suite } from 'vitest';
import type { Action } from '../../src/cloud/action/action.ts';
import { type DescribeInput, describe } from '../../src/cloud/action/describe.ts';
import type { Listing } from '../../src/cloud/action/listing.ts';
import { perform } from '../../src/cloud/action/perform.ts';
import { write } from '../../src/cloud/context/writing.ts';
import { compileFilter, type Filter, type FilterRule, filterTexts } from '../../src/kernel/filter.ts';
import type { Resource, Row } from '../../src/kernel/resource.ts';
import { type TestWorld, testWorld } from '../support/world.ts';
import { filteredResources } from './declarations.ts';
import { type Dice, mixedRow, modelRows } from './models.ts';

const resources = await filteredResources();
const models = await modelRows(resources.map((resource) => resource.kind));

let w: TestWorld;
let accounts = 0;
beforeAll(async () => {
  w = await testWorld();
});
afterAll(() => w.close());

const region = 'us-east-1';
const tagValues = ['', 'a', 'A', 'a*', 'a?', 'a\\b', "it's", '"', '%', '_', 'é', '🚀', 'a b', 'x'.repeat(256)];
const tagKeys = ['Name', 'name', 'a:b', '*', "k'", '🚀'];

/** What filters mean: every one must pass, by the definition of the kernel and nothing else. */
function means(resource: Resource, filters: readonly Filter[], row: Row): boolean {
  return filters.every((filter) => compileFilter(ruleOf(resource, filter.name), filter)(row));
}

function ruleOf(resource: Resource, name: string): FilterRule<Row> {
  if (name === 'tag-key') return { of: (row) => Object.keys(row.tags), doc: '' };
  if (name.startsWith('tag:')) return { of: (row) => row.tags[name.slice(4)], doc: '' };
  return resource.filters[resource.filterAliases?.[name] ?? name]!;
}

/** A value that some row has, or one like it, or any. */
function someValue(texts: readonly string[], dice: Dice): string {
  const text =
    texts.length > 0 && dice.below(8) > 0 ? texts[dice.below(texts.length)]! : tagValues[dice.below(tagValues.length)]!;
  const at = dice.below(text.length + 1);
  const forms = [
    text,
    text,
    text,
    `${text.slice(0, at)}*`,
    `*${text.slice(at)}`,
    `${text.slice(0, at)}?${text.slice(at + 1)}`,
    text.replace(/[*?\\]/g, '\\$&'),
    text.toUpperCase(),
  ];
  return forms[dice.below(forms.length)]!;
}

function filterOf(resource: Resource, rows: readonly Row[], dice: Dice): Filter {
  const tags = resource.tagged === undefined ? [] : ['tag-key', ...tagKeys.map((key) => `tag:${key}`)];
  const own = Object.keys(resource.filters);
  const indexed = own.filter((name) => resource.filters[name]!.indexed);
  const groups = [own, indexed, tags, Object.keys(resource.filterAliases ?? {})].filter((group) => group.length > 0);
  const group = groups[dice.below(groups.length)]!;
  const name = group[dice.below(group.length)]!;
  const texts = rows.flatMap((row) => filterTexts(ruleOf(resource, name).of(row)));
  return { name, values: Array.from({ length: 1 + dice.below(4) }, () => someValue(texts, dice)) };
}

suite.each(resources.map((resource) => [resource.kind, resource] as const))('%s', (kind, resource) => {
  const action = describe<DescribeInput, Row>([9, 'test', 'DescribeRows'], resource, {
    doc: '',
    list: 'Rows',
  }) as unknown as Action;

  it('the index finds what the definition of its filters says', async () => {
    const real = models.get(kind)!;
    expect(real.length, `models.ts makes no ${kind}`).toBeGreaterThan(0);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 0x7fffffff })), async (stream) => {
        const dice: Dice = { below: (limit) => (stream.next().value as number) % limit };
        const scope = { account: String(200_000_000_000 + ++accounts), region };
        const tagsOf = () =>
          Object.fromEntries(
            tagKeys.filter(() => dice.below(3) === 0).map((key) => [key, tagValues[dice.below(tagValues.length)]!]),
          );
        const fresh = Array.from({ length: 1 + dice.below(12) }, () =>
          mixedRow(resource, real, dice, resource.tagged === undefined ? {} : tagsOf()),
        );
        const rows = await write(w.world, scope, async (tx) => {
          const inserted = await tx.insertAll(resource, fresh);
          // Some change afterwards: the index must follow.
          const changed = inserted.map((row) =>
            dice.below(3) === 0
              ? { ...mixedRow(resource, real, dice, tagsOf()), id: row.id, account: row.account }
              : row,
          );
          for (const [at, row] of inserted.entries()) await tx.update(resource, row, changed[at]!);
          return tx.needAll(
            resource,
            inserted.map((row) => row.id),
          );
        });
        for (let asked = 0; asked < 6; asked++) {
          const filters = Array.from({ length: 1 + dice.below(3) }, () => filterOf(resource, rows, dice));
          const Filters = filters.map(({ name, values }) => ({ Name: name, Values: values }));
          const { heads } = (await perform(w.world, scope, action, { Filters })) as Listing;
          const expected = rows.filter((row) => means(resource, filters, row)).map((row) => row.id);
          expect(
            heads.map((head) => head.id),
            JSON.stringify(filters),
          ).toEqual(expected);
        }
      }),
      { numRuns: 50, endOnFailure: true },
    );
  });
});
