import type { Region } from '@aws-sdk/client-ec2';
import type { FilterRules } from '../../kernel/filter.ts';
import type { RegionFacts } from '../../ports/driver.ts';

/** What a catalogue may say of a region beyond what the core needs. */
export interface DescribedRegion extends RegionFacts {
  /** A country. */
  readonly geography?: string | undefined;
}

/** Filters as documented for DescribeRegions. */
export const regionFilters: FilterRules<DescribedRegion> = {
  endpoint: { of: (r) => r.endpoint, doc: 'the endpoint of the region' },
  'opt-in-status': { of: (r) => r.optInStatus, doc: 'whether the account has opted in' },
  'region-name': { of: (r) => r.name, doc: 'the name of the region' },
};

/** A region as EC2 shows it. */
export const viewRegion = (region: DescribedRegion): Region => ({
  RegionName: region.name,
  Endpoint: region.endpoint,
  OptInStatus: region.optInStatus,
  ...(region.geography === undefined ? {} : { Geography: [{ Name: region.geography }] }),
});
