import type { AvailabilityZone } from '@aws-sdk/client-ec2';
import type { FilterRules } from '../../kernel/filter.ts';
import type { Zone } from '../../ports/driver.ts';

/** What a catalogue may say of a zone beyond what the core needs. */
export interface DescribedZone extends Zone {
  /** `availability-zone`, `local-zone` or `wavelength-zone`. */
  readonly type?: string | undefined;
  readonly groupLongName?: string | undefined;
  readonly optInStatus?: 'opt-in-not-required' | 'opted-in' | 'not-opted-in' | undefined;
  /** A country, and a state of it. */
  readonly geography?: string | undefined;
  readonly subGeography?: string | undefined;
  /** What the cloud says of the zone's health; absent = available. */
  readonly state?: 'available' | 'information' | 'impaired' | 'unavailable' | 'constrained' | undefined;
  readonly messages?: readonly string[] | undefined;
  /** The zone that a Local or Wavelength Zone hangs on. */
  readonly parentName?: string | undefined;
  readonly parentId?: string | undefined;
}

const typeOf = (zone: DescribedZone) => zone.type ?? 'availability-zone';
const stateOf = (zone: DescribedZone) => zone.state ?? 'available';
const optInOf = (zone: DescribedZone) => zone.optInStatus ?? 'opt-in-not-required';

/** Filters as documented for DescribeAvailabilityZones. */
export const zoneFilters: FilterRules<DescribedZone> = {
  'group-long-name': { of: (z) => z.groupLongName, doc: 'the long name of the zone group' },
  'group-name': { of: (z) => z.groupName, doc: 'the name of the zone group' },
  message: { of: (z) => z.messages, doc: 'a message about the zone' },
  'opt-in-status': { of: optInOf, doc: 'whether the account has opted in' },
  'parent-zone-id': { of: (z) => z.parentId, doc: 'the id of the zone that handles control plane operations' },
  'parent-zone-name': { of: (z) => z.parentName, doc: 'the name of the zone that handles control plane operations' },
  'region-name': { of: (z) => z.region, doc: 'the region of the zone' },
  state: { of: stateOf, doc: 'the state of the zone' },
  'zone-id': { of: (z) => z.id, doc: 'the id of the zone' },
  'zone-name': { of: (z) => z.name, doc: 'the name of the zone' },
  'zone-type': { of: typeOf, doc: 'availability-zone, local-zone or wavelength-zone' },
};

/** Whether zones show without AllAvailabilityZones. */
export const optedIn = (zone: DescribedZone): boolean => optInOf(zone) !== 'not-opted-in';

/** A zone as EC2 shows it. */
export const viewZone = (zone: DescribedZone): AvailabilityZone => ({
  State: stateOf(zone),
  OptInStatus: optInOf(zone),
  Messages: (zone.messages ?? []).map((Message) => ({ Message })),
  RegionName: zone.region,
  ZoneName: zone.name,
  ZoneId: zone.id,
  GroupName: zone.groupName,
  NetworkBorderGroup: zone.networkBorderGroup,
  ZoneType: typeOf(zone),
  ...(zone.groupLongName === undefined ? {} : { GroupLongName: zone.groupLongName }),
  ...(zone.parentName === undefined ? {} : { ParentZoneName: zone.parentName }),
  ...(zone.parentId === undefined ? {} : { ParentZoneId: zone.parentId }),
  ...(zone.geography === undefined ? {} : { Geography: [{ Name: zone.geography }] }),
  ...(zone.subGeography === undefined ? {} : { SubGeography: [{ Name: zone.subGeography }] }),
});
