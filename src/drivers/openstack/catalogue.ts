import { createHash } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import { type Catalogue, DriverError, type ForeignImage, type ForeignSnapshot } from '../../ports/driver.ts';
import type { Log } from '../../ports/log.ts';
import type { Shelf } from '../../ports/store.ts';
import { hardwareOf, type InstanceTypes, instanceTypeOf, instanceTypes } from './flavors.ts';
import type { Adopted, ForeignImages } from './foreignImages.ts';
import { type Names, type Offered, readOffered } from './offered.ts';
import type { Session } from './rest/session.ts';
import { type KnownZone, regionFacts, zonesOf } from './zones.ts';

export interface CatalogueParts {
  readonly region: string;
  /** Of the user that works for everyone; what it sees is what everyone is offered. */
  readonly session: Session;
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly log: Log;
  readonly names: Names;
  /** Instance types that stand for flavors, by the flavors' names. */
  readonly aliases: Readonly<Record<string, string>>;
}

export interface OpenStackCatalogue extends Catalogue {
  /**
   * What was read less than 15 s ago is not read again. Throws a DriverError when nothing is known and the cloud cannot be
   * asked; otherwise waits for a slow cloud no longer than 2 s, and lets it answer later.
   */
  refresh(): Promise<void>;
  /** Nova's id of the flavor that an instance type means. */
  flavorOf(instanceType: string): Promise<string | undefined>;
  /** Glance's id of a public image, kernel or ramdisk that has bytes: none where its root is a volume. */
  imageOf(image: string): Promise<string | undefined>;
  /** The id by which one of Glance's public images is shown, as far as it was read. */
  shownAs(native: string): string | undefined;
  /** Cinder's id of a snapshot that a public image is made of. */
  snapshotOf(snapshot: string): Promise<string | undefined>;
}

/** What is known, ready to be asked. */
interface Known {
  readonly text: string;
  readonly imagesText: string;
  readonly types: InstanceTypes;
  readonly images: readonly ForeignImage[];
  readonly snapshots: readonly ForeignSnapshot[];
  readonly natives: ReadonlyMap<string, string>;
  readonly shownAs: ReadonlyMap<string, string>;
  readonly zones: readonly KnownZone[];
  readonly publicRange: string | undefined;
}

/** How long something stands, in milliseconds. */
const freshMs = 15_000;
/** How long a cloud that failed to answer is left alone. */
const pauseMs = 5_000;
/** How long those wait who have something older to go by. */
const patienceMs = 2_000;

/** What a region's cloud offers. Knows nothing before the first `refresh`. */
export function createCatalogue(parts: CatalogueParts): OpenStackCatalogue {
  const { region, clock } = parts;
  const state = createState(parts);
  const types = () => state.known()?.types;
  const facts = regionFacts(region, () => state.known()?.zones ?? []);

  const refresh = async (): Promise<void> => {
    if (state.known() === undefined) await state.recall();
    if (state.known() === undefined) await state.refresh();
    else if (state.old()) await sooner(state.refresh(), clock);
  };
  /** One that came to the cloud a moment ago may be asked for before anyone refreshes. */
  const find = async <T>(look: () => T | undefined): Promise<T | undefined> => {
    const found = look();
    if (found !== undefined) return found;
    await refresh();
    return look();
  };
  const nativeOf = (id: string) => find(() => state.known()?.natives.get(id));

  return {
    refresh,
    regions: () => [facts],
    region: (name) => (name === region ? facts : regionFacts(name, () => [])),
    publicAddressRange: (name) => (name === region && state.known()?.publicRange) || reservedRange(name),
    instanceTypeNames: () => types()?.names ?? [],
    hardware: (name) => mapped(types()?.byName.get(name), hardwareOf),
    instanceType: (name) => mapped(types()?.byName.get(name), instanceTypeOf),
    images: () => state.known()?.images ?? none,
    snapshots: () => state.known()?.snapshots ?? none,
    flavorOf: (name) => find(() => types()?.byName.get(name)?.flavor.id),
    imageOf: nativeOf,
    shownAs: (native) => state.known()?.shownAs.get(native),
    snapshotOf: nativeOf,
  };
}

