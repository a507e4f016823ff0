import { join } from 'node:path';
import { snapshotRecord } from '../disks/layers.ts';
import { readQcow2 } from '../disks/qcow2.ts';
import { layerFile, readSnapshot } from '../disks/snapshotRecord.ts';
import type { Folders } from '../folders.ts';
import { namesIn, removeFile } from '../records.ts';

/**
 * Takes away the snapshot that an imported image is made of, beside a server that may be running. Its file goes when no volume
 * stands on it; else the server takes it away with the last one.
 */
export async function removeImageSnapshot(id: string, folders: Folders): Promise<void> {
  const snapshot = await readSnapshot(folders, id);
  if (snapshot === undefined) return;
  const file = layerFile(folders, snapshot);
  // The record goes before anybody is looked for: a server that makes a volume looks for the record after that.
  await removeFile(snapshotRecord(folders, id));
  if (!(await standsAnything(folders, file))) await removeFile(file);
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
