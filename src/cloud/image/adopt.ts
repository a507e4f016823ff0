import type { Changes, ForeignOwnImage } from '../../ports/foreign.ts';
import type { Writing } from '../context/writing.ts';
import { deregisteredAmong } from './deregistered.ts';
import { shownImage } from './foreignRow.ts';
import { image } from './image.ts';
import type { ImageRow } from './row.ts';

/**
 * How long an image that we made stays after the cloud has not told of it: what was asked while it was being made may be
 * answered later. Milliseconds.
 */
const newMs = 60_000;

/**
 * Makes an account's images what the cloud says: its own and those that others share with it appear, change and go. An
 * image that we made keeps what its requests say of it; one that an operation is at work on is left alone.
 */
export async function adoptImages(tx: Writing, { things, whole, gone }: Changes<ForeignOwnImage>): Promise<void> {
  const rows = new Map((await tx.where(image, {})).map((row) => [row.id, row]));
  const told = new Set(things.map(({ id }) => id));
  const unknown = things.filter(({ id }) => !rows.has(id));
  const deregistered = await deregisteredAmong(
    tx,
    unknown.map(({ id }) => id),
  );
  await tx.insertAll(
    image,
    unknown.filter(({ id }) => !deregistered.has(id)).map((thing) => adopted(tx, thing)),
  );
  for (const thing of things) {
    const row = rows.get(thing.id);
    if (row !== undefined) await change(tx, row, thing);
  }
  const isGone = (row: ImageRow): boolean => (whole ? !told.has(row.id) : gone.includes(row.id));
  for (const row of rows.values()) if (isGone(row) && goesWithTheCloud(row, tx.now)) await tx.remove(image, row);
}

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

async function change(tx: Writing, row: ImageRow, thing: ForeignOwnImage): Promise<void> {
  // What is public is the catalogue's to show; that it is public no more, the owner is told here first.
  if (row.offered && thing.isPublic) return;
  if (row.adopted || row.offered) return restate(tx, row, thing);
  if (row.state !== 'available') return;
  const launchPermissions = permissionsOf(row, thing);
  if (thing.state === 'failed') await tx.update(image, row, { state: 'failed', stateReason: unusable });
  else if (launchPermissions !== row.launchPermissions) await tx.update(image, row, { launchPermissions });
}

/** Writes what the cloud says otherwise: an unchanged image costs nothing. What only requests say of an image stays. */
async function restate(tx: Writing, row: ImageRow, thing: ForeignOwnImage): Promise<void> {
  const { account, region, tags, productCodes, imdsSupport, described, description, sharing } = row;
  const now = adopted(tx, thing);
  const launchPermissions = row.offered ? now.launchPermissions : permissionsOf(row, thing);
  const after: ImageRow = {
    ...now,
    ...{ account, region, tags, productCodes, launchPermissions },
    ...(described && { described, description }),
    ...(imdsSupport !== undefined && { imdsSupport }),
    ...(sharing !== undefined && { sharing }),
  } as ImageRow;
  const names = Object.keys({ ...row, ...after }) as (keyof ImageRow)[];
  const changed = names.filter((name) => JSON.stringify(row[name]) !== JSON.stringify(after[name]));
  if (changed.length > 0)
    await tx.update(image, row, Object.fromEntries(changed.map((name) => [name, after[name]])) as Partial<ImageRow>);
}

/**
 * The cloud tells whether everybody may launch the image; accounts are kept as requests have named them. While the cloud
 * has not been told of the last request, the request holds.
 */
function permissionsOf({ launchPermissions, sharing }: ImageRow, { isPublic }: ForeignOwnImage): readonly string[] {
  if (sharing !== undefined || launchPermissions.includes('all') === isPublic) return launchPermissions;
  return isPublic ? [...launchPermissions, 'all'] : launchPermissions.filter((who) => who !== 'all');
}

/** Images that stand on our own snapshots alone are in no cloud's list. */
function goesWithTheCloud(row: ImageRow, now: number): boolean {
  if (row.adopted) return true;
  const kept = row.sourceInstance !== undefined && row.rootDeviceType === 'instance-store';
  return kept && row.state === 'available' && row.createdAt + newMs < now;
}
