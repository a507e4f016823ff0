import type { Clock } from '../../../ports/clock.ts';
import { type Call, DriverError, type Kind, type Seen, type VolumeSpec } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';
import type { Turns } from '../locks.ts';
import { QmpError } from '../qmp/qmp.ts';
import { namesIn, readRecord, removeFile, writeRecord } from '../records.ts';
import type { Holder, Holders } from './holders.ts';
import { type Layers, readLayer, volumeRecord } from './layers.ts';
import { topNode } from './nodes.ts';
import type { Pivot } from './pivot.ts';
import type { QemuImg } from './qemuImg.ts';
import { layerFile, readSnapshot } from './snapshotRecord.ts';

/** What is kept of a volume, in `volume.json`. */
export interface VolumeRecord {
  readonly region: string;
  readonly spec: VolumeSpec;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface VolumeParts {
  readonly folders: Folders;
  readonly layers: Layers;
  readonly holders: Holders;
  readonly qemuImg: QemuImg;
  readonly pivot: Pivot;
  readonly turns: Turns;
  readonly clock: Clock;
  /** Whether the region has a zone. */
  readonly hasZone: (zone: string, region: string) => boolean;
}

const gib = 2 ** 30;
const done: Seen = { settled: true };

/** Volumes as qcow2 files: empty, or standing on the layer of a snapshot. */
export function createVolumes(parts: VolumeParts): Kind<VolumeSpec, Seen> {
  const { folders, layers, holders, turns, clock } = parts;
  const pathOf = (id: string): string => volumeRecord(folders, id);
  const read = async (id: string, { region }: Call): Promise<VolumeRecord | undefined> => {
    const record = await readRecord<VolumeRecord>(pathOf(id));
    return record?.region === region ? record : undefined;
  };
  return {
    ensure: (id, spec, call) =>
      turns(id, async () => {
        refuse(id, spec);
        const found = await read(id, call);
        if (found === undefined) await make(id, spec, call, parts);
        else {
          await grow(id, found.spec, spec, parts, call);
          if (JSON.stringify(found.spec) !== JSON.stringify(spec)) await writeRecord(pathOf(id), { ...found, spec });
        }
        return done;
      }),
    look: async (id, call) => ((await read(id, call)) === undefined ? undefined : done),
    absent: (id, call) =>
      turns(id, async () => {
        if ((await read(id, call)) === undefined) return done;
        await holders.withVolume(id, async (holder) => {
          if (holder !== undefined) throw held(id, holder);
          // From here on the volume is gone; its files go when nothing stands on them.
          await removeFile(pathOf(id));
        });
        await layers.sweep();
        return done;
      }),
    async *list(call) {
      for (const id of await namesIn(`${folders.root}/volumes`))
        if ((await read(id, call)) !== undefined) yield { id, seen: done };
    },
  };

  async function make(id: string, spec: VolumeSpec, call: Call, { hasZone }: VolumeParts): Promise<void> {
    if (!hasZone(spec.zone, call.region))
      throw new DriverError('invalid', `the volume ${id} cannot be made: there is no zone ${spec.zone}`);
    await layers.inTurn(async () => {
      const base = spec.snapshot === undefined ? undefined : await baseOf(id, spec, call, folders);
      const layer = await layers.add(id, spec.sizeGiB * gib, base, call.signal);
      try {
        // The snapshot of an image may have been taken away by another process. It looks who stands on it after that.
        if (spec.snapshot !== undefined) await baseOf(id, spec, call, folders);
      } catch (error) {
        await removeFile(layer);
        throw error;
      }
      const record: VolumeRecord = { region: call.region, spec, createdAt: clock.now() };
      await writeRecord(pathOf(id), record);
    });
  }
}

/** What is no volume of this driver. */
function refuse(id: string, { encrypted, sizeGiB }: VolumeSpec): void {
  if (encrypted) throw new DriverError('unsupported', `the volume ${id}: volumes are not encrypted here`);
  if (!Number.isSafeInteger(sizeGiB) || sizeGiB < 1 || sizeGiB > 65_536)
    throw new DriverError('invalid', `the volume ${id} cannot have ${sizeGiB} GiB`);
}

const held = (id: string, { machine }: Holder): DriverError =>
  new DriverError('conflict', `the volume ${id} is open in ${machine}`, { about: 'in-use' });

/** The file that a new volume stands on. */
async function baseOf(id: string, spec: VolumeSpec, call: Call, folders: Folders): Promise<string> {
  const record = await readSnapshot(folders, spec.snapshot!);
  if (record === undefined || record.region !== call.region)
    throw new DriverError('invalid', `the volume ${id} cannot be made: there is no snapshot ${spec.snapshot}`);
  if (record.state !== 'done')
    throw new DriverError('conflict', `the volume ${id} waits for the snapshot ${spec.snapshot}`);
  const file = layerFile(folders, record);
  const { virtualBytes } = await readLayer(file);
  if (virtualBytes > spec.sizeGiB * gib)
    throw new DriverError('invalid', `the volume ${id} of ${spec.sizeGiB} GiB is smaller than ${spec.snapshot}`);
  return file;
}

/** Makes a volume larger, also while a machine uses it. */
async function grow(id: string, was: VolumeSpec, spec: VolumeSpec, parts: VolumeParts, call: Call): Promise<void> {
  if (spec.sizeGiB < was.sizeGiB)
    throw new DriverError('invalid', `the volume ${id} has ${was.sizeGiB} GiB and cannot become smaller`);
  if (spec.sizeGiB === was.sizeGiB) return;
  const bytes = spec.sizeGiB * gib;
  await parts.holders.withVolume(id, async (holder) => {
    const top = await parts.layers.topOf(id);
    if (top === undefined) throw new DriverError('bug', `the volume ${id} has lost its file`);
    if (holder === undefined) {
      await parts.qemuImg.resize(top, bytes, { signal: call.signal });
      return;
    }
    await parts.pivot.settle(id, holder);
    const { name } = await topNode(holder.qmp, id);
    try {
      await holder.qmp.execute('block_resize', { 'node-name': name, size: bytes });
    } catch (cause) {
      const trouble = cause instanceof QmpError ? 'invalid' : 'unavailable';
      throw new DriverError(trouble, `the volume ${id} cannot grow: ${(cause as Error).message}`, { cause });
    }
  });
}
