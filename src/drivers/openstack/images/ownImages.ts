import type { Call } from '../../../ports/driver.ts';
import type { Feed, ForeignOwnImage } from '../../../ports/foreign.ts';
import { all, type Names, page } from '../catalogue/offered.ts';
import type { Claim } from '../claims.ts';
import { accountsOf } from '../owners.ts';
import type { Place, PlaceOf } from '../places.ts';
import { type Image, type ImageFilters, images as listImages } from '../rest/glance.ts';
import { foreignImages } from './foreignImages.ts';
import type { Naming } from './imageNames.ts';

export interface OwnImagesParts extends Names {
  readonly placeOf: PlaceOf;
  /** Ids of images that we may have made and have lost sight of: Glance has them under their ids as names. */
  readonly halfMade: () => Promise<ReadonlySet<string>>;
  /** Whether an image of the project's may have the id of ours that it says it has. */
  readonly claim: (id: string, native: string, call: Call) => Promise<Claim>;
  /** The id of one of Glance's public images. */
  readonly shownAs: (native: string) => string | undefined;
}

/** An image that a project has or may use, as Glance has it. */
export interface OwnImage {
  readonly native: string;
  /** The project's own, not one that is shared with it. */
  readonly own: boolean;
  /** It has no bytes: its root is a volume made of a snapshot. */
  readonly ofVolumes: boolean;
}

/** The images of projects: their own, and those that other projects share with them. */
export interface OwnImages extends Feed<ForeignOwnImage> {
  /** The project's image of that id. Asks Glance when it was not in the last list. */
  find(id: string, call: Call): Promise<OwnImage | undefined>;
  /** Cinder's id of a snapshot that one of these images is made of. */
  snapshotOf(id: string, call: Call): Promise<string | undefined>;
}

/** What was read for an account. */
interface Reading {
  readonly things: readonly ForeignOwnImage[];
  readonly images: ReadonlyMap<string, OwnImage>;
  readonly snapshots: ReadonlyMap<string, string>;
}

export function createOwnImages(parts: OwnImagesParts): OwnImages {
  const last = new Map<string, Reading>();
  const read = async (call: Call): Promise<Reading> => {
    const place = await parts.placeOf(call.account);
    const found = await readImages(place, call);
    const naming = await namingOf(found, parts);
    const claimed = await claimedOf(found, place.project, naming, parts, call);
    const made = new Map([...naming.made, ...claimed]);
    const reading = readingOf(found, place.project, { ...naming, made });
    last.set(call.account, reading);
    return reading;
  };
  const find = async <T>(call: Call, look: (reading: Reading) => T | undefined): Promise<T | undefined> => {
    const known = last.get(call.account);
    return (known && look(known)) ?? look(await read(call));
  };
  return {
    changes: async (_, call) => ({ whole: true, things: (await read(call)).things, gone: [] }),
    find: (id, call) => find(call, ({ images }) => images.get(id)),
    snapshotOf: (id, call) => find(call, ({ snapshots }) => snapshots.get(id)),
  };
}

/**
 * Asks Glance, in three requests at once, for a project's own images and for those that are shared with it. EC2 has no
 * acceptance: an image counts from the moment that it is shared, unless the project has rejected it.
 */
async function readImages({ session, project }: Place, { signal }: Call): Promise<readonly Image[]> {
  const list = (filters: ImageFilters) => all<Image>(listImages(session, { ...filters, limit: page }, signal));
  const lists = await Promise.all([
    list({ owner: project }),
    list({ visibility: 'shared', member_status: 'accepted' }),
    list({ visibility: 'shared', member_status: 'pending' }),
  ]);
  const found = new Map(lists.flat().map((image) => [image.id, image]));
  return [...found.values()].filter(({ status }) => !gone.has(status));
}

const gone: ReadonlySet<string> = new Set(['deleted', 'pending_delete']);

/** An image's word for its id does not count: whoever has a project could take another image's. */
async function namingOf(found: readonly Image[], parts: OwnImagesParts): Promise<Naming> {
  const owners = found.map(({ owner }) => owner);
  const [made, halfMade, accounts] = await Promise.all([
    parts.made(found),
    parts.halfMade(),
    accountsOf(owners, parts.accountOf),
  ]);
  const named = found.flatMap(({ id, name }) => (name !== null && halfMade.has(name) ? [[id, name] as const] : []));
  return { made: new Map([...named, ...made]), known: parts.shownAs, believe: false, accounts };
}

/**
 * What we made before the store was lost, the project's own images alone. Nova gives the images that are made of a server
 * the properties of the image that it was launched from: of ours, the name is the id, too.
 */
async function claimedOf(
  found: readonly Image[],
  project: string,
  { made }: Naming,
  { claim }: OwnImagesParts,
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  const claimed = new Map<string, string>();
  const sorted = found.toSorted((one, other) => (one.created_at < other.created_at ? -1 : 1));
  for (const { id: native, name, owner, elsewhere } of sorted) {
    if (owner !== project || made.has(native) || name === null || name !== elsewhere || !shaped.test(name)) continue;
    if ((await claim(name, native, call)) === 'its') claimed.set(native, name);
  }
  return claimed;
}

const shaped = /^ami-[0-9a-f]{17}$/;

function readingOf(found: readonly Image[], project: string, naming: Naming): Reading {
  const { images, snapshots } = foreignImages(found, naming);
  const byNative = new Map(found.map((image) => [image.id, image]));
  return {
    things: images.map(({ native, shown }) => ({ ...shown, ...stateOf(byNative.get(native)!) })),
    images: new Map(
      images.map(({ native, shown }) => [
        shown.id,
        { native, own: byNative.get(native)!.owner === project, ofVolumes: shown.rootDeviceType === 'ebs' },
      ]),
    ),
    snapshots: new Map(snapshots.map(({ native, shown }) => [shown.id, native])),
  };
}

/** One that an administrator has deactivated cannot be used: EC2 has no better word for it than failed. */
function stateOf({ status, visibility, protected: isProtected }: Image) {
  const state = status === 'active' ? 'available' : failed.has(status) ? 'failed' : 'pending';
  return { state, isPublic: visibility === 'public', isProtected } as const;
}

const failed: ReadonlySet<string> = new Set(['killed', 'deactivated']);
