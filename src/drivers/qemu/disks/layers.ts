import { chmod, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DriverError } from '../../../ports/driver.ts';
import type { Log } from '../../../ports/log.ts';
import type { Folders } from '../folders.ts';
import type { Turns } from '../locks.ts';
import {
  besides,
  fileTrouble,
  isMissing,
  makeFolder,
  namesIn,
  readRecord,
  removeFile,
  settleFile,
  unfinished,
} from '../records.ts';
import { readQcow2 } from './qcow2.ts';
import type { QemuImg } from './qemuImg.ts';
import type { SnapshotRecord } from './snapshotRecord.ts';

/**
 * Files of blocks. A file never moves and its content below the top of a volume never changes: `disk.qcow2`, `disk-1.qcow2`,
 * … in a volume's folder, each standing on the one before, the last the top. A snapshot is a record that names a layer.
 * Who stands on whom is in the files' headers and nowhere else.
 */
export interface Layers {
  /** The top of a volume, by its files alone. */
  topOf(volume: string): Promise<string | undefined>;
  /** A new top of a volume, complete on the disk when it has its name. Runs in the turn of `inTurn`. */
  add(volume: string, bytes: number, base?: string, signal?: AbortSignal): Promise<string>;
  /** Nothing is swept away while this runs. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Files from the given one down. */
  chain(path: string): Promise<readonly string[]>;
  /** Marks a layer that nobody writes to any more. */
  freeze(path: string): Promise<void>;
  /** Takes away every file that no volume and no snapshot stands on. */
  sweep(): Promise<void>;
  /** The same, with what a crash left half made. To be called when a driver starts. */
  tidy(): Promise<void>;
}

export interface LayersParts {
  readonly folders: Folders;
  readonly qemuImg: QemuImg;
  readonly turns: Turns;
  readonly log: Log;
}

const layerName = /^disk(?:-(\d+))?\.qcow2$/;

/** Number of a layer in its volume; undefined: it is none. */
export function layerNumber(path: string): number | undefined {
  const found = layerName.exec(basename(path));
  return found === null ? undefined : Number(found[1] ?? 0);
}

/** Where a volume's record is: without it, there is no volume. */
export const volumeRecord = (folders: Folders, id: string): string => join(folders.volume(id), 'volume.json');
export const snapshotRecord = (folders: Folders, id: string): string => join(folders.snapshot(id), 'snapshot.json');

export function createLayers({ folders, qemuImg, turns, log }: LayersParts): Layers {
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => turns('layers', work);
  const topOf = async (volume: string): Promise<string | undefined> => {
    const top = (await layersIn(folders.volume(volume))).at(-1);
    return top && join(folders.volume(volume), top);
  };
  const sweep = (): Promise<void> => inTurn(() => sweepLayers(folders, log));
  return {
    topOf,
    inTurn,
    sweep,
    async add(volume, bytes, base, signal) {
      const last = layerNumber((await topOf(volume)) ?? '');
      const path = join(folders.volume(volume), last === undefined ? 'disk.qcow2' : `disk-${last + 1}.qcow2`);
      const half = besides(path);
      try {
        await makeFolder(folders.volume(volume));
        await qemuImg.create(half, bytes, base, signal && { signal });
        await chmod(half, 0o600);
        await settleFile(half, path);
      } catch (error) {
        await rm(half, { force: true });
        throw fileTrouble(error, `a layer of ${volume} cannot be made`);
      }
      return path;
    },
    async chain(path) {
      const found: string[] = [];
      for (let at: string | undefined = path; at !== undefined; at = (await readLayer(at)).backing) {
        if (found.includes(at)) throw new DriverError('bug', `${path} stands on itself`);
        found.push(at);
      }
      return found;
    },
    freeze: (path) => chmod(path, 0o444),
    async tidy() {
      await inTurn(() => removeUnfinished(folders));
      await sweep();
    },
  };
}

/** The header of a layer, which has to be a qcow2. */
export async function readLayer(path: string) {
  let header: Awaited<ReturnType<typeof readQcow2>>;
  try {
    header = await readQcow2(path);
  } catch (error) {
    throw fileTrouble(error, `${path} cannot be read`);
  }
  if (header === undefined) throw new DriverError('bug', `${path} is damaged: it is no qcow2`);
  return header;
}

async function layersIn(folder: string): Promise<readonly string[]> {
  const names = (await namesIn(folder)).filter((name) => layerName.test(name));
  return names.sort((one, other) => layerNumber(one)! - layerNumber(other)!);
}

const kinds = ['volumes', 'snapshots'] as const;

async function sweepLayers(folders: Folders, log: Log): Promise<void> {
  const all = new Set<string>();
  const roots: string[] = [];
  for (const kind of kinds) {
    for (const id of await namesIn(join(folders.root, kind))) {
      if (id.endsWith(unfinished)) continue;
      const folder = join(folders.root, kind, id);
      const names = await layersIn(folder);
      for (const name of names) all.add(join(folder, name));
      const root = kind === 'volumes' ? await rootOfVolume(folders, id, names) : await rootOfSnapshot(folders, id);
      if (root !== undefined) roots.push(root);
    }
  }
  const kept = await below(roots, log);
  if (kept === undefined) return;
  for (const path of all) if (!kept.has(path)) await takeAway(path, log);
  for (const kind of kinds)
    for (const id of await namesIn(join(folders.root, kind))) await removeIfEmpty(join(folders.root, kind, id));
}

async function rootOfVolume(folders: Folders, id: string, names: readonly string[]): Promise<string | undefined> {
  const top = names.at(-1);
  if (top === undefined || (await readRecord(volumeRecord(folders, id))) === undefined) return undefined;
  return join(folders.volume(id), top);
}

async function rootOfSnapshot(folders: Folders, id: string): Promise<string | undefined> {
  const record = await readRecord<SnapshotRecord>(snapshotRecord(folders, id));
  return record && join(folders.root, record.layer);
}

/** The files given and all that they stand on; undefined when one cannot be read: then nobody knows, and all stay. */
async function below(roots: readonly string[], log: Log): Promise<ReadonlySet<string> | undefined> {
  const kept = new Set<string>();
  for (const root of roots) {
    for (let at: string | undefined = root; at !== undefined && !kept.has(at); ) {
      kept.add(at);
      try {
        at = (await readLayer(at)).backing;
      } catch (error) {
        log.error({ file: at, why: (error as Error).message }, 'a layer cannot be read, so none is taken away');
        return undefined;
      }
    }
  }
  return kept;
}

async function takeAway(path: string, log: Log): Promise<void> {
  await removeFile(path);
  log.debug({ file: path }, 'a layer that nothing stands on is gone');
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    if ((await namesIn(folder)).length === 0) await rmdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && !isMissing(error)) throw fileTrouble(error, `${folder} cannot be removed`);
  }
}

/** Half-made files in the folders of things. Folders being made have names of their own, with the process that makes them. */
async function removeUnfinished(folders: Folders): Promise<void> {
  for (const kind of kinds) {
    for (const id of await namesIn(join(folders.root, kind))) {
      if (id.endsWith(unfinished)) continue;
      const folder = join(folders.root, kind, id);
      for (const name of await namesIn(folder)) if (name.endsWith(unfinished)) await removeFile(join(folder, name));
    }
  }
}

/** The folder's path below the region's folder, for records: the region's folder may have another name one day. */
export const within = (folders: Folders, path: string): string =>
  path.slice(dirname(join(folders.root, 'x')).length + 1);
