import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileTrouble, makeFolder, namesIn, removeFile } from '../records.ts';
import { hardwareHere } from './room.ts';

/** A disk that comes with the type of a machine: EC2's instance store. */
export interface OwnDisk {
  /** `ephemeral0` and so on. */
  readonly name: string;
  readonly file: string;
}

const gb = 1e9;
const named = /^ephemeral\d+\.raw$/;

/** Makes the disks of a machine's type, empty: what was on them when it was on before is gone. They take what is written to them. */
export async function makeOwnDisks(folder: string, instanceType: string): Promise<readonly OwnDisk[]> {
  await removeOwnDisks(folder);
  const sizes = hardwareHere(instanceType).disks.flatMap(({ count, sizeGB }) => Array<number>(count).fill(sizeGB));
  const disks: OwnDisk[] = [];
  try {
    if (sizes.length > 0) await makeFolder(folder);
    for (const [at, sizeGB] of sizes.entries()) {
      const name = `ephemeral${at}`;
      const path = join(folder, `${name}.raw`);
      const file = await open(path, 'wx', 0o600);
      try {
        await file.truncate(sizeGB * gb);
      } finally {
        await file.close();
      }
      disks.push({ name, file: path });
    }
    return disks;
  } catch (error) {
    throw fileTrouble(error, `the disks of a ${instanceType} cannot be made`);
  }
}

/** Takes them away, with all that is on them: a machine that is off has none. */
export async function removeOwnDisks(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) if (named.test(name)) await removeFile(join(folder, name));
}