const none: readonly never[] = [];

const mapped = <T, R>(value: T | undefined, to: (value: T) => R): R | undefined =>
  value === undefined ? undefined : to(value);

/** Waits for the work, but not for ever. */
async function sooner(work: Promise<void>, clock: Clock): Promise<void> {
  let stop = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    const timer = clock.at(clock.now() + patienceMs, resolve);
    stop = () => timer.cancel();
  });
  try {
    await Promise.race([work, late]);
  } finally {
    stop();
  }
}

/**
 * A million addresses for a region whose public ones nobody told us, out of 240.0.0.0/4, which is reserved (RFC 1112) and
 * routed nowhere.
 */
function reservedRange(region: string): string {
  const [at = 0] = createHash('sha256').update(region).digest();
  return `${240 + (at >> 4)}.${(at & 15) << 4}.0.0/12`;
}

/** Keeps what is known in memory and on the shelf, and reads it again when it is old. */
function createState(parts: CatalogueParts) {
  const { region, session, names, shelf, clock, log } = parts;
  const key = `catalogue/${region}`;
  let known: Known | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const take = (text: string): void => {
    if (text !== known?.text) known = knownOf(text, known, parts);
  };
  const recall = async (): Promise<void> => {
    const text = await shelf.get(key);
    if (text !== undefined) take(text);
  };
  const old = (): boolean => known === undefined || clock.now() >= nextAt;
  const read = async (): Promise<void> => {
    try {
      const text = JSON.stringify(await readOffered(session, names));
      nextAt = clock.now() + freshMs;
      if (text === known?.text) return;
      take(text);
      await shelf.put(key, text);
    } catch (error) {
      if (!(error instanceof DriverError) || known === undefined) throw error;
      nextAt = clock.now() + pauseMs;
      log.warn({ region, trouble: error.trouble, error: error.message }, 'the catalogue could not be read again');
    }
  };
  return {
    known: () => known,
    recall,
    old,
    async refresh(): Promise<void> {
      if (!old()) return;
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}

/** Images and snapshots that did not change stay the same objects. */
function knownOf(text: string, before: Known | undefined, { region, aliases, log }: CatalogueParts): Known {
  const offered = JSON.parse(text) as Offered;
  const types = instanceTypes(offered.flavors, aliases);
  if (types.astray.length > 0 && types.astray.join() !== before?.types.astray.join())
    log.warn({ region, aliases: types.astray }, 'aliases of instance types name flavors that there are not');
  const imagesText = JSON.stringify(offered.images);
  return {
    text,
    types,
    zones: zonesOf(region, offered.zones),
    publicRange: offered.publicRanges[0],
    ...(before?.imagesText === imagesText ? imagesIn(before) : { imagesText, ...shownOf(offered.images) }),
  };
}

type Shown = Pick<Known, 'images' | 'snapshots' | 'natives' | 'shownAs'>;

const imagesIn = ({ imagesText, images, snapshots, natives, shownAs }: Known) => ({
  ...{ imagesText, images, snapshots },
  ...{ natives, shownAs },
});

function shownOf({ images, snapshots }: ForeignImages): Shown {
  const withBytes = images.filter(({ shown }) => shown.rootDeviceType !== 'ebs');
  const both: readonly Adopted<ForeignImage | ForeignSnapshot>[] = [...withBytes, ...snapshots];
  return {
    images: images.map(({ shown }) => shown),
    snapshots: snapshots.map(({ shown }) => shown),
    natives: new Map(both.map(({ native, shown }) => [shown.id, native])),
    shownAs: new Map(images.map(({ native, shown }) => [native, shown.id])),
  };
}
