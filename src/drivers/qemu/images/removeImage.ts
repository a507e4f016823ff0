import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { snapshotRecord } from '../disks/layers.ts';
import { readQcow2 } from '../disks/qcow2.ts';
import { layerFile, readSnapshot } from '../disks/snapshotRecord.ts';
import type { Folders } from '../folders.ts';
import { namesIn, readRecord, removeFile } from '../records.ts';
import { type ImageRecord, imageRecord } from './record.ts';

/**
 * Takes an imported image away, beside a server that may be running. Its file goes when no volume stands on it; else the
 * server takes it away with the last one. False: there was none.
 */
export async function removeImage(id: string, folders: Folders): Promise<boolean> {
  const record = await readRecord<ImageRecord>(imageRecord(folders, id));
  if (record === undefined) return false;
  if (record.snapshot === undefined) {
    await removeFile(imageRecord(folders, id));
    await rm(folders.image(id), { recursive: true, force: true });
    return true;
  }
  const snapshot = await readSnapshot(folders, record.snapshot.id);
  await removeFile(imageRecord(folders, id));
  // The record goes before anybody is looked for: a server that makes a volume looks for the record after that.
  await removeFile(snapshotRecord(folders, record.snapshot.id));
  if (snapshot === undefined) return true;
  const file = layerFile(folders, snapshot);
  if (!(await standsAnything(folders, file))) await removeFile(file);
  return true;
}

async function standsAnything(folders: Folders, file: string): Promise<boolean> {
  for (const kind of ['volumes', 'snapshots']) {
    for (const id of await namesIn(join(folders.root, kind))) {
      const folder = join(folders.root, kind, id);
      for (const name of await namesIn(folder))
        if (name.endsWith('.qcow2') && (await readQcow2(join(folder, name)))?.backing === file) return true;
    }
  }
  return false;
}
