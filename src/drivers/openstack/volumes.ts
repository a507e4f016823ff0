import { type Call, DriverError, type Kind, type Seen, type VolumeSpec } from '../../ports/driver.ts';
import type { SeenTags, TagChange } from '../../ports/tags.ts';
import { retagged } from './foreign/tags.ts';
import { working } from './machines/seen.ts';
import { another, named, ours } from './ours.ts';
import type { Place, PlaceOf } from './places.ts';
import type { Made, Records } from './records.ts';
import {
  createVolume,
  deleteVolume,
  deleteVolumeMetadata,
  extendVolume,
  volumes as listVolumes,
  updateVolume,
  updateVolumeMetadata,
  type Volume,
  volume,
} from './rest/cinder.ts';
import type { SnapshotRecord } from './snapshots.ts';
import { remove, removeTwin } from './storage/removal.ts';
import { ofSnapshot, refuseFailed } from './storage/storageFaults.ts';
import type { VolumeTypes } from './storage/volumeTypes.ts';

/** How the name of a volume begins that its user has deleted. */
export const hiddenPrefix = 'elsewhere-deleted-';

/** What is remembered of a volume. */
export interface VolumeRecord extends Made {
  /** As it was asked for last. Absent for one that others made. */
  readonly sizeGiB?: number;
  /** Cinder has accepted to delete it. */
  readonly asked?: boolean;
  /** Gone for its user, and in Cinder only because it has snapshots of ours; it goes with the last of them. */
  readonly deleted?: boolean;
}

export interface VolumeParts {
  readonly records: Records<VolumeRecord>;
  /** The records of snapshots: what volumes are made of, and what keeps a deleted volume in Cinder. */
  readonly snapshots: Records<SnapshotRecord>;
  readonly placeOf: PlaceOf;
  readonly types: VolumeTypes;
  /** Cinder's id of a snapshot that we did not make. */
  readonly snapshotOf?: (id: string, call: Call) => Promise<string | undefined>;
  /** Cinder's id of a volume that we did not make, for an id without a record. */
  readonly native?: (id: string, call: Call) => Promise<string | undefined>;
}

export interface Volumes extends Kind<VolumeSpec, Seen> {
  /** Cinder's id. Throws a DriverError `invalid` when there is no such volume. */
  readonly nativeOf: (id: string, call: Call) => Promise<string>;
  /** Cinder's id of a snapshot that volumes are made of. Throws a DriverError `invalid` when there is none. */
  readonly sourceOf: (snapshot: string, call: Call) => Promise<string>;
  /** Size in GiB; asks Cinder only about volumes that others made. Throws a DriverError `invalid` for want of a volume. */
  sizeOf(id: string, call: Call): Promise<number>;
  /** A snapshot of the volume is gone: takes the volume with it if that was the last, and the volume was deleted before. */
  snapshotGone(id: string, call: Call): Promise<Seen>;
}

/** Volumes are Cinder's volumes, named after our ids. */
export const createVolumes = (parts: VolumeParts): Volumes => new CinderVolumes(parts);

class CinderVolumes implements Volumes {
  readonly #parts: VolumeParts;
  readonly #records: Records<VolumeRecord>;

  constructor(parts: VolumeParts) {
    this.#parts = parts;
    this.#records = parts.records;
  }

