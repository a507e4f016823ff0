import { join } from 'node:path';
import { expect } from 'vitest';
import { nodesOf } from '../../../../src/drivers/qemu/disks/nodes.ts';
import { names } from '../../../../src/drivers/qemu/machines/commandLine.ts';
import type { Qmp } from '../../../../src/drivers/qemu/qmp/qmp.ts';
import { call, holds } from '../bench.ts';
import { openMonitor } from '../monitor.ts';
import { until } from '../server.ts';
import type { CutRegion } from './region.ts';
import { topOf, written } from './written.ts';

/** A machine of a region, with what it is for who has its second monitor. */
export class CutMachine {
  readonly region: CutRegion;
  readonly id: string;

  private constructor(region: CutRegion, id: string) {
    this.region = region;
    this.id = id;
  }

  static async start(region: CutRegion): Promise<CutMachine> {
    return new CutMachine(region, await region.machine());
  }

  readonly disk = (volume: string) => ({ device: `/dev/sd${volume.slice(-3)}`, volume });

  /** A volume as `written` makes it, that the machine has. */
  async attached(make = written): Promise<string> {
    const volume = await make(this.region);
    await this.region.finish({ do: 'attach', machine: this.id, disk: this.disk(volume) });
    return volume;
  }

  /** Writes as the guest would, by the device that it has, and flushes. */
  async write(volume: string, pattern: string, at: string, length: string): Promise<void> {
    await this.#with(async (qmp) => {
      const [device] = await devicesOf(qmp, volume);
      for (const words of [`write -P ${pattern} ${at} ${length}`, 'flush'])
        await qmp.execute('human-monitor-command', {
          'command-line': `qemu-io -d /machine/peripheral/${device}/virtio-backend "${words}"`,
        });
    });
    expect(holds(topOf(this.region, volume), pattern, at, length)).toBe(true);
  }

  /** It has the volume open, and writes to its newest file. */
  hasOpen(volume: string): Promise<void> {
    return this.#with(async (qmp) => {
      expect((await nodesOf(qmp, volume))[0]?.file).toBe(topOf(this.region, volume));
      expect(await devicesOf(qmp, volume)).toHaveLength(1);
    });
  }

  /** It has nothing of the volume. */
  hasNothingOf(volume: string): Promise<void> {
    return this.#with(async (qmp) => expect(await nodesOf(qmp, volume)).toEqual([]));
  }

  /** Switches it on again, that was killed. */
  async on(): Promise<void> {
    const ask = () => this.region.driver.compute.power(this.id, 'on', { force: false }, call());
    await until(ask, ({ settled, power }) => settled && power === 'on');
  }

  async #with<T>(work: (qmp: Qmp) => Promise<T>): Promise<T> {
    const qmp = await openMonitor(join(this.region.folders.machine(this.id), names.monitors[1]));
    try {
      return await work(qmp);
    } finally {
      qmp.close();
    }
  }
}

/** The devices by which a machine has a volume: one, or none. */
async function devicesOf(qmp: Qmp, volume: string): Promise<readonly string[]> {
  const devices = await qmp.execute('qom-list', { path: '/machine/peripheral' });
  return devices.map(({ name }) => name).filter((name) => name.startsWith(`${volume}.`));
}
