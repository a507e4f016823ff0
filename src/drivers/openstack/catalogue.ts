import { createHash } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import { type Catalogue, DriverError, type ForeignImage, type ForeignSnapshot } from '../../ports/driver.ts';
import type { Log } from '../../ports/log.ts';
import type { Shelf } from '../../ports/store.ts';
import { createAccountTypes, type Everybodys } from './catalogue/accountTypes.ts';
import { hardwareOf, instanceTypeOf, instanceTypes, isPrivate } from './catalogue/flavors.ts';
import { all, type Names, type Offered, readOffered } from './catalogue/offered.ts';
import { type Outage, outageOf, slow, zonesDuring } from './catalogue/outage.ts';
import { sooner } from './catalogue/sooner.ts';
import { type KnownZone, regionFacts, zonesOf } from './catalogue/zones.ts';
import type { Adopted, ForeignImages } from './images/foreignImages.ts';
import type { PlaceOf } from './places.ts';
import { volumeZones } from './rest/cinder.ts';
import type { Flavor } from './rest/nova.ts';
import type { Session } from './rest/session.ts';

export interface CatalogueParts {
  readonly region: string;
  /** Of the user that works for everyone; what it sees is what everyone is offered, but for private flavors. */
  readonly session: Session;
  /** Where accounts have private flavors. */
  readonly placeOf: PlaceOf;
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly log: Log;
  readonly names: Names;
  /** Instance types that stand for flavors, by the flavors' names. */
  readonly aliases: Readonly<Record<string, string>>;
}

export interface OpenStackCatalogue extends Catalogue {
  /**
   * What was read less than 15 s ago is not waited for again; after 10 s it is read behind who asks. Throws a DriverError when nothing is known and the cloud cannot be
   * asked; otherwise waits for a slow cloud no longer than 2 s, and lets it answer later.
   */
  refresh(): Promise<void>;
  /** As `refresh`, and throws a DriverError when the cloud, or a part of it, did not answer the last time. */
  check(): Promise<void>;
  refreshTypes(account: string, names?: readonly string[]): Promise<void>;
  /** Nova's id of the flavor that an instance type means for an account. */
  flavorOf(instanceType: string, account: string): Promise<string | undefined>;
  /** Glance's id of a public image, kernel or ramdisk that has bytes: none where its root is a volume. */
  imageOf(image: string): Promise<string | undefined>;
  /** Under which EC2 id a public image of Glance's is shown. */
  shownAs(native: string): string | undefined;
  /** The flavor that an instance type means for an account, as it is known. */
  flavor(instanceType: string, account: string): Flavor | undefined;
  /** The name of the flavor that an instance type means for an account; that of an alias also where the account may use it no more. */
  flavorName(instanceType: string, account: string): string | undefined;
  /** Cinder's id of a snapshot that a public image is made of. */
  snapshotOf(snapshot: string): Promise<string | undefined>;
}

/** What is known, ready to be asked. */
interface Known extends Everybodys {
  readonly text: string;
  readonly imagesText: string;
  readonly images: readonly ForeignImage[];
  readonly snapshots: readonly ForeignSnapshot[];
  readonly natives: ReadonlyMap<string, string>;
  /** The same the other way round. */
  readonly shown: ReadonlyMap<string, string>;
  readonly zones: readonly KnownZone[];
  readonly publicRange: string | undefined;
}

/** How long something stands, in milliseconds. */
const freshMs = 15_000;
/** How long before it no longer stands it is read again, while nobody waits for that. */
const aheadMs = 5_000;
/** How long a cloud that failed to answer is left alone. */
const pauseMs = 5_000;
/** How long a reading may take, where something older is known. */
const longestMs = 30_000;

/** What a region's cloud offers. Knows nothing before the first `refresh`. */
export function createCatalogue(parts: CatalogueParts): OpenStackCatalogue {
  const { region } = parts;
  const state = createState(parts);
  const own = createAccountTypes({ ...parts, everybodys: state.known });
  const named = (name: string, account: string) => own.of(account)?.byName.get(name);
  const facts = regionFacts(region, () => zonesDuring(state.outage(), state.known()?.zones ?? []));

  const refresh = async (): Promise<void> => {
    if (state.known() === undefined) await state.recall();
    if (state.known() === undefined) await state.refresh();
    else if (state.old()) await state.refreshSoon();
    else state.refreshAhead();
  };
  const check = async (): Promise<void> => {
    await refresh();
    const outage = state.outage();
    if (outage !== undefined) throw new DriverError('unavailable', outage.message);
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
    check,
    regions: () => [facts],
    region: (name) => (name === region ? facts : regionFacts(name, () => [])),
    publicAddressRange: (name) => (name === region && state.known()?.publicRange) || reservedRange(name),
    refreshTypes: own.refresh,
    instanceTypeNames: (_, account) => own.of(account)?.names ?? [],
    hardware: (name, account) => mapped(named(name, account), hardwareOf),
    instanceType: (name, account) => mapped(named(name, account), instanceTypeOf),
    images: () => state.known()?.images ?? none,
    snapshots: () => state.known()?.snapshots ?? none,
    async flavorOf(name, account) {
      const look = () => named(name, account)?.flavor.id;
      const found = await find(look);
      if (found !== undefined) return found;
      await own.refresh(account, [name]);
      return look();
    },
    imageOf: nativeOf,
    shownAs: (native) => state.known()?.shown.get(native),
    flavor: (name, account) => named(name, account)?.flavor,
    flavorName: (name, account) => named(name, account)?.flavor.name ?? parts.aliases[name],
    snapshotOf: nativeOf,
  };
}

