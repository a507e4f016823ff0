import { type ForeignImages, foreignImages } from '../images/foreignImages.ts';
import { type AccountOf, accountsOf } from '../owners.ts';
import { type Image, images } from '../rest/glance.ts';
import { type Network, networks, type Subnet, subnets } from '../rest/neutron.ts';
import { type AvailabilityZone, availabilityZones, type Flavor, flavors } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';
import { isPrivate } from './flavors.ts';
import { outageOf } from './outage.ts';

/** What a cloud offers before anyone makes anything, in a form that can be written down. */
export interface Offered {
  /** Those that every project may use. */
  readonly flavors: readonly Flavor[];
  readonly images: ForeignImages;
  readonly zones: readonly AvailabilityZone[];
  /** CIDR blocks of floating IPs, the default network's first; none where the user may not see them. */
  readonly publicRanges: readonly string[];
}

/** Images on a page: as many as Glance allows by default. It gives 25 to those who do not say. */
export const page = 1_000;

/** How the images of a cloud are called here. */
export interface Names {
  /** Our ids of those of these images that we made, and of the snapshots that they name, by the cloud's. */
  readonly made: (found: readonly Image[]) => Promise<ReadonlyMap<string, string>>;
  readonly accountOf: AccountOf;
}

/**
 * Asks for all of it, in five requests. The same cloud gives the very same answer, member by member. Where several services
 * fail, what is thrown is the trouble of the one that machines need most.
 */
export async function readOffered(session: Session, names: Names, signal?: AbortSignal): Promise<Offered> {
  const asked = [
    all<Flavor>(flavors(session, signal)),
    all<Image>(images(session, { visibility: 'public', limit: page }, signal)),
    all<AvailabilityZone>(availabilityZones(session, signal)),
    readPublicRanges(session, signal),
  ] as const;
  const failed = (await Promise.allSettled(asked)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (failed.length > 0) throw failed.find((error) => outageOf(error).state === 'unavailable') ?? failed[0];
  const [types, pictures, zones, ranges] = await Promise.all(asked);
  return {
    flavors: types
      .filter((flavor) => !isPrivate(flavor))
      .map(settled)
      .sort(byName((flavor) => flavor.name)),
    images: await publicImages(pictures, names),
    zones: [...zones].sort(byName((zone) => zone.zoneName)),
    publicRanges: ranges,
  };
}

/** Those that cannot be used are left out. */
async function publicImages(found: readonly Image[], { made, accountOf }: Names): Promise<ForeignImages> {
  const active = found.filter(({ status }) => status === 'active');
  const accounts = await accountsOf(
    active.map(({ owner }) => owner),
    accountOf,
  );
  return foreignImages(active, { made: await made(active), believe: true, accounts });
}

/** A flavor with its extra specs in order: Nova gives them in any. */
const settled = (flavor: Flavor): Flavor => ({
  ...flavor,
  extra_specs: Object.fromEntries(Object.entries(flavor.extra_specs ?? {}).sort(byName(([key]) => key))),
});

async function readPublicRanges(session: Session, signal?: AbortSignal): Promise<readonly string[]> {
  const external = await all<Network>(networks.list(session, { 'router:external': true }, signal));
  if (external.length === 0) return [];
  const isDefault = new Map(external.map((network) => [network.id, network.is_default === true]));
  const query = { ip_version: 4, network_id: [...isDefault.keys()] };
  const ranges = await all<Subnet>(subnets.list(session, query, signal));
  return ranges
    .sort(byName((subnet) => `${isDefault.get(subnet.network_id) ? 0 : 1} ${subnet.created_at} ${subnet.id}`))
    .map((subnet) => subnet.cidr);
}

const byName =
  <T>(name: (of: T) => string) =>
  (one: T, other: T): number => {
    const [a, b] = [name(one), name(other)];
    return a < b ? -1 : a > b ? 1 : 0;
  };

/** All things of a list. */
export async function all<T>(things: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const thing of things) found.push(thing);
  return found;
}
