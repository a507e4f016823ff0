import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConsoleKind, Consoles, NoConsole } from '../../../ports/consoles.ts';
import { type Call, DriverError } from '../../../ports/driver.ts';
import type { Qmp } from '../qmp/qmp.ts';
import { names, screenDevice } from './commandLine.ts';
import { connectConsole } from './console.ts';
import type { Machines } from './machines.ts';
import { pngOf } from './picture.ts';
import { troubleOf } from './trouble.ts';

/** How long QEMU has to say what it does, and to draw its screen; milliseconds. */
const patience = { answerMs: 5_000, pictureMs: 15_000 } as const;

/** How long a key is held that wakes a screen up, and how long the guest then has to draw; milliseconds. */
const wakeUp = { heldMs: 50, drawnMs: 400 } as const;

/** The serial ports and screens of the machines of a region. */
export class QemuConsoles implements Consoles {
  readonly #region: string;
  readonly #machines: Machines;
  /** Pictures that are being taken: who asks meanwhile gets the same. */
  readonly #taking = new Map<string, Promise<Uint8Array>>();

  constructor(region: string, machines: Machines) {
    this.#region = region;
    this.#machines = machines;
  }

  async screenshot(id: string, how: { readonly wakeUp: boolean }, call: Call): Promise<Uint8Array | NoConsole> {
    const qmp = await this.#withScreen(id, call);
    if (typeof qmp === 'string') return qmp;
    if (how.wakeUp) await pressShift(id, qmp);
    const taken = this.#taking.get(id) ?? this.#take(id, qmp).finally(() => this.#taking.delete(id));
    this.#taking.set(id, taken);
    return taken;
  }

  async open(id: string, kind: ConsoleKind, call: Call): Promise<Duplex | NoConsole> {
    const folder = this.#machines.parts.folders.machine(id);
    if (kind === 'serial') return (await this.#has(id, call)) ? connectConsole(folder) : 'off';
    const qmp = await this.#withScreen(id, call);
    if (typeof qmp === 'string') return qmp;
    const socket = connect(join(folder, names.screen));
    try {
      await once(socket, 'connect');
    } catch (error) {
      // It went meanwhile, or as many wait as can.
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'off';
      if (code === 'EAGAIN') return 'taken';
      throw troubleOf(id, error);
    }
    // Why it ends does not matter: `close` follows.
    return socket.on('error', () => socket.destroy());
  }

  async #has(id: string, call: Call): Promise<boolean> {
    return call.region === this.#region && (await this.#machines.records.read(id)) !== undefined;
  }

  /** The monitor of a machine that is on and has a screen: one that was started by an older server has none. */
  async #withScreen(id: string, call: Call): Promise<Qmp | NoConsole> {
    if (!(await this.#has(id, call))) return 'off';
    try {
      const qmp = await this.#machines.connections.of(id);
      if (qmp === undefined) return 'off';
      const { status } = await qmp.execute('query-status', undefined, patience.answerMs);
      if (status === 'shutdown') return 'off';
      const path = { path: '/machine/peripheral' };
      const devices = await qmp.execute('qom-list', path, patience.answerMs);
      return devices.some(({ name }) => name === screenDevice) ? qmp : 'none';
    } catch (error) {
      const trouble = troubleOf(id, error);
      if (trouble instanceof DriverError && trouble.trouble === 'unavailable') return 'silent';
      throw trouble;
    }
  }

  async #take(id: string, qmp: Qmp): Promise<Uint8Array> {
    const file = join(this.#machines.parts.folders.machine(id), names.picture);
    try {
      // QEMU runs in the machine's folder.
      await qmp.execute('screendump', { filename: names.picture }, patience.pictureMs);
      return await pngOf(await readFile(file));
    } catch (error) {
      // It went, does not answer, or has no room to write.
      const { message } = error as Error;
      throw new DriverError('unavailable', `the screen of ${id}: ${message}`, { cause: error });
    } finally {
      await rm(file, { force: true });
    }
  }
}

/** Shift writes nothing, and is a key. */
async function pressShift(id: string, qmp: Qmp): Promise<void> {
  try {
    await qmp.execute('send-key', { keys: [{ type: 'qcode', data: 'shift' }], 'hold-time': wakeUp.heldMs });
  } catch (error) {
    throw troubleOf(id, error);
  }
  await pause(wakeUp.drawnMs);
}
