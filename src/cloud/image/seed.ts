import { createHash } from 'node:crypto';
import { fail } from '../../kernel/errors.ts';
import { type Resource, type Row, resource } from '../../kernel/resource.ts';
import { type Catalogue, type Driver, DriverError, type ForeignImage } from '../../ports/driver.ts';
import type { Item, Scope, Writer } from '../../ports/store.ts';
import { entriesOf, entryChanges, rowOf } from '../context/rows.ts';
import type { World } from '../context/world.ts';
import type { SnapshotRow } from '../snapshot/row.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import { publicRow, snapshotRow } from './foreignRow.ts';
import { image } from './image.ts';
import type { ImageRow } from './row.ts';

/** Tells which catalogue a region's public images and snapshots in the store are of. */
interface CatalogueRow extends Row {
  readonly digest: string;
  /** What was put there of a catalogue that changes, as `OWNER/ID`: what it has no more is taken away again. */
  readonly put?: readonly string[];
}

const catalogueMark = resource<CatalogueRow>()({
  kind: 'catalogue',
  prefix: 'catalogue',
  codes: { missing: 'InternalError', malformed: 'InternalError', noun: 'catalogue' },
  filters: {},
  view: (row) => row.id,
});

/** The account of the mark, and of the lock: publishers are many, and no request comes from this one. */
const nobody = '*';
const markId = 'catalogue';

/** What is known to be done, or under way: the images that were put there, or are being put there. */
interface Seeded {
  readonly images: readonly ForeignImage[];
  readonly done: Promise<void>;
}

const known = new WeakMap<World, Map<string, Seeded>>();

/**
 * Puts the public images and snapshots of a region's cloud into the store, owned by their publishers. Once for each
 * catalogue, however many processes and requests ask at once; a later catalogue adds what is new in it and changes what
 * it says otherwise. What is known to be done costs nothing. Refuses a region that is not offered (InvalidRegion).
 */
export async function seedCatalogue(world: World, region: string): Promise<void> {
  const { driver } = world.regions.get(region) ?? fail('InvalidRegion', `The region ${region} is not offered`);
  if (driver.catalogue.refresh !== undefined) await driver.catalogue.refresh().catch(unreachable);
  const seeded = known.get(world) ?? new Map<string, Seeded>();
  known.set(world, seeded);
  const images = driver.catalogue.images(region);
  const begun = seeded.get(region);
  if (begun?.images === images) return begun.done;
  // A catalogue that changes again meanwhile waits for this one: what is put later is what holds.
  const done = (begun?.done ?? Promise.resolve()).then(() => seed(world, region, driver));
  seeded.set(region, { images, done });
  done.catch(() => seeded.delete(region));
  return done;
}

/** Whether an answer may show what the cloud offers: all but those of the account's own things alone. */
export const showsCatalogue = ({
  mode,
  kinds,
}: {
  readonly mode: string;
  readonly kinds?: readonly string[];
}): boolean =>
  mode === 'read' &&
  (kinds === undefined || kinds.length === 0 || kinds.includes(image.kind) || kinds.includes(snapshot.kind));

/** The catalogue was never read: nothing can be told of the region. */
function unreachable(error: unknown): never {
  if (!(error instanceof DriverError)) throw error;
  return fail('Unavailable', 'The cloud behind this region cannot be reached at the moment.', error);
}

async function seed(world: World, region: string, driver: Driver): Promise<void> {
  const rows = rowsOf(driver.catalogue, region);
  const digest = createHash('sha256').update(JSON.stringify(rows)).digest('base64');
  const scope = { account: nobody, region };
  const [mark] = await world.store.read.items({ kind: catalogueMark.kind, ...scope, ids: [markId] });
  const before = mark && rowOf<CatalogueRow>(mark);
  if (before?.digest === digest) return;
  const now = [...rows.images, ...rows.snapshots].map(nameOf);
  const gone = new Set(before?.put);
  for (const name of now) gone.delete(name);
  await world.store.write(scope, async (writer) => {
    await takeAway(writer, region, gone);
    const changing = driver.catalogue.refresh !== undefined;
    await put(writer, region, image, rows.images, changing ? mergedImage : undefined);
    await put(writer, region, snapshot, rows.snapshots, changing ? mergedSnapshot : undefined);
    await put(
      writer,
      region,
      catalogueMark,
      [{ ...markOf(world, region), digest, ...(changing && { put: now }) }],
      undefined,
      scope,
    );
  });
}

