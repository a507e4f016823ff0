import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions } from '../../src/cloud/registry.ts';
import { expectRefusal, type TestWorld, testWorld } from '../support/world.ts';
import { documentedFilters } from './source/documentedFilters.ts';

const filtered = (Object.keys(actions) as (keyof typeof actions)[])
  .map((action) => ({ action, filters: documentedFilters(action) }))
  .filter(({ filters }) => filters.length > 0);

describe('every filter that the SDK documents is accepted', () => {
  let w: TestWorld;
  beforeAll(async () => {
    w = await testWorld();
  });
  afterAll(() => w.close());

  it('reads the documentation', () => {
    expect(documentedFilters('DescribeInstances').length).toBeGreaterThan(100);
    expect(filtered.length).toBeGreaterThan(10);
  });

  for (const { action, filters } of filtered) {
    it(action, async () => {
      for (const name of filters) await w.call(action, { Filters: [{ Name: name, Values: ['nothing-has-this'] }] });
    });

    it(`${action} refuses a filter that does not exist`, () =>
      expectRefusal(
        w.call(action, { Filters: [{ Name: 'no-such-filter', Values: ['x'] }] }),
        'InvalidParameterValue',
        /no-such-filter/,
      ));
  }
});
