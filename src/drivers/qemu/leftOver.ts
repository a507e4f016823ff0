import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folders } from './folders.ts';
import { removeImageSnapshot } from './images/imageSnapshot.ts';
import type { ImageRecord } from './images/record.ts';
import { namesIn, readRecord, unfinished } from './records.ts';

/** A folder below the region's for what a command makes on its way; who removes it is told by its name, too. */
export function workFolder({ root }: Folders, what: 'build' | 'fetch'): string {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return mkdtempSync(join(root, `${what}-${process.pid}-`));
}

/** A name beside `folder`, for what this process makes and then renames to it. */
export const halfOf = (folder: string): string => `${folder}.${process.pid}${unfinished}`;

/** Names that say which process works there. */
const worked = [/^(?:build|fetch)-(\d+)-/, /\.(\d+)\.tmp$/];

/**
 * Takes away what commands left in a region's folder that were killed: their processes are no more. What one that runs works
 * in stays, and so does what has a number that is another process's by now.
 */
export async function removeLeftOver(folders: Folders): Promise<void> {
  for (const folder of ['', 'snapshots', 'images'].map((name) => join(folders.root, name))) {
    for (const name of await namesIn(folder)) {
      const pid = worked.map((form) => form.exec(name)?.[1]).find((found) => found !== undefined);
      if (pid === undefined || runs(Number(pid))) continue;
      // An image that is not there yet, or not any more, has its snapshot with it.
      const record = await readRecord<ImageRecord>(join(folder, name, 'image.json'));
      if (record?.snapshot !== undefined) await removeImageSnapshot(record.snapshot.id, folders);
      await removeIfQuiet(join(folder, name));
    }
  }
}

/** A program that such a command ran may still write there. Then it stays until the next time. */
async function removeIfQuiet(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
