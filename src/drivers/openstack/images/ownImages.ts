import type { Clock } from '../../../ports/clock.ts';
import type { Call } from '../../../ports/driver.ts';
import type { Feed, ForeignOwnImage } from '../../../ports/foreign.ts';
import { all, type Names, page } from '../catalogue/offered.ts';
import type { Claim } from '../claims.ts';
import { accountsOf } from '../owners.ts';
import type { PlaceOf } from '../places.ts';
import { createRemembered } from '../remembered.ts';
import { type Image, type ImageFilters, images as listImages } from '../rest/glance.ts';
import type { Session } from '../rest/session.ts';
import { foreignImages } from './foreignImages.ts';
import type { Naming } from './imageNames.ts';

export interface OwnImagesParts extends Names {
  readonly placeOf: PlaceOf;
  readonly clock: Clock;
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

/**
 * The images of projects: their own, and those that other projects share with them. The feed tells the own ones as they are
 * now, and the others as of the last 15 s.
 */
export interface OwnImages extends Feed<ForeignOwnImage> {
  /** The project's image of that id. Asks Glance when it was not in the last list. */
  find(id: string, call: Call): Promise<OwnImage | undefined>;
  /** Cinder's id of a snapshot that one of these images is made of. */
  snapshotOf(id: string, call: Call): Promise<string | undefined>;
  /** With whom an image is shared has changed: who is shown images next is shown that. */
  sharesChanged(): void;
}

/** How long what others share stands for those who are shown it. */
const sharesStand = { most: 15_000, behind: 5_000 } as const;

/** What was read for an account. */
interface Reading {
  readonly things: readonly ForeignOwnImage[];
  readonly images: ReadonlyMap<string, OwnImage>;
  readonly snapshots: ReadonlyMap<string, string>;
}

export function createOwnImages(parts: OwnImagesParts): OwnImages {
  const last = new Map<string, Reading>();
  const { placeOf, clock } = parts;
  const shares = createRemembered({
    clock,
    read: async (call) => readShared((await placeOf(call.account)).session, call),
  });
  const read = async (call: Call, shared: Promise<readonly Image[]>): Promise<Reading> => {
    const { session, project } = await placeOf(call.account);
    const [own, theirs] = await Promise.all([list(session, { owner: project }, call), shared]);
    // Glance counts one's own among the shared ones; these are as old as the rest of that list.
    const found = [...own, ...theirs.filter(({ owner }) => owner !== project)].filter(
      ({ status }) => !gone.has(status),
    );
    const naming = await namingOf(found, parts);
    const claimed = await claimedOf(found, project, naming, parts, call);
    const made = new Map([...naming.made, ...claimed]);
    const reading = readingOf(found, project, { ...naming, made });
    last.set(call.account, reading);
    return reading;
  };
  const find = async <T>(call: Call, look: (reading: Reading) => T | undefined): Promise<T | undefined> => {
    const known = last.get(call.account);
    return (known && look(known)) ?? look(await read(call, shares.read(call)));
  };
  return {
    async changes(_, call) {
      const { things } = await read(call, shares.get(call, sharesStand));
      return { whole: true, things, gone: [] };
    },
    find: (id, call) => find(call, ({ images }) => images.get(id)),
    snapshotOf: (id, call) => find(call, ({ snapshots }) => snapshots.get(id)),
    sharesChanged: shares.forget,
  };
}

const list = (session: Session, filters: ImageFilters, { signal }: Call): Promise<readonly Image[]> =>
  all<Image>(listImages(session, { ...filters, limit: page }, signal));

/**
 * What others share with a project, in two requests at once. EC2 has no acceptance: an image counts from the moment that it
 * is shared, unless the project has rejected it, which Glance tells of no image in a list of all.
 */
async function readShared(session: Session, call: Call): Promise<readonly Image[]> {
  const having = (member_status: 'accepted' | 'pending') =>
    list(session, { visibility: 'shared', member_status }, call);
  const found = new Map(
    (await Promise.all([having('accepted'), having('pending')])).flat().map((one) => [one.id, one]),
  );
  return [...found.values()];
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
