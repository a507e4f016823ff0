import type { Changes, ForeignOwnImage } from '../../ports/foreign.ts';
import type { Writing } from '../context/writing.ts';
import type { Adoption, Unsettled } from '../foreign/adopter.ts';
import { shownImage } from './foreignRow.ts';
import { image } from './image.ts';
import type { ImageRow } from './row.ts';

/** Makes an account's images what the cloud says. */
export const imageAdoption: Adoption<ForeignOwnImage> = { kinds: [image.kind], adopt: adoptImages };

/**
 * Its own images and those that others share with it appear, change and go. An image that we made keeps what its requests
 * say of it; one that an operation is at work on is left alone.
 */
async function adoptImages(
  tx: Writing,
  { things, whole, gone, unsure = [] }: Changes<ForeignOwnImage>,
  unsettled: Unsettled,
): Promise<void> {
  const rows = new Map((await tx.where(image, {})).map((row) => [row.id, row]));
  const told = new Set([...things.map(({ id }) => id), ...unsure]);
  const isGone = (row: ImageRow): boolean => isInTheCloud(row) && (whole ? !told.has(row.id) : gone.includes(row.id));
  const ending = [...rows.values()].filter(isGone);
  const news = things.filter((thing) => differs(tx, rows.get(thing.id), thing));
  const alone = await unsettled([...news, ...ending].map(({ id }) => id));
  const taken = news.filter(({ id }) => !alone.has(id));
  await tx.insertAll(
    image,
    taken.filter(({ id }) => !rows.has(id)).map((thing) => adopted(tx, thing)),
  );
  for (const thing of taken) {
    const row = rows.get(thing.id);
    if (row !== undefined) await tx.update(image, row, changesOf(tx, row, thing));
  }
  for (const row of ending) if (!alone.has(row.id)) await tx.remove(image, row);
}

const differs = (tx: Writing, row: ImageRow | undefined, thing: ForeignOwnImage): boolean =>
  row === undefined || Object.keys(changesOf(tx, row, thing)).length > 0;

/** The row of an image that others made. Its tags are the account's own, and not the cloud's. */
function adopted(tx: Writing, thing: ForeignOwnImage) {
  const foreign = thing.ownerId !== tx.account;
  return {
    ...shownImage(thing),
    state: thing.state,
    adopted: true as const,
    cloudShares: true as const,
    launchPermissions: thing.isPublic ? ['all'] : foreign ? [tx.account] : [],
    productCodes: [],
    ...(foreign && { owner: thing.ownerId }),
    ...(thing.isProtected && { isProtected: true as const }),
    ...(thing.state === 'failed' && { stateReason: unusable }),
  };
}

const unusable = { code: 'Server.InternalError', message: 'The cloud says that the image cannot be used.' };

/** What of a row is otherwise by the cloud's word; nothing, where it says the same. */
function changesOf(tx: Writing, row: ImageRow, thing: ForeignOwnImage): Partial<ImageRow> {
  // What is public is the catalogue's to show; that it is public no more, the owner is told here first.
  if (row.offered && thing.isPublic) return {};
  const after = row.adopted || row.offered ? restated(tx, row, thing) : mended(row, thing);
  const names = Object.keys({ ...row, ...after }) as (keyof ImageRow)[];
  const changed = names.filter((name) => JSON.stringify(row[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}

/** All that the cloud says; what only requests say of an image stays. */
function restated(tx: Writing, row: ImageRow, thing: ForeignOwnImage): ImageRow {
  const { account, region, tags, productCodes, imdsSupport, described, description, sharing } = row;
  const now = adopted(tx, thing);
  const launchPermissions = row.offered ? now.launchPermissions : permissionsOf(row, thing);
  return {
    ...now,
    ...{ account, region, tags, productCodes, launchPermissions },
    ...(described && { described, ...(description !== undefined && { description }) }),
    ...(imdsSupport !== undefined && { imdsSupport }),
    ...(sharing !== undefined && { sharing }),
  };
}

/** An image that we made: the cloud tells only whether it can be used, and by whom. */
function mended(row: ImageRow, thing: ForeignOwnImage): ImageRow {
  if (row.state !== 'available') return row;
  if (thing.state === 'failed') return { ...row, state: 'failed', stateReason: unusable };
  return { ...row, launchPermissions: permissionsOf(row, thing) };
}

/** The cloud tells whether everybody may launch the image; accounts are kept as requests have named them. */
function permissionsOf({ launchPermissions }: ImageRow, { isPublic }: ForeignOwnImage): readonly string[] {
  if (launchPermissions.includes('all') === isPublic) return launchPermissions;
  return isPublic ? [...launchPermissions, 'all'] : launchPermissions.filter((who) => who !== 'all');
}

/** Images that stand on our own snapshots alone are in no cloud's list. */
const isInTheCloud = (row: ImageRow): boolean =>
  row.adopted === true ||
  (row.sourceInstance !== undefined && row.rootDeviceType === 'instance-store' && row.state === 'available');
