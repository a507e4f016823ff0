import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DriverError } from '../../ports/driver.ts';

/** Ending of what is not complete. Nobody reads such a file or folder; it is swept away. */
export const unfinished = '.tmp';

/** A name beside `path` for what is to be renamed to it. */
export const besides = (path: string): string => `${path}.${randomUUID().slice(0, 8)}${unfinished}`;

/** Whether an error says that a file or folder is not there. */
export const isMissing = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
};

/** Errors of the file system, in the words of a driver. */
export function fileTrouble(error: unknown, what: string): DriverError {
  if (error instanceof DriverError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  const trouble = full ? 'no-capacity' : code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? 'denied' : 'bug';
  return new DriverError(trouble, `${what}: ${message}`, { cause: error });
}

/**
 * Writes a record so that a power cut leaves the old one or the new one. Makes its folder. One that is there as it is to be is
 * not written again: to take back what could not be written has to go where there is no room.
 */
export async function writeRecord(path: string, record: object): Promise<void> {
  const half = besides(path);
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  try {
    if ((await readText(path)) === text) return await syncFolder(dirname(path));
    await makeFolder(dirname(path));
    const file = await open(half, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(half, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(half, { force: true });
    throw fileTrouble(error, `${path} cannot be written`);
  }
}

/** Reads a record; undefined when it is not there. */
export async function readRecord<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileTrouble(error, `${path} cannot be read`);
  }
}

/** The text of a file; undefined when it is not there. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileTrouble(error, `${path} cannot be read`);
  }
}

/** Takes a record away, for good. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await syncFolder(dirname(path));
  } catch (error) {
    if (!isMissing(error)) throw fileTrouble(error, `${path} cannot be removed`);
  }
}

/** Gives a finished file its name, with everything in it on the disk first. */
export async function settleFile(half: string, path: string): Promise<void> {
  const file = await open(half, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(half, path);
  await syncFolder(dirname(path));
}

/** Makes a folder, and sees to it that it is there after a power cut. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first !== undefined) await syncFolder(dirname(first));
}

/** Names in a folder, in order; none when the folder is not there. */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw fileTrouble(error, `${path} cannot be read`);
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Records of one kind in a folder, a file each, named by our id. */
export interface RecordFiles<T> {
  read(id: string): Promise<T | undefined>;
  write(id: string, record: T): Promise<void>;
  remove(id: string): Promise<void>;
  all(): Promise<ReadonlyMap<string, T>>;
}

/** @param prefix of the ids: what does not have their form is no name of a file, and not there */
export function recordFiles<T extends object>(folder: string, prefix: string): RecordFiles<T> {
  const form = new RegExp(`^${prefix}-[0-9a-f]{8,17}$`);
  const fileOf = (id: string): string => join(folder, `${id}.json`);
  const read = async (id: string) => (form.test(id) ? readRecord<T>(fileOf(id)) : undefined);
  return {
    read,
    async write(id, record) {
      if (!form.test(id)) throw new DriverError('invalid', `${id} is not an id`);
      await writeRecord(fileOf(id), record);
    },
    remove: async (id) => (form.test(id) ? removeFile(fileOf(id)) : undefined),
    async all() {
      const ids = (await namesIn(folder)).map((name) => name.slice(0, -'.json'.length)).filter((id) => form.test(id));
      const found = await Promise.all(ids.map(async (id) => [id, await read(id)] as const));
      return new Map(found.flatMap(([id, record]) => (record === undefined ? [] : [[id, record] as const])));
    },
  };
}
