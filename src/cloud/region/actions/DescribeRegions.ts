import { DescribeRegions$, type DescribeRegionsRequest, type DescribeRegionsResult } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { read } from '../../action/action.ts';
import { filterValues } from '../../action/filterValues.ts';
import { type DescribedRegion, regionFilters, viewRegion } from '../region.ts';

export default read<DescribeRegionsRequest, DescribeRegionsResult>(DescribeRegions$, {
  doc: 'Lists the regions that are offered, each of them a cloud.',
  kinds: [],
  run: async (cx, input) => {
    const names = input.RegionNames ?? [];
    for (const name of names) {
      if (!cx.world.regions.has(name)) fail('InvalidParameterValue', `Invalid region provided: ${name}`);
    }
    const all: readonly DescribedRegion[] = [...cx.world.regions.values()].map(({ facts }) => facts);
    const asked = all.filter((region) =>
      names.length > 0 ? names.includes(region.name) : input.AllRegions || region.optInStatus !== 'not-opted-in',
    );
    return { Regions: filterValues(asked, regionFilters, input.Filters).map(viewRegion) };
  },
});
