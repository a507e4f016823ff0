import { setTimeout as pause } from 'node:timers/promises';
import { DriverError } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';
import { QmpGone } from '../qmp/client.ts';
import type { Qmp } from '../qmp/qmp.ts';
import { monitorOf } from './launch.ts';
import { kill, processOf } from './processes.ts';

/**
 * What a QEMU does: `gone`: there is none; `shutdown`: the guest has switched itself off, and QEMU waits; `broken`: the guest
 * panicked, or QEMU cannot go on with it.
 */
export type Doing = 'gone' | 'shutdown' | 'running' | 'broken';

/** How long QEMU has to end when it is told to; then it is killed. Milliseconds. */
const quitMs = 5_000;

/** The monitors of the machines that run, one connection each, made when it is first needed. */
export class Connections {
  readonly #folders: Folders;
  readonly #open = new Map<string, Promise<Qmp | undefined>>();
  /**
   * Those whose guest said that it panicked, and was not reset since. QEMU itself does not keep it: where nobody listened,
   * the guest's silence tells.
   */
  readonly #panicked = new WeakSet<Qmp>();

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  /** The monitor of a machine; undefined when its QEMU is gone. Throws `unavailable` when it runs and does not answer. */
  async of(id: string): Promise<Qmp | undefined> {
    const known = await this.#open.get(id);
    if (known !== undefined) return known;
    const folder = this.#folders.machine(id);
    if ((await processOf(folder)) === undefined) return undefined;
    const connecting = this.#open.get(id) ?? this.#connect(id, folder);
    const qmp = await connecting;
    if (qmp !== undefined || (await processOf(folder)) === undefined) return qmp;
    throw new DriverError('unavailable', `QEMU of ${id} does not answer`);
  }

  #connect(id: string, folder: string): Promise<Qmp | undefined> {
    const connecting = monitorOf(folder).then((qmp) => {
      if (qmp === undefined) this.#open.delete(id);
      else this.#keep(id, qmp, connecting);
      return qmp;
    });
    this.#open.set(id, connecting);
    return connecting;
  }

  /** Takes over a connection that is there already. */
  add(id: string, qmp: Qmp): void {
    const kept = Promise.resolve(qmp);
    this.#open.set(id, kept);
    this.#keep(id, qmp, kept);
  }

  #keep(id: string, qmp: Qmp, as: Promise<Qmp | undefined>): void {
    qmp.on(({ event }) => {
      if (event === 'GUEST_PANICKED') this.#panicked.add(qmp);
      if (event === 'RESET') this.#panicked.delete(qmp);
    });
    void qmp.ended.then(() => {
      if (this.#open.get(id) === as) this.#open.delete(id);
    });
  }

  /** What a machine's QEMU does now. */
  async doing(id: string): Promise<Doing> {
    try {
      const qmp = await this.of(id);
      if (qmp === undefined) return 'gone';
      const { status } = await qmp.execute('query-status');
      if (status === 'shutdown') return 'shutdown';
      const isBroken = this.#panicked.has(qmp) || status === 'internal-error' || status === 'io-error';
      return isBroken ? 'broken' : 'running';
    } catch (error) {
      if (error instanceof QmpGone && (await this.#isGone(id))) return 'gone';
      if (error instanceof DriverError) throw error;
      throw new DriverError('unavailable', `QEMU of ${id}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Lets a machine go on that waits for room for what it writes. Where there is still none, it waits again. */
  async goOn(id: string): Promise<void> {
    const qmp = await this.of(id);
    const now = await qmp?.execute('query-status');
    if (now?.status === 'io-error') await qmp?.execute('cont');
  }

  async #isGone(id: string): Promise<boolean> {
    for (let tries = 0; tries < 10; tries++) {
      if ((await processOf(this.#folders.machine(id))) === undefined) return true;
      await pause(20);
    }
    return false;
  }

  /** Ends a machine's QEMU: it is asked, so that its files are in order, and killed when it does not obey. */
  async end(id: string): Promise<void> {
    const folder = this.#folders.machine(id);
    const pid = await processOf(folder);
    if (pid === undefined) return;
    try {
      const qmp = await this.of(id);
      await qmp?.execute('quit', undefined, quitMs);
    } catch (error) {
      // It went while it answered, or does not answer at all.
      if (!(error instanceof Error)) throw error;
    }
    for (const until = performance.now() + quitMs; performance.now() < until; ) {
      if ((await processOf(folder)) === undefined) return;
      await pause(10);
    }
    kill(pid);
    for (let tries = 0; tries < 500; tries++) {
      if ((await processOf(folder)) === undefined) return;
      await pause(10);
    }
    throw new DriverError('unavailable', `QEMU of ${id} cannot be ended`);
  }

  async close(): Promise<void> {
    const open = await Promise.all(this.#open.values());
    this.#open.clear();
    for (const qmp of open) qmp?.close();
  }
}
