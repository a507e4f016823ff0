import {
  DescribeAvailabilityZones$,
  type DescribeAvailabilityZonesRequest,
  type DescribeAvailabilityZonesResult,
} from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { read } from '../../action/action.ts';
import { filterValues } from '../../action/filterValues.ts';
import { type DescribedZone, optedIn, viewZone, zoneFilters } from '../describedZone.ts';

export default read<DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult>(DescribeAvailabilityZones$, {
  doc: 'Lists the Availability Zones of the region.',
  kinds: [],
  run: async (cx, input) => {
    const zones: readonly DescribedZone[] = cx.here.facts.zones;
    const names = input.ZoneNames ?? [];
    const ids = input.ZoneIds ?? [];
    needAll(names, new Set(zones.map((zone) => zone.name)), 'zone');
    needAll(ids, new Set(zones.map((zone) => zone.id)), 'zone-id');
    const named = names.length > 0 || ids.length > 0;
    const asked = zones.filter((zone) =>
      named ? names.includes(zone.name) || ids.includes(zone.id) : input.AllAvailabilityZones || optedIn(zone),
    );
    return { AvailabilityZones: filterValues(asked, zoneFilters, input.Filters).map(viewZone) };
  },
});

function needAll(asked: readonly string[], known: ReadonlySet<string>, noun: 'zone' | 'zone-id'): void {
  const unknown = asked.filter((text) => !known.has(text));
  if (unknown.length > 0) fail('InvalidParameterValue', `Invalid availability ${noun}: [${unknown.join(', ')}]`);
}
