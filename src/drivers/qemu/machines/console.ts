import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectQmp, QmpGone } from '../qmp/client.ts';
import type { Qmp } from '../qmp/qmp.ts';
import { names } from './commandLine.ts';
import { processOf } from './processes.ts';

/** Why there is no console: the machine is off; somebody else has it; QEMU runs and does not answer. */
export type NoConsole = 'off' | 'taken' | 'silent';

/** How long QEMU has to answer, milliseconds: it does so at once, unless it is stopped, or another is asking. */
const answerMs = 5_000;

/**
 * Connects to the serial port of a machine, by its folder. QEMU takes one client at a time and lets others wait without a
 * word; its monitor tells whether somebody is there. The last monitor is held meanwhile, so that of two who come at once one
 * is told; the first is the server's.
 */
export async function connectConsole(folder: string): Promise<Socket | NoConsole> {
  if ((await processOf(folder)) === undefined) return 'off';
  try {
    const monitor = await connectQmp(join(folder, names.monitors[1]), answerMs);
    try {
      return await throughMonitor(folder, monitor);
    } finally {
      monitor.close();
    }
  } catch (error) {
    if (!(error instanceof QmpGone)) throw error;
    return (await processOf(folder)) === undefined ? 'off' : 'silent';
  }
}

async function throughMonitor(folder: string, monitor: Qmp): Promise<Socket | NoConsole> {
  const { status } = await monitor.execute('query-status');
  if (status === 'shutdown') return 'off';
  if (!(await isFree(monitor))) return 'taken';
  const socket = connect(join(folder, names.serial));
  try {
    await once(socket, 'connect');
  } catch (error) {
    // So many wait already that no more can.
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 'taken';
    throw error;
  }
  // Why it ends does not matter: `close` follows.
  socket.on('error', () => socket.destroy());
  for (const until = performance.now() + answerMs; performance.now() < until; await pause(10))
    if (!(await isFree(monitor))) return socket;
  socket.destroy();
  return 'silent';
}

/** Whether nobody is at the serial port. */
async function isFree(monitor: Qmp): Promise<boolean> {
  const all = await monitor.execute('query-chardev');
  return all.some(({ label, filename }) => label === 'serial' && filename.startsWith('disconnected:'));
}
