import type { Clock } from '../../../ports/clock.ts';
import { DriverError } from '../../../ports/driver.ts';
import { type Qmp, QmpError } from '../qmp/qmp.ts';
import { removeFile } from '../records.ts';
import type { Holder } from './holders.ts';
import { type Layers, readLayer } from './layers.ts';
import { dropCutOff, endStream, nodeName, topNode } from './nodes.ts';

/** Moves machines that run from one layer of their volumes to the next. */
export interface Pivot {
  /**
   * Puts a new, empty layer on each of the volumes, at one point in time for all that one machine has open. Gives, by volume,
   * the layer that was the top and is now at rest.
   */
  freeze(volumes: readonly Held[], signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Goes on with what a crash left between a new layer's file and the machine that should write to it. */
  settle(volume: string, holder: Holder): Promise<void>;
}

/** A volume, and who has it open. */
export interface Held {
  readonly volume: string;
  readonly holder: Holder | undefined;
}

/** A step from a node of a machine to a new layer on top of it. */
interface Step {
  readonly volume: string;
  readonly from: string;
  readonly layer: string;
}

export function createPivot(layers: Layers, clock: Clock): Pivot {
  const settle = async (volume: string, holder: Holder): Promise<void> => {
    const step = await stepOf(volume, holder, layers);
    if (step !== undefined) await move(holder.qmp, [step], clock);
  };
  return {
    settle,
    async freeze(volumes, signal) {
      for (const { volume, holder } of volumes) if (holder !== undefined) await settle(volume, holder);
      const frozen = new Map<string, string>();
      const added: string[] = [];
      try {
        for (const { volume } of volumes) {
          const { top, layer } = await addLayer(volume, layers, signal);
          frozen.set(volume, top);
          added.push(layer);
        }
        await moveAll(volumes, layers, clock);
      } catch (error) {
        // QEMU refused, or nothing was asked of it yet: no machine writes to the new layers. In doubt they stay, empty.
        if (!(error instanceof Unsure)) for (const layer of added) await removeFile(layer);
        throw error instanceof Unsure ? error.trouble : error;
      }
      for (const top of frozen.values()) await layers.freeze(top);
      return frozen;
    },
  };
}

/** Nobody knows whether the machine did it. */
class Unsure extends Error {
  readonly trouble: DriverError;
  constructor(trouble: DriverError) {
    super(trouble.message);
    this.trouble = trouble;
  }
}

async function addLayer(volume: string, layers: Layers, signal: AbortSignal | undefined) {
  const top = await layers.topOf(volume);
  if (top === undefined) throw new DriverError('invalid', `there is no volume ${volume}`);
  const { virtualBytes } = await readLayer(top);
  return { top, layer: await layers.inTurn(() => layers.add(volume, virtualBytes, top, signal)) };
}

/** One transaction for each machine. */
async function moveAll(volumes: readonly Held[], layers: Layers, clock: Clock): Promise<void> {
  const machines = new Map<string, { readonly qmp: Qmp; readonly steps: Step[] }>();
  for (const { volume, holder } of volumes) {
    if (holder === undefined) continue;
    const step = await stepOf(volume, holder, layers);
    const machine = machines.get(holder.machine) ?? { qmp: holder.qmp, steps: [] };
    machines.set(holder.machine, machine);
    if (step !== undefined) machine.steps.push(step);
  }
  let moved = 0;
  for (const { qmp, steps } of machines.values()) {
    try {
      await move(qmp, steps, clock);
      moved++;
    } catch (error) {
      throw moved === 0 ? error : new Unsure(asDriverError(error));
    }
  }
}

const asDriverError = (error: unknown): DriverError => {
  if (error instanceof DriverError) return error;
  if (error instanceof Unsure) return error.trouble;
  return new DriverError('unavailable', `the machine does not answer: ${(error as Error).message}`, { cause: error });
};

/** What a machine has still to do for a volume; undefined: it writes to the top. */
async function stepOf(volume: string, { qmp }: Holder, layers: Layers): Promise<Step | undefined> {
  const layer = await layers.topOf(volume);
  const node = await topNode(qmp, volume);
  return layer === undefined || node.file === layer || node.name === nodeName(volume, layer)
    ? undefined
    : { volume, from: node.name, layer };
}

async function move(qmp: Qmp, steps: readonly Step[], clock: Clock): Promise<void> {
  if (steps.length === 0) return;
  const opened: string[] = [];
  try {
    for (const { volume } of steps) await endStream(qmp, volume, clock);
    for (const { volume, layer } of steps) {
      const name = nodeName(volume, layer);
      await dropCutOff(qmp, volume, layer);
      await qmp.execute('blockdev-add', {
        driver: 'qcow2',
        'node-name': name,
        backing: null,
        discard: 'unmap',
        file: { driver: 'file', filename: layer, discard: 'unmap' },
      });
      opened.push(name);
    }
    const actions = steps.map(({ volume, from, layer }) => ({
      type: 'blockdev-snapshot' as const,
      data: { node: from, overlay: nodeName(volume, layer) },
    }));
    await qmp.execute('transaction', { actions });
  } catch (error) {
    if (error instanceof DriverError) throw error;
    if (!(error instanceof QmpError)) throw new Unsure(asDriverError(error));
    for (const name of opened) await qmp.execute('blockdev-del', { 'node-name': name });
    throw new DriverError('unavailable', `the machine takes no snapshot now: ${error.message}`, { cause: error });
  }
}
