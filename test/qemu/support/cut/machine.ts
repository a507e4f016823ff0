import { join } from 'node:path';
import { expect } from 'vitest';
import { nodesOf, topNode } from '../../../../src/drivers/qemu/disks/nodes.ts';
import { names } from '../../../../src/drivers/qemu/machines/commandLine.ts';
import type { Qmp } from '../../../../src/drivers/qemu/qmp/qmp.ts';
import { call } from '../bench.ts';
import { openMonitor } from '../monitor.ts';
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

  async detach(...volumes: readonly string[]): Promise<void> {
    for (const volume of volumes) await this.region.finish({ do: 'detach', machine: this.id, disk: this.disk(volume) });
  }

  /** Writes as the guest would, and flushes. */
  async write(volume: string, pattern: string, at: string, length: string): Promise<void> {
    await this.#with(async (qmp) => {
      const { name } = await topNode(qmp, volume);
      for (const words of [`write -P ${pattern} ${at} ${length}`, 'flush']) {
        const said = await qmp.execute<string>('human-monitor-command', {
          'command-line': `qemu-io ${name} "${words}"`,
        });
        expect(said).not.toMatch(/fail|error/i);
      }
    });
  }

  /** It has the volume open, and writes to its newest file. */
  hasOpen(volume: string): Promise<void> {
    return this.#with(async (qmp) => {
      expect((await nodesOf(qmp, volume))[0]?.file).toBe(topOf(this.region, volume));
      const devices = await qmp.execute<readonly { readonly name: string }[]>('qom-list', {
        path: '/machine/peripheral',
      });
      expect(devices.filter(({ name }) => name.startsWith(`${volume}.`))).toHaveLength(1);
    });
  }

  /** It has nothing of the volume. */
  hasNothingOf(volume: string): Promise<void> {
    return this.#with(async (qmp) => expect(await nodesOf(qmp, volume)).toEqual([]));
  }

  /** Switches it on again, that was killed. */
  async on(): Promise<void> {
    const seen = await this.region.driver.compute.power(this.id, 'on', { force: false }, call());
    expect(seen).toMatchObject({ settled: true, power: 'on' });
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
