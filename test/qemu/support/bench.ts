import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDisks, type Disks } from '../../../src/drivers/qemu/disks/disks.ts';
import type { Holder, Holders } from '../../../src/drivers/qemu/disks/holders.ts';
import { topNode } from '../../../src/drivers/qemu/disks/nodes.ts';
import { createFolders, type Folders } from '../../../src/drivers/qemu/folders.ts';
import type { Qmp } from '../../../src/drivers/qemu/qmp/qmp.ts';
import { createSystemClock } from '../../../src/main/clock/system.ts';
import type { Call, VolumeSpec } from '../../../src/ports/driver.ts';
import { silentLog } from '../../support/log.ts';
import { openMonitor } from './monitor.ts';

export const region = 'local-1';
let numbered = 0;
export const idOf = (prefix: string): string => `${prefix}-${(++numbered).toString(16).padStart(17, '0')}`;
export const call = (signal: AbortSignal = new AbortController().signal): Call => ({
  account: '000000000000',
  region,
  operation: idOf('op'),
  signal,
});
export const volumeSpec = (more: Partial<VolumeSpec> = {}): VolumeSpec => ({
  zone: 'local-1a',
  sizeGiB: 1,
  type: 'gp3',
  encrypted: false,
  ...more,
});

/** A QEMU whose machine never runs, with volumes open. */
export interface Guest {
  readonly qmp: Qmp;
  open(volume: string): Promise<void>;
  /** Writes a byte over a range, as `qemu-io` has it (`0x11`, `64k`), and flushes, so that others can read it in the file. */
  write(volume: string, pattern: string, at: string, length: string): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface Bench {
  readonly folder: string;
  readonly folders: Folders;
  disks: Disks;
  /** A driver as after a restart, on the same folder. */
  restart(parts?: Partial<Parameters<typeof createDisks>[0]>): Promise<Disks>;
  guest(): Promise<Guest>;
  close(): Promise<void>;
}

const binary = (name: string): string => execFileSync('which', [name], { encoding: 'utf8' }).trim();
export const qemuImgPath = binary('qemu-img');
export const prlimitPath = binary('prlimit');

export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-disks-'));
  const folders = createFolders(join(folder, 'region'));
  const held = new Map<string, Holder>();
  const ends: (() => Promise<void>)[] = [];
  const holders: Holders = { withVolume: (volume, work) => work(held.get(volume)) };
  const parts: Parameters<typeof createDisks>[0] = {
    folders,
    holders,
    clock: createSystemClock(),
    log: silentLog,
    qemuImg: { binary: qemuImgPath, prlimit: prlimitPath },
    hasZone: (zone) => zone === 'local-1a',
  };
  const bench: Bench = {
    folder,
    folders,
    disks: createDisks(parts),
    async restart(more) {
      await bench.disks.close();
      bench.disks = createDisks({ ...parts, ...more });
      await bench.disks.tidy();
      return bench.disks;
    },
    async guest() {
      const guest = await startGuest(join(folder, `guest-${ends.length}`), held, (volume) =>
        bench.disks.files.fileOf(volume),
      );
      ends.push(guest.kill);
      return guest;
    },
    async close() {
      await bench.disks.close();
      for (const end of ends) await end();
      if (existsSync(folder)) rmSync(folder, { recursive: true });
    },
  };
  return bench;
}

async function startGuest(
  socket: string,
  held: Map<string, Holder>,
  fileOf: (volume: string) => Promise<string | undefined>,
): Promise<Guest> {
  const args = ['-M', 'none', '-S', '-nodefaults', '-display', 'none', '-m', '16'];
  const monitor = ['-chardev', `socket,id=m,path=${socket},server=on,wait=off`, '-mon', 'chardev=m,mode=control'];
  const child: ChildProcess = spawn(binary('qemu-system-x86_64'), [...args, ...monitor], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const qmp = await openMonitor(socket);
  const mine = new Set<string>();
  const io = async (volume: string, command: string): Promise<void> => {
    const { name } = await topNode(qmp, volume);
    await qmp.execute('human-monitor-command', { 'command-line': `qemu-io ${name} "${command}"` });
  };
  return {
    qmp,
    async open(volume) {
      const file = { driver: 'file' as const, filename: (await fileOf(volume))! };
      await qmp.execute('blockdev-add', { driver: 'qcow2', 'node-name': volume, file });
      held.set(volume, { machine: socket, qmp });
      mine.add(volume);
    },
    async write(volume, pattern, at, length) {
      await io(volume, `write -P ${pattern} ${at} ${length}`);
      await io(volume, 'flush');
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
      qmp.close();
      for (const volume of mine) held.delete(volume);
    },
  };
}

/** Writes into a file that nobody has open. */
export function writeFileAt(file: string, pattern: string, at: string, length: string): void {
  chmodSync(file, 0o600);
  execFileSync(binary('qemu-io'), ['-f', 'qcow2', '-c', `write -P ${pattern} ${at} ${length}`, file]);
}

/** Whether a range of a file, with all that it stands on, is one byte all over. Reads beside a QEMU that has it open. */
export function holds(file: string, pattern: string, at: string, length: string): boolean {
  const args = ['-U', '-r', '-f', 'qcow2', '-c', `read -P ${pattern} ${at} ${length}`, file];
  const { stdout, stderr, status } = spawnSync(binary('qemu-io'), args, { encoding: 'utf8' });
  if (/verification failed/i.test(stdout)) return false;
  if (status !== 0) throw new Error(stdout + stderr);
  return true;
}

/** A file is a whole qcow2: no corruption. Leaks are no loss. */
export async function isWhole(disks: Disks, file: string): Promise<boolean> {
  const checked = await disks.qemuImg.check(file, 'qcow2');
  return checked['check-errors'] === 0 && (checked.corruptions ?? 0) === 0;
}
