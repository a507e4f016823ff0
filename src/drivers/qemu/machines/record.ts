import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DiskSpec, DriverError, type MachineSpec, type Power } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';
import { namesIn, readRecord, readText, removeFile, writeRecord } from '../records.ts';

/** What is kept of a machine, besides what its QEMU knows. Times: epoch milliseconds. */
export interface MachineRecord {
  /** Whose it is. */
  readonly account?: string;
  readonly spec: MachineSpec;
  /** The disks that it has, or gets at its next boot. */
  readonly disks: readonly DiskSpec[];
  /** What was asked for last. */
  readonly wanted: Power;
  /** Its QEMU ran once: from then on only `power` starts it. */
  readonly started: boolean;
  /** Its power was asked for again, and did not come on yet: somebody works at its volumes. */
  readonly starting?: boolean;
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
    read: async (id) => (isMachineId(id) ? readRecord<MachineRecord>(fileOf(id)) : undefined),
    async write(id, record) {
      if (!isMachineId(id)) throw new DriverError('invalid', `${id} is not the id of a machine`);
      await writeRecord(fileOf(id), record);
    },
    async remove(id) {
      if (!isMachineId(id)) return;
      // The record goes first: a folder without one is no machine.
      await removeFile(fileOf(id));
      await rm(folders.machine(id), { recursive: true, force: true });
    },
    async ids() {
      const names = await namesIn(join(folders.root, 'machines'));
      const there = await Promise.all(names.map(async (id) => isMachineId(id) && (await readText(fileOf(id)))));
      return names.filter((_, at) => typeof there[at] === 'string');
    },
  };
}
