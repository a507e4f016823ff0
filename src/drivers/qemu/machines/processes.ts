import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readText } from '../records.ts';

/** The file in which QEMU writes its own process id; it is locked as long as QEMU runs, so that there is never a second one. */
export const pidFileOf = (folder: string): string => join(folder, 'qemu.pid');

/**
 * The QEMU of a machine's folder; undefined when none runs. A process counts only if its command line names this folder's
 * file: the number may be somebody else's by now.
 */
export async function processOf(folder: string): Promise<number | undefined> {
  const pid = Number((await readText(pidFileOf(folder)))?.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return (await argumentsOf(pid)).includes(pidFileOf(folder)) ? pid : undefined;
}

/** Every QEMU whose folder is below this one, by the folder. */
export async function processesBelow(root: string): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const pid of await allProcesses()) {
    const pidFile = (await argumentsOf(pid)).find((one) => one.startsWith(`${root}/`) && one.endsWith('/qemu.pid'));
    if (pidFile !== undefined) found.set(pidFile.slice(0, -'/qemu.pid'.length), pid);
  }
  return found;
}

/** Ends a process at once. One that is gone is gone. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const run = promisify(execFile);
const isLinux = process.platform === 'linux';

async function allProcesses(): Promise<readonly number[]> {
  const names = isLinux ? await readdir('/proc') : (await run('ps', ['-axo', 'pid='])).stdout.split('\n');
  return names.map(Number).filter((pid) => Number.isInteger(pid) && pid > 1);
}

/** The command line of a process; empty when it is gone, or a zombie. */
async function argumentsOf(pid: number): Promise<readonly string[]> {
  try {
    if (isLinux) return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return (await run('ps', ['-p', String(pid), '-o', 'command='])).stdout.trim().split(' ');
  } catch (error) {
    // ESRCH: it went while it was read. `ps` ends with 1 when there is no such process.
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 1) return [];
    throw error;
  }
}