const none: readonly never[] = [];

const mapped = <T, R>(value: T | undefined, to: (value: T) => R): R | undefined =>
  value === undefined ? undefined : to(value);

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
  const { region, shelf, clock, log } = parts;
  const key = `catalogue/${region}`;
  let known: Known | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let outage: Outage | undefined;

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
      const found = await readWhole(parts, known !== undefined);
      outage = found.outage;
      nextAt = clock.now() + (outage === undefined ? freshMs : pauseMs);
      if (found.text === known?.text) return;
      take(found.text);
      await shelf.put(key, found.text);
    } catch (error) {
      if (!(error instanceof DriverError) || known === undefined) throw error;
      outage = outageOf(error);
      nextAt = clock.now() + pauseMs;
      log.warn({ region, trouble: error.trouble, error: error.message }, 'the catalogue could not be read again');
    }
  };
  const readOnce = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const refresh = async (): Promise<void> => {
    if (old()) await readOnce();
  };
  return {
    known: () => known,
    outage: () => outage,
    recall,
    old,
    refresh,
    refreshAhead(): void {
      if (reading !== undefined || outage !== undefined || clock.now() < nextAt - aheadMs) return;
      readOnce().catch((error: unknown) => log.error({ region, err: error }, 'the catalogue could not be kept'));
    },
    async refreshSoon(): Promise<void> {
      if (reading !== undefined && outage !== undefined) return;
      if (!(await sooner(refresh(), clock)) && reading !== undefined) outage ??= slow;
    },
  };
}

/** What the cloud offers, and the outage of the one service that nothing of it comes from. */
async function readWhole(
  { session, names, clock }: CatalogueParts,
  bounded: boolean,
): Promise<{ readonly text: string; readonly outage: Outage | undefined }> {
  const end = new AbortController();
  const timer = bounded ? clock.at(clock.now() + longestMs, () => end.abort()) : undefined;
  try {
    const [offered, outage] = await Promise.all([
      readOffered(session, names, end.signal),
      volumeOutage(session, end.signal),
    ]);
    return { text: JSON.stringify(offered), outage };
  } finally {
    timer?.cancel();
  }
}

/** Not every cloud has Cinder. */
async function volumeOutage(session: Session, signal: AbortSignal): Promise<Outage | undefined> {
  try {
    await all(volumeZones(session, signal));
    return undefined;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return error.trouble === 'invalid' ? undefined : outageOf(error);
  }
}

/** Images and snapshots that did not change stay the same objects. */
function knownOf(text: string, before: Known | undefined, { region, aliases, log }: CatalogueParts): Known {
  const offered = JSON.parse(text) as Offered;
  // What an older version has written down has private ones among them.
  const flavors = offered.flavors.filter((flavor) => !isPrivate(flavor));
  const types = instanceTypes(flavors, aliases);
  if (types.astray.length > 0 && types.astray.join() !== before?.types.astray.join())
    log.warn(
      { region, aliases: types.astray },
      'aliases of instance types name flavors that there are not, or not for everybody',
    );
  const imagesText = JSON.stringify(offered.images);
  return {
    text,
    flavors,
    types,
    zones: zonesOf(region, offered.zones),
    publicRange: offered.publicRanges[0],
    ...(before?.imagesText === imagesText ? imagesIn(before) : { imagesText, ...shownOf(offered.images) }),
  };
}

const imagesIn = ({ imagesText, images, snapshots, natives, shown }: Known) => ({
  imagesText,
  images,
  snapshots,
  natives,
  shown,
});

function shownOf({ images, snapshots }: ForeignImages): Pick<Known, 'images' | 'snapshots' | 'natives' | 'shown'> {
  const withBytes = images.filter(({ shown }) => shown.rootDeviceType !== 'ebs');
  const both: readonly Adopted<ForeignImage | ForeignSnapshot>[] = [...withBytes, ...snapshots];
  return {
    images: images.map(({ shown }) => shown),
    snapshots: snapshots.map(({ shown }) => shown),
    natives: new Map(both.map(({ native, shown }) => [shown.id, native])),
    shown: new Map(images.map(({ native, shown }) => [native, shown.id])),
  };
}