const markOf = (world: World, region: string) => ({
  id: markId,
  account: nobody,
  region,
  createdAt: world.clock.now(),
  tags: {},
});

const nameOf = (row: Row): string => `${row.account}/${row.id}`;

/** Removes what the cloud offers no more. Whoever launched it keeps its id, as on AWS. */
async function takeAway(writer: Writer, region: string, gone: ReadonlySet<string>): Promise<void> {
  if (gone.size === 0) return;
  const ids = [...gone].map((name) => name.slice(name.indexOf('/') + 1));
  const found = async (kind: string) =>
    (await writer.items({ kind, region, ids })).filter((item) => gone.has(`${item.account}/${item.id}`));
  const images = await found(image.kind);
  await writer.remove(images.filter((item) => rowOf<ImageRow>(item).offered));
  for (const item of images) {
    const row = rowOf<ImageRow>(item);
    if (row.offered || row.sharing !== undefined) continue;
    await change(writer, image, item, {
      ...row,
      launchPermissions: row.launchPermissions.filter((who) => who !== 'all'),
    });
  }
  const snapshots = await found(snapshot.kind);
  await writer.remove(snapshots.filter((item) => isOffered(rowOf<SnapshotRow>(item))));
}

/** Those of the accounts' own are shared with nobody here. */
const isOffered = (row: SnapshotRow): boolean => row.permissions.includes('all');

/**
 * What a changing catalogue makes of an image that is there. One that its account made, or has by the cloud's word, is the
 * account's: the catalogue tells only that everybody may launch it now. Of its own it keeps the owner's tags.
 */
function mergedImage(there: ImageRow, row: ImageRow): ImageRow {
  if (there.offered) return { ...row, tags: there.tags };
  if (there.sharing !== undefined || there.launchPermissions.includes('all')) return there;
  return { ...there, launchPermissions: [...there.launchPermissions, 'all'] };
}

const mergedSnapshot = (there: SnapshotRow, row: SnapshotRow): SnapshotRow => (isOffered(there) ? row : there);

async function change<R extends Row>(writer: Writer, kind: Resource<R>, item: Item, row: R): Promise<void> {
  const body = JSON.stringify(row);
  if (item.body !== body) await writer.update(item, body, entryChanges(kind, rowOf<R>(item), row));
}

/** Adds the rows that are not there, and changes those that say something else. Stable ids make doubles impossible. */
async function put<R extends Row>(
  writer: Writer,
  region: string,
  kind: Resource<R>,
  rows: readonly R[],
  merged: (there: R, row: R) => R = (_, row) => row,
  of: Partial<Scope> = {},
): Promise<void> {
  if (rows.length === 0) return;
  const found = await writer.items({ kind: kind.kind, region, ...of, ids: rows.map((row) => row.id) });
  const there = new Map(found.map((item) => [`${item.account}/${item.id}`, item]));
  const added: R[] = [];
  for (const row of rows) {
    const item = there.get(`${row.account}/${row.id}`);
    if (item === undefined) added.push(row);
    else await change(writer, kind, item, merged(rowOf<R>(item), row));
  }
  await writer.insert(
    added.map((row) => ({
      kind: kind.kind,
      account: row.account,
      region,
      id: row.id,
      body: JSON.stringify(row),
      entries: entriesOf(kind, row),
    })),
  );
}

const rowsOf = (catalogue: Catalogue, region: string) => ({
  images: catalogue
    .images(region)
    .map((one) => publicRow(one, region))
    .map((row) => (catalogue.refresh === undefined ? row : { ...row, offered: true as const })),
  snapshots: catalogue.snapshots(region).map((one) => snapshotRow(one, region)),
});