  ensure(id: string, spec: VolumeSpec, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      if (spec.encrypted && spec.snapshot === undefined)
        throw new DriverError('unsupported', 'this cloud encrypts volumes by their type only');
      const record = await this.#known(id, call);
      if (record === undefined) return this.#make(id, spec, false, call);
      if (record.deleted) throw new DriverError('invalid', `the volume ${id} was deleted`);
      const { session, there } = await this.#find(id, record, call);
      if (there === undefined) {
        if (record.native === undefined || record.asked) return this.#make(id, spec, !record.asked, call);
        throw new DriverError('invalid', `the volume ${id} was deleted in the cloud`);
      }
      const known = { ...record, native: there.id };
      if (record.native === undefined) await this.#records.put(id, call, known);
      await refuseFailed(session, id, there, call.signal);
      const seen = seenOf(there);
      if (!seen.settled) return seen;
      const other = await this.#other(id, known, call);
      const one = other && {
        look: () => volume(session, other.id, call.signal),
        remove: () => deleteVolume(session, other.id, call.signal),
      };
      if (one !== undefined && !(await removeTwin(one))) return working;
      if (spec.sizeGiB <= there.size) return seen;
      await extendVolume(session, there.id, spec.sizeGiB, call.signal);
      await this.#records.put(id, call, { ...known, sizeGiB: spec.sizeGiB });
      return working;
    });
  }

  async look(id: string, call: Call): Promise<Seen | undefined> {
    const record = await this.#known(id, call);
    if (record === undefined || record.deleted) return undefined;
    const { there } = await this.#find(id, record, call);
    return there && seenOf(there);
  }

  absent(id: string, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      const record = await this.#known(id, call);
      if (record === undefined) return { settled: true };
      return record.deleted ? this.#reap(id, record, call) : this.#remove(id, record, call);
    });
  }

  async retag(id: string, change: TagChange, call: Call): Promise<SeenTags> {
    const native = await this.nativeOf(id, call);
    const { session } = await this.#place(call.account);
    return retagged(change, {
      put: (members) => updateVolumeMetadata(session, native, members, call.signal),
      drop: (key) => deleteVolumeMetadata(session, native, key, call.signal),
      all: async () => (await volume(session, native, call.signal))?.metadata ?? {},
    });
  }

  async *list(call: Call) {
    const records = (await this.#records.list(call)).filter(([, made]) => !made.deleted && !made.adopted);
    const listOf = async (account: string) => listVolumes((await this.#place(account)).session, {}, call.signal);
    for await (const [id, there] of ours(records, listOf)) yield { id, seen: seenOf(there) };
  }

  readonly nativeOf = async (id: string, call: Call): Promise<string> => {
    const record = await this.#known(id, call);
    if (record?.deleted) throw none(id);
    if (record?.native !== undefined) return record.native;
    const native = record && (await this.#find(id, record, call)).there?.id;
    if (native === undefined) throw none(id);
    return native;
  };

  readonly sourceOf = async (id: string, call: Call): Promise<string> => {
    const { snapshots, snapshotOf } = this.#parts;
    const record = await snapshots.get(id, call);
    const native = record === undefined ? await snapshotOf?.(id, call) : record.gone ? undefined : record.native;
    if (native === undefined) throw new DriverError('invalid', `there is no snapshot ${id}`);
    return native;
  };

  async sizeOf(id: string, call: Call): Promise<number> {
    const record = await this.#known(id, call);
    if (record?.sizeGiB !== undefined && !record.deleted) return record.sizeGiB;
    const { session } = await this.#place(record?.account ?? call.account);
    const there = await volume(session, await this.nativeOf(id, call), call.signal);
    if (there === undefined) throw none(id);
    return there.size;
  }

  snapshotGone(id: string, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      const record = await this.#known(id, call);
      return record?.deleted ? this.#reap(id, record, call) : { settled: true };
    });
  }

  async #make(id: string, spec: VolumeSpec, again: boolean, call: Call): Promise<Seen> {
    const { types } = this.#parts;
    const place = await this.#place(call.account);
    const source = spec.snapshot === undefined ? undefined : await this.sourceOf(spec.snapshot, call);
    const [type, zoned] = await Promise.all([types.typeOf(place, spec.type), types.hasZone(place, spec.zone)]);
    const record: VolumeRecord = { account: call.account, sizeGiB: spec.sizeGiB, ...(again && { again }) };
    await this.#records.put(id, call, record);
    const what = {
      size: spec.sizeGiB,
      name: id,
      metadata: { elsewhere: id },
      ...(type !== undefined && { volume_type: type }),
      ...(zoned && { availability_zone: spec.zone }),
      ...(source !== undefined && { snapshot_id: source }),
    };
    const create = () => createVolume(place.session, what, call.signal);
    const made = await ofSnapshot(place.session, source, create, call.signal);
    await this.#records.put(id, call, { ...record, native: made.id });
    return working;
  }

  /** Deletes the volume in Cinder; one that snapshots of ours hold there is gone only for its user. */
  async #remove(id: string, record: VolumeRecord, call: Call): Promise<Seen> {
    const { session } = await this.#place(record.account);
    const native = record.native ?? (await this.#find(id, record, call)).there?.id;
    if (native === undefined) return this.#forget(id, record, call);
    const step = await remove({
      asked: record.asked === true,
      look: () => volume(session, native, call.signal),
      remove: () => deleteVolume(session, native, call.signal),
    });
    if (step.now === 'gone') return this.#forget(id, { ...record, native }, call);
    if (step.now === 'asked') await this.#records.put(id, call, { ...record, native, asked: true });
    if (step.now !== 'refused') return working;
    const { there, why } = step;
    if (record.deleted || there.attachments.length > 0 || !(await this.#hasSnapshots(id, call)))
      throw new DriverError('conflict', `the volume ${id} is in use or has snapshots: ${why.message}`, { cause: why });
    // Under its new name it could not be found by a record without its id.
    if (record.native === undefined) await this.#records.put(id, call, { ...record, native });
    return this.#hide(id, { ...record, native }, call);
  }

  async #forget(id: string, record: VolumeRecord, call: Call): Promise<Seen> {
    const other = await this.#other(id, record, call);
    if (other !== undefined) {
      await this.#records.put(id, call, { ...record, native: other.id, asked: false });
      return working;
    }
    await this.#records.delete(id, call);
    return { settled: true };
  }

  /** Takes a volume away from its user. A snapshot that goes at this very moment, and did not see it, is looked for again. */
  async #hide(id: string, record: VolumeRecord & { readonly native: string }, call: Call) {
    const { session } = await this.#place(record.account);
    await updateVolume(session, record.native, { name: `${hiddenPrefix}${id}` }, call.signal);
    const hidden = { ...record, deleted: true };
    await this.#records.put(id, call, hidden);
    return this.#reap(id, hidden, call);
  }

  /** What is left to do about a volume that its user has deleted. */
  async #reap(id: string, record: VolumeRecord, call: Call): Promise<Seen> {
    return (await this.#hasSnapshots(id, call)) ? { settled: true } : this.#remove(id, record, call);
  }

  /** Whether Cinder has, or may have, snapshots of ours of a volume. */
  async #hasSnapshots(id: string, call: Call): Promise<boolean> {
    const all = await this.#parts.snapshots.list({ ...call, account: '*' });
    return all.some(([, made]) => made.volume === id && !made.gone);
  }

  /** The record; one that stands for a volume that others made, when there is none. */
  async #known(id: string, call: Call): Promise<VolumeRecord | undefined> {
    const record = await this.#records.get(id, call);
    if (record !== undefined) return record;
    const native = await this.#parts.native?.(id, call);
    return native === undefined ? undefined : { account: call.account, native };
  }

  async #other(id: string, record: VolumeRecord, call: Call): Promise<Volume | undefined> {
    const { session } = await this.#place(record.account);
    return another(record, id, () => listVolumes(session, { name: id }, call.signal));
  }

  async #find(id: string, record: VolumeRecord, call: Call) {
    const { session } = await this.#place(record.account);
    const there =
      record.native === undefined
        ? await named(listVolumes(session, { name: id }, call.signal), id)
        : await volume(session, record.native, call.signal);
    return { session, there };
  }

  #place(account: string): Promise<Place> {
    return this.#parts.placeOf(account);
  }
}

const none = (id: string): DriverError => new DriverError('invalid', `there is no volume ${id}`);

const busy: ReadonlySet<string> = new Set(['creating', 'downloading', 'extending', 'deleting']);

function seenOf({ status }: Volume): Seen {
  if (busy.has(status)) return working;
  return { settled: true, ...(status.startsWith('error') && { note: `the cloud says ${status}` }) };
}
