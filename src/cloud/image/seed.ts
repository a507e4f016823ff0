import { createHash } from 'node:crypto';
import { fail } from '../../kernel/errors.ts';
import { type Resource, type Row, resource } from '../../kernel/resource.ts';
import {
  type Catalogue,
  type Driver,
  DriverError,
  type ForeignBlockDevice,
  type ForeignImage,
  type ForeignSnapshot,
} from '../../ports/driver.ts';
import type { Scope, Writer } from '../../ports/store.ts';
import { entriesOf, entryChanges, rowOf } from '../context/rows.ts';
import type { World } from '../context/world.ts';
import type { SnapshotRow } from '../snapshot/row.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import { image } from './image.ts';
import type { BlockDeviceRow, ImageRow } from './row.ts';

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
    await put(writer, region, image, rows.images);
    await put(writer, region, snapshot, rows.snapshots);
    await put(
      writer,
      region,
      catalogueMark,
      [{ ...markOf(world, region), digest, ...(driver.catalogue.refresh && { put: now }) }],
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
  for (const { kind } of [image, snapshot]) {
    const found = await writer.items({ kind, region, ids });
    await writer.remove(found.filter((item) => gone.has(`${item.account}/${item.id}`)));
  }
}

/** Adds the rows that are not there, and changes those that say something else. Stable ids make doubles impossible. */
async function put<R extends Row>(
  writer: Writer,
  region: string,
  kind: Resource<R>,
  rows: readonly R[],
  of: Partial<Scope> = {},
): Promise<void> {
  if (rows.length === 0) return;
  const found = await writer.items({ kind: kind.kind, region, ...of, ids: rows.map((row) => row.id) });
  const there = new Map(found.map((item) => [`${item.account}/${item.id}`, item]));
  const added: R[] = [];
  for (const row of rows) {
    const item = there.get(`${row.account}/${row.id}`);
    const body = JSON.stringify(row);
    if (item === undefined) added.push(row);
    else if (item.body !== body) await writer.update(item, body, entryChanges(kind, rowOf<R>(item), row));
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
  images: catalogue.images(region).map((one) => imageRow(one, region)),
  snapshots: catalogue.snapshots(region).map((one) => snapshotRow(one, region)),
});

function imageRow(of: ForeignImage, region: string): ImageRow {
  return {
    id: of.id,
    account: of.ownerId,
    region,
    createdAt: of.createdAt,
    tags: {},
    state: 'available',
    type: of.type,
    name: of.name,
    location: of.location,
    architecture: of.architecture,
    platformDetails: of.platformDetails,
    usageOperation: of.usageOperation,
    virtualization: of.virtualizationType,
    hypervisor: of.hypervisor,
    rootDeviceType: of.rootDeviceType,
    blockDevices: of.blockDevices.map(blockDeviceRow),
    enaSupport: of.enaSupport,
    launchPermissions: ['all'],
    productCodes: [],
    freeTierEligible: of.freeTierEligible,
    ...given({
      description: of.description,
      ownerAlias: of.ownerAlias,
      platform: of.platform,
      rootDeviceName: of.rootDeviceName,
      kernel: of.kernelId,
      ramdisk: of.ramdiskId,
      sriov: of.sriovNetSupport,
      bootMode: of.bootMode,
      tpm: of.tpmSupport,
      imdsSupport: of.imdsSupport,
      deprecatedAt: of.deprecatedAt,
    }),
  };
}

function blockDeviceRow({ deviceName, virtualName, ebs }: ForeignBlockDevice): BlockDeviceRow {
  if (ebs === undefined) return { device: deviceName, ...given({ virtualName }) };
  return {
    device: deviceName,
    ebs: {
      snapshot: ebs.snapshotId,
      sizeGiB: ebs.sizeGiB,
      type: ebs.volumeType,
      ...given({ iops: ebs.iops, throughput: ebs.throughputMBps }),
      deleteOnTermination: ebs.deleteOnTermination,
      encrypted: ebs.encrypted,
    },
  };
}

const snapshotRow = (of: ForeignSnapshot, region: string): SnapshotRow => ({
  id: of.id,
  account: of.ownerId,
  region,
  createdAt: of.startedAt,
  tags: {},
  state: 'completed',
  // EC2 shows this volume for snapshots whose volume is nobody's business.
  volume: 'vol-ffffffff',
  sizeGiB: of.sizeGiB,
  description: of.description,
  encrypted: of.encrypted,
  progress: 100,
  completedAt: of.startedAt,
  permissions: ['all'],
  ...given({ ownerAlias: of.ownerAlias }),
});

/** The members that have a value. */
const given = <T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
