import { existsSync } from 'node:fs';
import type { Clock } from '../../../ports/clock.ts';
import { type Call, DriverError, type Kind, type SeenSnapshot, type SnapshotSpec } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';
import type { Turns } from '../locks.ts';
import { namesIn, readRecord, removeFile, writeRecord } from '../records.ts';
import type { Chains } from './chains.ts';
import type { Holders } from './holders.ts';
import { type Layers, snapshotRecord, volumeRecord, within } from './layers.ts';
import type { Held, Pivot } from './pivot.ts';
import { layerFile, readSnapshot, type SnapshotRecord } from './snapshotRecord.ts';
import type { VolumeRecord } from './volumes.ts';

/** A snapshot to be taken. */
export interface Wanted {
  readonly id: string;
  readonly spec: SnapshotSpec;
}

export interface Snapshots extends Kind<SnapshotSpec, SeenSnapshot> {
  /** Takes several at one point in time, as far as one machine has their volumes open. Those that are there stay as they are. */
  together(wanted: readonly Wanted[], call: Call): Promise<SeenSnapshot>;
}

export interface SnapshotParts {
  readonly folders: Folders;
  readonly layers: Layers;
  readonly holders: Holders;
  readonly pivot: Pivot;
  readonly chains: Chains;
  readonly turns: Turns;
  readonly clock: Clock;
}

const seen = ({ state }: SnapshotRecord): SeenSnapshot =>
  state === 'done' ? { settled: true, progress: 100 } : { settled: false, progress: 0, lookAgainMs: 500 };

/** Snapshots: a record that names the layer which was its volume's top, and on which the volume stands since then. */
export function createSnapshots(parts: SnapshotParts): Snapshots {
  const { folders, layers, chains } = parts;
  const own = async (id: string, call: Call): Promise<SnapshotRecord | undefined> => {
    const record = await readSnapshot(folders, id);
    return record?.region === call.region && record.volume !== undefined ? record : undefined;
  };
  const together = async (wanted: readonly Wanted[], call: Call): Promise<SeenSnapshot> => {
    const volumes = [...new Set(wanted.map(({ spec }) => spec.volume))].sort();
    await inTurnOf(volumes, [], parts, (held) => take(wanted, held, call, parts));
    for (const volume of volumes) chains.consider(volume);
    return { settled: true, progress: 100 };
  };
  return {
    together,
    ensure: async (id, spec, call) => {
      const found = await own(id, call);
      return found?.state === 'done' ? seen(found) : together([{ id, spec }], call);
    },
    look: async (id, call) => {
      const found = await own(id, call);
      return found && seen(found);
    },
    async absent(id, call) {
      const found = await own(id, call);
      if (found !== undefined) {
        await removeFile(snapshotRecord(folders, id));
        await layers.sweep();
      }
      return { settled: true };
    },
    async *list(call) {
      for (const id of await namesIn(`${folders.root}/snapshots`)) {
        const found = await own(id, call);
        if (found !== undefined) yield { id, seen: seen(found) };
      }
    },
  };
}

/** Runs when nobody else works on any of the volumes, and tells who has each open. */
async function inTurnOf(
  volumes: readonly string[],
  held: readonly Held[],
  parts: SnapshotParts,
  work: (held: readonly Held[]) => Promise<void>,
): Promise<void> {
  const [volume, ...rest] = volumes;
  if (volume === undefined) return work(held);
  await parts.turns(volume, () =>
    parts.holders.withVolume(volume, (holder) => inTurnOf(rest, [...held, { volume, holder }], parts, work)),
  );
}

/**
 * First the records, that name the tops as they are; then new tops; then `done`. Whatever is cut off in between, a record
 * whose layer has another one on top of it is a snapshot.
 */
async function take(wanted: readonly Wanted[], held: readonly Held[], call: Call, parts: SnapshotParts): Promise<void> {
  const { folders, layers, pivot } = parts;
  const begun: { readonly id: string; readonly record: SnapshotRecord }[] = [];
  for (const one of wanted) begun.push({ id: one.id, record: await begin(one, call, parts) });
  for (const { volume, holder } of held) if (holder !== undefined) await pivot.settle(volume, holder);
  const still: Held[] = [];
  for (const one of held) {
    const top = await layers.topOf(one.volume);
    const isTop = begun.some(({ record }) => record.state === 'taking' && layerFile(folders, record) === top);
    if (isTop && existsSync(volumeRecord(folders, one.volume))) still.push(one);
  }
  if (still.length > 0) await pivot.freeze(still, call.signal);
  for (const { id, record } of begun)
    if (record.state !== 'done') await writeRecord(snapshotRecord(folders, id), { ...record, state: 'done' });
}

/** The record of a snapshot, which names its layer; the one that is there, when it was begun before. */
async function begin({ id, spec }: Wanted, call: Call, parts: SnapshotParts): Promise<SnapshotRecord> {
  const { folders, layers, clock } = parts;
  const found = await readSnapshot(folders, id);
  if (found !== undefined) return found;
  const volume = await readRecord<VolumeRecord>(volumeRecord(folders, spec.volume));
  const top = await layers.topOf(spec.volume);
  if (volume?.region !== call.region || top === undefined)
    throw new DriverError('invalid', `the snapshot ${id} cannot be made: there is no volume ${spec.volume}`);
  const record: SnapshotRecord = {
    region: call.region,
    volume: spec.volume,
    sizeGiB: spec.sizeGiB,
    layer: within(folders, top),
    state: 'taking',
    startedAt: clock.now(),
  };
  await writeRecord(snapshotRecord(folders, id), record);
  return record;
}
