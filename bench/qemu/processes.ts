import { readdirSync, readFileSync } from 'node:fs';
import { kill } from '../../src/drivers/qemu/machines/processes.ts';

/** The arguments of a process; none when it is gone. */
export function argumentsOf(pid: number): readonly string[] {
  return readOf(pid, 'cmdline').split('\0').slice(0, -1);
}

/** Resident memory of a process in bytes. */
export function residentOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readOf(pid, 'status')) ?? [];
  if (kilobytes === undefined) throw new Error(`the process ${pid} is gone`);
  return Number(kilobytes) * 1024;
}

/** When a process began, in milliseconds since the host did, and the processor time that it has had; in the kernel's ticks of 10 ms. */
export function timesOf(pid: number): { readonly beganAt: number; readonly processorMs: number } {
  const fields = readOf(pid, 'stat').split(') ').at(-1)!.split(' ').map(Number);
  return { beganAt: fields[19]! * 10, processorMs: (fields[11]! + fields[12]!) * 10 };
}

/** Now, on the same clock. */
export const hostMs = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;

/** The QEMUs and switches that were started in a folder or below: their command lines name it. */
export function startedBelow(folder: string): readonly number[] {
  const pids = readdirSync('/proc').map(Number);
  return pids.filter((pid) => pid > 1 && isStartedBelow(folder, argumentsOf(pid)));
}

function isStartedBelow(folder: string, args: readonly string[]): boolean {
  const isHere = (path = ''): boolean => path === folder || path.startsWith(`${folder}/`);
  return isHere(args[args.indexOf('-pidfile') + 1]) || (args[2] === 'switch' && isHere(args[3]));
}

/** Ends all of them at once. */
export function endBelow(folder: string): void {
  for (const pid of startedBelow(folder)) kill(pid);
}

function readOf(pid: number, file: 'cmdline' | 'status' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return '';
    throw error;
  }
}
