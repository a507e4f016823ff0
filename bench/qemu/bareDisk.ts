import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Qmp, QmpError } from '../../src/drivers/qemu/qmp/qmp.ts';
import { secondMonitor } from './monitor.ts';
import { until } from './waiting.ts';

/** A disk of a machine that the server does not know of: given to its QEMU by hand. */
export interface BareDisk {
  readonly serial: string;
  plugIn(): Promise<void>;
  /** Takes it out again, when the guest lets it go. */
  pullOut(): Promise<void>;
  /** Puts a new layer on it while it is plugged in, as a snapshot does. Gives the milliseconds that QEMU took; the layer's file was there. */
  snapshot(): Promise<number>;
  close(): void;
}

/** The server takes the first port that is free. */
const lastPort = 'rp31';
const device = 'bare-disk';

/** @param machine the folder of the machine @param folder for the disk's files */
export async function openBareDisk(machine: string, folder: string): Promise<BareDisk> {
  mkdirSync(folder, { recursive: true });
  const qmp = await secondMonitor(machine);
  const serial = 'bare0123456789abcdef';
  let layers = 0;
  const layer = (): string => {
    layers += 1;
    const file = join(folder, `layer-${layers}.qcow2`);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', file, '1G']);
    return file;
  };
  const nodeOf = (at: number): string => `bare-${at}`;
  const open = (filename: string, more: object = {}) =>
    qmp.execute('blockdev-add', {
      ...{ driver: 'qcow2', 'node-name': nodeOf(layers), discard: 'unmap', ...more },
      file: { driver: 'file', filename, discard: 'unmap' },
    });
  return {
    serial,
    async plugIn() {
      await open(layers === 0 ? layer() : join(folder, `layer-${layers}.qcow2`));
      const plugged = { driver: 'virtio-blk-pci' as const, id: device, bus: lastPort, drive: nodeOf(layers), serial };
      await qmp.execute('device_add', plugged);
    },
    async pullOut() {
      await qmp.execute('device_del', { id: device });
      await until('QEMU lets the disk go', () => isClosed(qmp, nodeOf(layers)));
    },
    async snapshot() {
      const below = nodeOf(layers);
      const file = layer();
      const began = performance.now();
      await open(file, { backing: null });
      const data = { node: below, overlay: nodeOf(layers) };
      await qmp.execute('transaction', { actions: [{ type: 'blockdev-snapshot', data }] });
      return performance.now() - began;
    },
    close: () => qmp.close(),
  };
}

/** Closes a node; false while a device has it, which is a moment longer than the guest. */
async function isClosed(qmp: Qmp, node: string): Promise<boolean> {
  try {
    await qmp.execute('blockdev-del', { 'node-name': node });
    return true;
  } catch (error) {
    if (error instanceof QmpError && /is in use/.test(error.message)) return false;
    throw error;
  }
}
