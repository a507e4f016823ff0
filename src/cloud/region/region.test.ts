import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';
import type { World } from '../context/world.ts';
import { viewRegion } from './region.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld({ regions: ['us-east-1', 'af-south-1', 'lab-1'] });
});
afterEach(() => w.close());

const names = async (input: object) =>
  (await w.call('DescribeRegions', input)).Regions.map((region: { RegionName: string }) => region.RegionName);

describe('DescribeRegions', () => {
  it('lists the configured regions in their order', async () => {
    const { Regions } = await w.call('DescribeRegions');
    expect(Regions[0]).toMatchObject({
      RegionName: 'us-east-1',
      Endpoint: 'ec2.us-east-1.amazonaws.com',
      OptInStatus: 'opt-in-not-required',
    });
    expect(Regions.map((region: { RegionName: string }) => region.RegionName)).toEqual([
      'us-east-1',
      'af-south-1',
      'lab-1',
    ]);
  });

  it('lists those that are named', async () => expect(await names({ RegionNames: ['lab-1'] })).toEqual(['lab-1']));

  it.each([
    ['region-name', 'us-*', ['us-east-1']],
    ['endpoint', 'ec2.af-south-1.amazonaws.com', ['af-south-1']],
    ['opt-in-status', 'opted-in', ['af-south-1']],
    ['opt-in-status', 'not-opted-in', []],
  ])('filters by %s', async (Name, value, expected) =>
    expect(await names({ Filters: [{ Name, Values: [value] }] })).toEqual(expected),
  );

  it('shows regions that are not opted into only when asked', async () => {
    const far = w.world.regions.get('af-south-1')!;
    const facts = { ...far.facts, optInStatus: 'not-opted-in' as const };
    (w.world.regions as Map<string, ReturnType<World['regions']['get']>>).set('af-south-1', { ...far, facts });
    expect(await names({})).not.toContain('af-south-1');
    expect(await names({ AllRegions: true })).toContain('af-south-1');
    expect(await names({ RegionNames: ['af-south-1'] })).toEqual(['af-south-1']);
  });

  it('refuses unknown names, unknown filters and filters without values', async () => {
    await expectRefusal(
      w.call('DescribeRegions', { RegionNames: ['mars-1'] }),
      'InvalidParameterValue',
      /Invalid region provided: mars-1/,
    );
    await expectRefusal(
      w.call('DescribeRegions', { Filters: [{ Name: 'colour', Values: ['x'] }] }),
      'InvalidParameterValue',
      /colour/,
    );
    await expectRefusal(
      w.call('DescribeRegions', { Filters: [{ Name: 'endpoint' }] }),
      'InvalidParameterValue',
      /endpoint/,
    );
    await expectRefusal(w.call('DescribeRegions', { DryRun: true }), 'DryRunOperation');
  });
});

it('shows the geography where the catalogue knows it', () => {
  const region = { name: 'x-1', endpoint: 'e', optInStatus: 'opted-in', zones: [] } as const;
  expect(viewRegion(region)).not.toHaveProperty('Geography');
  expect(viewRegion({ ...region, geography: 'Japan' }).Geography).toEqual([{ Name: 'Japan' }]);
});
