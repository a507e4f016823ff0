import { createHash } from 'node:crypto';
import { hardwareOf, instanceTypeNames } from '../../facts/hardware.ts';
import { instanceTypeInfo } from '../../facts/instance-type-info.ts';
import type { Catalogue, RegionFacts } from '../../ports/driver.ts';
import { catalogueImages, catalogueRegion, catalogueRegions, catalogueSnapshots } from './catalogue/index.ts';

/** A region of one's own: three zones, and a name that leads to this computer (RFC 6761). */
const ownRegion = (name: string): RegionFacts => ({
  name,
  endpoint: `ec2.${name}.localhost`,
  optInStatus: 'opt-in-not-required',
  zones: ['a', 'b', 'c'].map((letter, at) => ({
    name: `${name}${letter}`,
    id: `${name}-az${at + 1}`,
    region: name,
    groupName: `${name}-zg-1`,
    networkBorderGroup: name,
  })),
});

/**
 * A million addresses for a region out of 240.0.0.0/4, which is reserved (RFC 1112) and routed nowhere: whoever
 * connects to a pretend machine must never reach a real one of somebody else.
 */
function publicAddressRange(region: string): string {
  const [at = 0] = createHash('sha256').update(region).digest();
  return `${240 + (at >> 4)}.${(at & 15) << 4}.0.0/12`;
}

/** What the pretend cloud offers before anyone makes anything. */
export const offer: Catalogue = {
  regions: catalogueRegions,
  region: (name) => catalogueRegion(name) ?? ownRegion(name),
  publicAddressRange,
  instanceTypeNames,
  hardware: hardwareOf,
  instanceType: instanceTypeInfo,
  images: catalogueImages,
  snapshots: catalogueSnapshots,
};

/** Ids of a region's public snapshots, worked out once. */
const publicSnapshots = new Map<string, ReadonlySet<string>>();

/** Whether a region has a public snapshot of this id. */
export function isPublicSnapshot(id: string, region: string): boolean {
  let ids = publicSnapshots.get(region);
  if (ids === undefined) {
    ids = new Set(catalogueSnapshots(region).map((snapshot) => snapshot.id));
    publicSnapshots.set(region, ids);
  }
  return ids.has(id);
}
