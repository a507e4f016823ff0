import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DiskSpec, DriverError, type MachineSpec, type Power } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';

/** What is kept of a machine, besides what its QEMU knows. Times: epoch milliseconds. */
export interface MachineRecord {
  readonly spec: MachineSpec;
  /** The disks that it has, or gets at its next boot. */
  readonly disks: readonly DiskSpec[];
  /** What was asked for last. */
  readonly wanted: Power;
  /** Its QEMU ran once: from then on only `power` starts it. */
  readonly started: boolean;
  readonly bootedAt?: number;
  /** When it was first asked to go off, and was not off yet. */
  readonly stoppingSince?: number;
  /** It went off although nobody asked: the guest shut down, or QEMU ended. */
  readonly ended?: 'shutdown' | 'crash';
  readonly reboot?: { readonly operation: string; readonly askedAt: number; readonly done: boolean };
  /** It is to be gone, since then. */
  readonly goingSince?: number;
}

/** The records: one file in the folder of each machine. A record is always whole, also after a power cut. */
export interface Records {
  read(id: string): Promise<MachineRecord | undefined>;
  write(id: string, record: MachineRecord): Promise<void>;
  /** Removes all that is kept of a machine. */
  remove(id: string): Promise<void>;
  ids(): Promise<readonly string[]>;
}

const idForm = /^i-[0-9a-f]{8,17}$/;

/** Whether it is the id of a machine, and so may be the name of a folder. */
export const isMachineId = (id: string): boolean => idForm.test(id);

export function createRecords(folders: Folders): Records {
  const fileOf = (id: string): string => join(folders.machine(id), 'machine.json');
  return {
    async read(id) {
      if (!isMachineId(id)) return undefined;
      const text = await readIfThere(fileOf(id));
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text) as MachineRecord;
      } catch (error) {
        throw new DriverError('bug', `the record ${fileOf(id)} cannot be read`, { cause: error });
      }
    },
    async write(id, record) {
      if (!isMachineId(id)) throw new DriverError('invalid', `${id} is not the id of a machine`);
      await mkdir(folders.machine(id), { recursive: true, mode: 0o700 });
      await writeWhole(fileOf(id), JSON.stringify(record));
    },
    async remove(id) {
      if (!isMachineId(id)) return;
      // The record goes first: a folder without one is no machine.
      await rm(fileOf(id), { force: true });
      await rm(folders.machine(id), { recursive: true, force: true });
    },
    async ids() {
      const names = await readdirIfThere(join(folders.root, 'machines'));
      const there = await Promise.all(names.map(async (id) => isMachineId(id) && (await readIfThere(fileOf(id)))));
      return names.filter((_, at) => typeof there[at] === 'string');
    },
  };
}

/** Writes a file so that it has either the old text or the new, whatever happens. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** The text of a file; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readdirIfThere(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
