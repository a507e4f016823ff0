import type { Clock } from '../../../ports/clock.ts';
import { DriverError } from '../../../ports/driver.ts';
import { type Qmp, QmpError } from '../qmp/qmp.ts';
import { layerNumber } from './layers.ts';

/** A block node of a volume in a QEMU. */
export interface VolumeNode {
  readonly name: string;
  /** The file that it opened. */
  readonly file: string;
}

/**
 * The nodes of a volume, the top first. A machine opens a volume's top as a node called by the volume's id; each snapshot
 * since then put a node `VOLUME.NUMBER` on it, with the number of its layer.
 */
export async function nodesOf(qmp: Qmp, volume: string): Promise<readonly VolumeNode[]> {
  return (await openNodes(qmp, volume)).filter(({ standsAlone, name }) => name === volume || !standsAlone);
}

/** Also those that were opened for a snapshot that was cut off: such a node stands on nothing yet. */
async function openNodes(
  qmp: Qmp,
  volume: string,
): Promise<readonly (VolumeNode & { readonly standsAlone: boolean })[]> {
  const all = await qmp.execute('query-named-block-nodes', { flat: false });
  return all
    .flatMap(({ 'node-name': name, file, backing_file_depth: depth }) => {
      const number = name === undefined ? undefined : numberOf(name, volume);
      return number === undefined ? [] : [{ name: name!, file, number, standsAlone: depth === 0 }];
    })
    .sort((one, other) => other.number - one.number)
    .map(({ name, file, standsAlone }) => ({ name, file, standsAlone }));
}

function numberOf(name: string, volume: string): number | undefined {
  if (name === volume) return 0;
  const suffix = name.startsWith(`${volume}.`) ? name.slice(volume.length + 1) : '';
  return /^\d+$/.test(suffix) ? Number(suffix) : undefined;
}

/** The name of the node for a layer that is put on top of an open volume. */
export const nodeName = (volume: string, layer: string): string => `${volume}.${layerNumber(layer)}`;

/** Closes a node that was opened for a layer and never put on top. */
export async function dropCutOff(qmp: Qmp, volume: string, layer: string): Promise<void> {
  const name = nodeName(volume, layer);
  const cutOff = (await openNodes(qmp, volume)).some((node) => node.name === name && node.standsAlone);
  if (cutOff) await qmp.execute('blockdev-del', { 'node-name': name });
}

/** The top node of a volume in a QEMU that has it open. */
export async function topNode(qmp: Qmp, volume: string): Promise<VolumeNode> {
  const [top] = await nodesOf(qmp, volume);
  if (top === undefined) throw new DriverError('conflict', `the volume ${volume} is being attached or detached`);
  return top;
}

/** Closes a volume's files in a QEMU, when no device has it any more: all its nodes, the top first. */
export async function dropNodes(qmp: Qmp, volume: string, clock: Clock): Promise<void> {
  await endStream(qmp, volume, clock);
  for (const { name } of await openNodes(qmp, volume)) await qmp.execute('blockdev-del', { 'node-name': name });
}

/** Closes the nodes that the top does not stand on any more. */
export async function dropUnused(qmp: Qmp, volume: string): Promise<void> {
  const [, ...lower] = await nodesOf(qmp, volume);
  for (const { name } of lower) {
    try {
      await qmp.execute('blockdev-del', { 'node-name': name });
    } catch (error) {
      // In use: the top still stands on it.
      if (!(error instanceof QmpError)) throw error;
    }
  }
}

/** The job that shortens a volume's chain in a QEMU. */
export const streamJob = (volume: string): string => `stream-${volume}`;

/** Whether the job still runs. One that has ended is forgotten; whoever wants to know what it did looks at the files. */
export async function lookAtStream(qmp: Qmp, volume: string): Promise<'runs' | 'none'> {
  const jobs = await qmp.execute('query-jobs');
  const job = jobs.find(({ id }) => id === streamJob(volume));
  if (job === undefined) return 'none';
  if (job.status === 'pending') await finishStream(qmp, volume);
  if (job.status !== 'concluded') return 'runs';
  // Of a machine that an older driver has begun it in.
  await qmp.execute('job-dismiss', { id: job.id });
  return 'none';
}

/**
 * Lets the top name the lower layer that it stands on now. What was copied is flushed first: QEMU writes the header at once,
 * and a QEMU that ended before it wrote its tables would leave a top that lacks what the layers in between had.
 */
async function finishStream(qmp: Qmp, volume: string): Promise<void> {
  const { name } = await topNode(qmp, volume);
  await qmp.execute('human-monitor-command', { 'command-line': `qemu-io ${name} flush` });
  await qmp.execute('job-finalize', { id: streamJob(volume) });
}

/** Ends the job, if there is one: a volume with a job takes no snapshot and cannot be closed. What it copied stays. */
export async function endStream(qmp: Qmp, volume: string, clock: Clock): Promise<void> {
  for (let tries = 0; ; tries++) {
    if ((await lookAtStream(qmp, volume)) !== 'runs') return;
    if (tries === 0) await cancel(qmp, volume);
    if (tries === 200) throw new DriverError('unavailable', `the volume ${volume} is busy with being shortened`);
    await pause(clock, 50);
  }
}

async function cancel(qmp: Qmp, volume: string): Promise<void> {
  try {
    await qmp.execute('job-cancel', { id: streamJob(volume) });
  } catch (error) {
    // It ended meanwhile, which is what is wanted.
    if (!(error instanceof QmpError)) throw error;
  }
}

export const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.at(clock.now() + ms, () => resolve());
  });
