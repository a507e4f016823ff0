import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Folders } from '../folders.ts';
import { halfOf } from '../leftOver.ts';
import { readRecord, syncFolder } from '../records.ts';
import { removeImageSnapshot } from './imageSnapshot.ts';
import { type ImageRecord, imageRecord } from './record.ts';

/**
 * Takes an imported image away, beside a server that may be running, with its snapshot. It is gone at once; what is left when
 * this is cut off goes with what else commands leave. False: there was none.
 */
export async function removeImage(id: string, folders: Folders): Promise<boolean> {
  const record = await readRecord<ImageRecord>(imageRecord(folders, id));
  if (record === undefined) return false;
  const folder = folders.image(id);
  const half = halfOf(folder);
  await rename(folder, half);
  await syncFolder(dirname(folder));
  if (record.snapshot !== undefined) await removeImageSnapshot(record.snapshot.id, folders);
  await rm(half, { recursive: true, force: true });
  return true;
}
