import { Counter, type Registry } from 'prom-client';
import type { World } from '../cloud/context/world.ts';
import type { Usage } from '../ports/driver.ts';
import type { Log } from '../ports/log.ts';

/** Meters of machines, for clouds that tell what those use. */
export interface MachineMeters {
  /** Brings the meters up to date. */
  read(): Promise<void>;
}

/** Name, meaning, and where it is in what a cloud tells. All begin anew with the power of the machine. */
const meters: readonly (readonly [name: string, help: string, of: (usage: Usage) => number | undefined])[] = [
  ['cpu_seconds', 'Processor time that the machine took of its host.', ({ cpuSeconds }) => cpuSeconds],
  ['disk_read_bytes', 'Bytes that the machine read of its disks.', ({ disk }) => disk?.readBytes],
  ['disk_written_bytes', 'Bytes that the machine wrote to its disks.', ({ disk }) => disk?.writtenBytes],
  ['network_received_bytes', 'Bytes of frames that went to the machine.', ({ network }) => network?.receivedBytes],
  ['network_sent_bytes', 'Bytes of frames that came from the machine.', ({ network }) => network?.sentBytes],
  ['network_dropped_frames', 'Frames of the machine that went nowhere.', ({ network }) => network?.droppedFrames],
];

export function createMachineMeters(registry: Registry, regions: World['regions'], log: Log): MachineMeters {
  const telling = [...regions].filter(([, { driver }]) => driver.compute.usage !== undefined);
  if (telling.length === 0) return { read: async () => undefined };
  const made = meters.map(([name, help, of]) => {
    const labelNames = ['region', 'instance'] as const;
    return {
      of,
      counter: new Counter({ name: `elsewhere_instance_${name}_total`, help, labelNames, registers: [registry] }),
    };
  });

  async function usageIn(region: string): Promise<readonly Usage[]> {
    const call = { account: '*', region, operation: 'usage', signal: new AbortController().signal };
    try {
      return (await regions.get(region)?.driver.compute.usage?.(call)) ?? [];
    } catch (error) {
      log.warn({ region, err: error }, 'a cloud does not tell what its machines use');
      return [];
    }
  }

  return {
    async read() {
      const told = await Promise.all(telling.map(async ([region]) => ({ region, usages: await usageIn(region) })));
      for (const { of, counter } of made) {
        counter.reset();
        for (const { region, usages } of told)
          for (const usage of usages) {
            const value = of(usage);
            if (value !== undefined) counter.inc({ region, instance: usage.id }, value);
          }
      }
    },
  };
}
