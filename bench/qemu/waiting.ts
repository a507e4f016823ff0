import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** How often what is waited for is looked at, in milliseconds: both sides alike. */
const lookMs = 10;
const patienceMs = 180_000;

/** Waits until it is so. @throws after three minutes */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await pause(lookMs)) if (await isSo()) return;
  throw new Error(`waited in vain: ${what}`);
}

/** What a file says, such as a machine's serial log; nothing while it is not there. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
