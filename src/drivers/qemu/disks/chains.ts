import type { Clock } from '../../../ports/clock.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Log } from '../../../ports/log.ts';
import type { Folders } from '../folders.ts';
import type { Turns } from '../locks.ts';
import { readRecord } from '../records.ts';
import type { Holder, Holders } from './holders.ts';
import { type Layers, volumeRecord } from './layers.ts';
import { dropUnused, lookAtStream, pause, streamJob, topNode } from './nodes.ts';
import type { Pivot } from './pivot.ts';
import type { QemuImg } from './qemuImg.ts';

/** Keeps what volumes stand on short, in the background. */
export interface Chains {
  /** Shortens a volume's chain soon, if it is long. */
  consider(volume: string): void;
  /** Settles when nothing is left to do. */
  idle(): Promise<void>;
  /** Stops the copying of our own processes; that of machines goes on. */
  close(): Promise<void>;
}

export interface ChainParts {
  readonly folders: Folders;
  readonly layers: Layers;
  readonly holders: Holders;
  readonly qemuImg: QemuImg;
  readonly pivot: Pivot;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly log: Log;
  readonly length?: ChainLength;
}

/** A chain longer than `most` files is made so that the top stands on its lowest `keep` ones. */
export interface ChainLength {
  readonly most: number;
  readonly keep: number;
}

const usual: ChainLength = { most: 8, keep: 3 };
const lookAgainMs = 500;

export function createChains(parts: ChainParts): Chains {
  const stopped = new AbortController();
  const waiting = new Set<string>();
  let working: Promise<void> = Promise.resolve();
  const next = async (volume: string): Promise<void> => {
    waiting.delete(volume);
    if (stopped.signal.aborted) return;
    try {
      await shorten(volume, parts, stopped.signal);
    } catch (error) {
      if (!stopped.signal.aborted)
        parts.log.warn({ volume, why: (error as Error).message }, 'what a volume stands on could not be shortened');
    }
  };
  return {
    consider(volume) {
      if (waiting.has(volume)) return;
      waiting.add(volume);
      working = working.then(() => next(volume));
    },
    idle: () => working,
    close() {
      stopped.abort();
      return working;
    },
  };
}

async function shorten(volume: string, parts: ChainParts, signal: AbortSignal): Promise<void> {
  const began = await parts.turns(volume, () =>
    parts.holders.withVolume(volume, (holder) => begin(volume, holder, parts, signal)),
  );
  if (began === 'nothing') return;
  // A job of a machine: neither stopping the machine nor detaching the volume waits for it.
  while (began === 'streams' && !signal.aborted) {
    await pause(parts.clock, lookAgainMs);
    if (await parts.holders.withVolume(volume, (holder) => hasEnded(volume, holder))) break;
  }
  await parts.layers.sweep();
  if (began === 'streams' && !signal.aborted && (await isLong(volume, parts)))
    throw new DriverError('unavailable', 'QEMU gave it up');
}

async function isLong(volume: string, { layers, length = usual }: ChainParts): Promise<boolean> {
  const top = await layers.topOf(volume);
  return top !== undefined && (await layers.chain(top)).length > length.most;
}

async function begin(
  volume: string,
  holder: Holder | undefined,
  { folders, layers, qemuImg, pivot, length = usual }: ChainParts,
  signal: AbortSignal,
): Promise<'nothing' | 'copied' | 'streams'> {
  if ((await readRecord(volumeRecord(folders, volume))) === undefined) return 'nothing';
  if (holder !== undefined) await pivot.settle(volume, holder);
  const top = await layers.topOf(volume);
  const chain = top === undefined ? [] : await layers.chain(top);
  const base = chain.length <= length.most ? undefined : chain[chain.length - length.keep];
  if (top === undefined || base === undefined) return 'nothing';
  if (holder === undefined) {
    await qemuImg.rebase(top, base, { signal });
    return 'copied';
  }
  if ((await lookAtStream(holder.qmp, volume)) === 'runs') return 'streams';
  const { name } = await topNode(holder.qmp, volume);
  await holder.qmp.execute('block-stream', {
    'job-id': streamJob(volume),
    device: name,
    base,
    'backing-file': base,
    'auto-finalize': false,
    // Else QEMU 7.2 has, until it is dismissed, a node without a file, and dies when somebody asks for its nodes.
    'auto-dismiss': true,
  });
  return 'streams';
}

async function hasEnded(volume: string, holder: Holder | undefined): Promise<boolean> {
  if (holder === undefined) return true;
  if ((await lookAtStream(holder.qmp, volume)) === 'runs') return false;
  await dropUnused(holder.qmp, volume);
  return true;
}
