import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DriverError } from '../../../ports/driver.ts';
import { connectQmp, QmpGone } from '../qmp/client.ts';
import type { Qmp } from '../qmp/qmp.ts';
import { readText } from '../records.ts';
import { type Asked, commandLine, names } from './commandLine.ts';
import { processOf } from './processes.ts';

/** How long QEMU has until its monitor answers, in milliseconds: a busy host is slow. */
const upMs = 60_000;

/** What QEMU takes besides the guest's memory, at most: translated code, buffers of devices and jobs, stacks of threads. MiB. */
const ownMiB = 2_048;

/** Files and sockets that it has open at most: 28 volumes, each with what it stands on. */
const openFiles = 4_096;

/** A command that cannot take more than a machine may, nor leave its memory on the disk when it crashes. */
const limited = (prlimit: string, memoryMiB: number): readonly string[] => [
  ...[prlimit, '--core=0', `--nofile=${openFiles}`, `--data=${(memoryMiB + ownMiB) * 2 ** 20}`],
];

/**
 * Starts QEMU for a machine, so that it outlives this process; gives its monitor, when it answers. Nothing of the machine
 * may run. The console begins anew. `prlimit`: where that program is.
 * @throws DriverError what QEMU said when it did not start
 */
export async function launch(binary: string, asked: Asked, prlimit?: string): Promise<Qmp> {
  const { folder } = asked;
  const stale = [
    ...names.monitors,
    names.serial,
    names.console,
    names.screen,
    names.picture,
    'qemu.pid',
    ...asked.spec.interfaces.map(({ id }) => `${id}.wire`),
  ];
  for (const name of stale) await rm(join(folder, name), { force: true });
  const limits = prlimit === undefined ? [] : limited(prlimit, asked.memoryMiB);
  const child = spawnDetached([...limits, binary, ...commandLine(asked)], folder);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  let over: string | undefined;
  void ended.then((why) => {
    over = why;
  });
  for (const until = performance.now() + upMs; performance.now() < until; ) {
    const qmp = await monitorOf(folder, 2_000);
    if (qmp !== undefined) return qmp;
    if (over !== undefined) throw await whyNot(asked, over);
    await pause(50);
  }
  throw new DriverError('unavailable', `QEMU of ${asked.id} does not answer`);
}

function spawnDetached([program = '', ...args]: readonly string[], folder: string): ChildProcess {
  const log = openSync(join(folder, names.errors), 'w', 0o600);
  try {
    const child = spawn(program, args, { cwd: folder, detached: true, stdio: ['ignore', log, log] });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/**
 * Connects to a machine's monitor, the second where somebody is at the first; undefined when none answers. One that is not
 * there yet is not taken: whoever starts a machine comes to be at its first, and leaves the second to others.
 */
export async function monitorOf(folder: string, greetingMs = 2_000): Promise<Qmp | undefined> {
  for (const name of names.monitors) {
    try {
      return await connectQmp(join(folder, name), greetingMs);
    } catch (error) {
      if (!(error instanceof QmpGone)) throw error;
      // Not there yet, or not there any more: the caller asks what the process does.
      if (!error.taken) return undefined;
    }
  }
  return undefined;
}

async function whyNot({ id, folder }: Asked, ended: string): Promise<DriverError> {
  const said = (await readText(join(folder, names.errors)))?.trim().split('\n').at(-1) ?? '';
  const line = `QEMU of ${id} did not start: ${said === '' ? ended : said}`;
  if ((await processOf(folder)) !== undefined || /cannot (create|lock) pid file|Failed to lock/i.test(said))
    return new DriverError('conflict', `${line}: somebody else is starting it`);
  if (/cannot allocate memory|set up guest memory/i.test(said)) return new DriverError('no-capacity', line);
  if (/Failed to get .*lock|Is another process using/i.test(said)) return new DriverError('conflict', line);
  return new DriverError('bug', line);
}
