import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createQemu } from '../../../src/drivers/qemu/driver.ts';
import { createFolders } from '../../../src/drivers/qemu/folders.ts';
import { importKernel } from '../../../src/drivers/qemu/images/importKernel.ts';
import { Computer } from '../../../src/drivers/qemu/machines/computer.ts';
import { kill, processesBelow } from '../../../src/drivers/qemu/machines/processes.ts';
import { readSettings } from '../../../src/drivers/qemu/settings.ts';
import { createSystemClock } from '../../../src/main/clock/system.ts';
import type { Driver } from '../../../src/ports/driver.ts';
import { built, entry } from '../../serve/program.ts';
import { silentLog } from '../../support/log.ts';
import { guestBoot } from './guest.ts';

export const region = 'local-1';

/** Of the built program, and so of the switch that it is. */
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

/** A region of real machines in a folder of its own. */
export interface Cloud {
  readonly driver: Driver;
  readonly folder: string;
  /** Ends the driver as a crash would, and gives a new one. */
  restart(): Promise<Driver>;
  /** Ends every machine, and removes the folder. */
  close(): Promise<void>;
}

export function openCloud(settings: object): Cloud {
  built();
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-qemu-'));
  const start = (): Driver =>
    createQemu({
      ...{ region, folder, settings: readSettings(region, { acceleration: 'tcg', ...settings }) },
      ...{ computer: new Computer(), clock: createSystemClock(), log: silentLog },
      ...{ switchCommand: [process.execPath, entry, 'switch'], version },
    });
  let driver = start();
  return {
    get driver() {
      return driver;
    },
    folder,
    restart: async () => {
      await driver.close();
      driver = start();
      return driver;
    },
    close: async () => {
      await driver.close();
      for (const pid of (await processesBelow(folder)).values()) kill(pid);
      while ((await processesBelow(folder)).size > 0) await pause(10);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Imports the kernel and ramdisk of the tests' guest; gives their ids. */
export async function importedBoot({ folder }: Cloud): Promise<{ readonly kernel: string; readonly ramdisk: string }> {
  const boot = guestBoot();
  const parts = { folders: createFolders(folder), clock: createSystemClock() };
  const imported = async (kind: 'kernel' | 'ramdisk') => {
    const wanted = { file: boot[kind], name: kind, architecture: 'x86_64', region } as const;
    return (await importKernel(kind, wanted, parts)).image.id;
  };
  return { kernel: await imported('kernel'), ramdisk: await imported('ramdisk') };
}

/** Ends the tests with a clear line where QEMU is missing. */
export function needQemu(): void {
  try {
    execFileSync('qemu-system-x86_64', ['--version'], { stdio: 'ignore' });
  } catch (error) {
    throw new Error('these tests need QEMU: apt-get install qemu-system-x86 qemu-utils', { cause: error });
  }
}
