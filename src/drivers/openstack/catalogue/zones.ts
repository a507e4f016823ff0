import type { RegionFacts, Zone } from '../../../ports/driver.ts';
import type { AvailabilityZone } from '../rest/nova.ts';

/** A zone, and whether anything runs in it. */
export interface KnownZone extends Zone {
  readonly state: 'available' | 'impaired' | 'unavailable';
  /** What is wrong. */
  readonly messages?: readonly string[];
}

/** The zone of Nova's own services, in which no machine can be. */
const internal = 'internal';

/**
 * Nova's zones of a region, in the order of their names. Their ids are their names: a number would be another zone's as
 * soon as one is added or taken away.
 */
export function zonesOf(region: string, found: readonly AvailabilityZone[]): readonly KnownZone[] {
  const states = new Map<string, KnownZone['state']>();
  for (const { zoneName, zoneState } of found) {
    if (zoneName !== internal) states.set(zoneName, zoneState.available ? 'available' : 'unavailable');
  }
  return [...states]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, state]) => ({
      name,
      id: name,
      region,
      groupName: `${region}-zg-1`,
      networkBorderGroup: region,
      state,
    }));
}

/**
 * Facts of a region by a name of one's own, that leads to this computer (RFC 6761). The zones are always those known at
 * the moment, so that whoever keeps the facts sees zones come, go and fail.
 */
export const regionFacts = (name: string, zones: () => readonly KnownZone[]): RegionFacts => ({
  name,
  endpoint: `ec2.${name}.localhost`,
  optInStatus: 'opt-in-not-required',
  get zones() {
    return zones();
  },
});
