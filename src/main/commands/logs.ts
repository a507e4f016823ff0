import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { names } from '../../drivers/qemu/machines/commandLine.ts';
import { ConsoleReader } from '../../drivers/qemu/machines/consoleReader.ts';
import type { Settings } from '../config/settings.ts';
import type { Where } from '../qemuFolder.ts';
import { needInstance } from './instance.ts';

export interface LogFlags extends Where {
  readonly follow?: boolean;
}

/** How often a log is looked at that is followed; milliseconds. */
const againMs = 200;

/** `elsewhere logs ID [-f]`: what the machine wrote to its console, and, followed, what it will write, over all its boots. */
export async function printLogs(settings: Settings, id: string, { follow, ...where }: LogFlags): Promise<void> {
  const { folder, records } = await needInstance(settings, id, where);
  const reader = new ConsoleReader(join(folder, names.console));
  const interrupted = follow ? interruption() : undefined;
  let isOver = false;
  void interrupted?.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const text = await reader.next();
    if (text.length > 0) isOver = !(await printed(text));
    else if (!follow) break;
    else if ((await records.read(id)) === undefined) {
      console.error(`elsewhere: ${id} is terminated`);
      break;
    } else await Promise.race([pause(againMs), interrupted]);
  }
  await reader.close();
}

/** Ctrl-C is how one leaves what is followed. */
const interruption = (): Promise<void> => new Promise((resolve) => process.once('SIGINT', () => resolve()));

/** False when nobody reads any more. */
const printed = (text: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error)));
