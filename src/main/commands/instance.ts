import type { Folders } from '../../drivers/qemu/folders.ts';
import { createRecords, type MachineRecord, type Records } from '../../drivers/qemu/machines/record.ts';
import { DriverError } from '../../ports/driver.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import { regionFolders, type Where } from '../qemuFolder.ts';

/** An instance of a region of real machines, as it is found in the region's folder. */
export interface Found {
  readonly id: string;
  /** The instance's own folder. */
  readonly folder: string;
  readonly folders: Folders;
  readonly records: Records;
  readonly record: MachineRecord;
}

/** Finds an instance on this computer; nobody is asked who may. */
export async function needInstance(settings: Settings, id: string, where: Where): Promise<Found> {
  const folders = regionFolders(settings, where);
  const records = createRecords(folders);
  try {
    const record = await records.read(id);
    if (record !== undefined) return { id, folder: folders.machine(id), folders, records, record };
  } catch (error) {
    if (error instanceof DriverError) throw new Problem('unreadable', error.message, { cause: error });
    throw error;
  }
  throw new Problem('usage', `the region ${where.region} has no instance ${id} (looked for in ${folders.root})`);
}

/** Signals that end a program, with the exit codes that shells give them. */
export const endings = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type Signal = keyof typeof endings;

/** Tells of those signals, which then do not end the program by themselves, until the function that it gives is called. */
export function onEnding(tell: (signal: Signal) => void): () => void {
  const signals = Object.keys(endings) as Signal[];
  for (const signal of signals) process.on(signal, tell);
  return () => {
    for (const signal of signals) process.off(signal, tell);
  };
}
