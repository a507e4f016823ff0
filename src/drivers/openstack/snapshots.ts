import {
  type Call,
  DriverError,
  type Kind,
  type Seen,
  type SeenSnapshot,
  type SnapshotSpec,
} from '../../ports/driver.ts';
import type { SeenTags, TagChange } from '../../ports/tags.ts';
import { retagged } from './foreign/tags.ts';
import { working } from './machines/seen.ts';
import { another, named, ours } from './ours.ts';
import type { PlaceOf } from './places.ts';
import type { Made, Records } from './records.ts';
import {
  createSnapshot,
  deleteSnapshot,
  deleteSnapshotMetadata,
  snapshots as listSnapshots,
  type Snapshot,
  snapshot,
  updateSnapshotMetadata,
} from './rest/cinder.ts';
import type { Session } from './rest/session.ts';
import { type MachineTurns, whenServerRests } from './storage/liveSnapshots.ts';
import { type Removed, remove, removeTwin } from './storage/removal.ts';
import { refuseFailed } from './storage/storageFaults.ts';
import type { Volumes } from './volumes.ts';

/** What is remembered of a snapshot. */
export interface SnapshotRecord extends Made {
  /** Our id of the volume that it is of. Absent for snapshots that others made. */
  readonly volume?: string;
  /** Cinder has accepted to delete it. */
  readonly asked?: boolean;
  /** Cinder has it no more. What is left to do is about its volume. */
  readonly gone?: boolean;
}

export interface SnapshotParts {
  readonly records: Records<SnapshotRecord>;
  readonly placeOf: PlaceOf;
  readonly volumes: Pick<Volumes, 'nativeOf' | 'snapshotGone'>;
  readonly machines: MachineTurns;
  /** Cinder's id of a snapshot that we did not make, for an id without a record. */
  readonly native?: (id: string, call: Call) => Promise<string | undefined>;
}

/** Snapshots are Cinder's snapshots, named after our ids. */
export const createSnapshots = (parts: SnapshotParts): Kind<SnapshotSpec, SeenSnapshot> => new CinderSnapshots(parts);

class CinderSnapshots implements Kind<SnapshotSpec, SeenSnapshot> {
  readonly #parts: SnapshotParts;
  readonly #records: Records<SnapshotRecord>;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
    this.#records = parts.records;
  }

  ensure(id: string, spec: SnapshotSpec, call: Call): Promise<SeenSnapshot> {
    return this.#records.alone(id, call, async () => {
      const record = await this.#known(id, call);
      if (record === undefined) return this.#make(id, spec, false, call);
      if (record.gone) throw new DriverError('conflict', `the snapshot ${id} is being deleted`);
      const { session, there } = await this.#find(id, record, call);
      if (there === undefined) {
        if (record.native === undefined || record.asked) return this.#make(id, spec, !record.asked, call);
        throw new DriverError('invalid', `the snapshot ${id} was deleted in the cloud`);
      }
      const known = { ...record, native: there.id };
      if (record.native === undefined) await this.#records.put(id, call, known);
      await refuseFailed(session, id, there, call.signal);
      const seen = seenOf(there);
      const other = seen.settled ? await this.#other(id, known, call) : undefined;
      const one = other && {
        look: () => snapshot(session, other.id, call.signal),
        remove: () => deleteSnapshot(session, other.id, call.signal),
      };
      return one === undefined || (await removeTwin(one)) ? seen : { ...seen, ...working };
    });
  }

  async look(id: string, call: Call): Promise<SeenSnapshot | undefined> {
    const record = await this.#known(id, call);
    if (record === undefined || record.gone) return undefined;
    const { there } = await this.#find(id, record, call);
    return there && seenOf(there);
  }

  absent(id: string, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      const record = await this.#known(id, call);
      if (record === undefined) return { settled: true };
      if (!record.gone && !(await this.#remove(id, record, call))) return working;
      const seen =
        record.volume === undefined ? { settled: true } : await this.#parts.volumes.snapshotGone(record.volume, call);
      if (seen.settled) await this.#records.delete(id, call);
      return seen;
    });
  }

  async retag(id: string, change: TagChange, call: Call): Promise<SeenTags> {
    const record = await this.#known(id, call);
    const found = record && (await this.#find(id, record, call));
    if (found?.there === undefined) throw new DriverError('invalid', `there is no snapshot ${id}`);
    const { session, there } = found;
    return retagged(change, {
      put: (members) => updateSnapshotMetadata(session, there.id, members, call.signal),
      drop: (key) => deleteSnapshotMetadata(session, there.id, key, call.signal),
      all: async () => (await snapshot(session, there.id, call.signal))?.metadata ?? {},
    });
  }

  async *list(call: Call) {
    const records = (await this.#records.list(call)).filter(([, made]) => !made.gone && !made.adopted);
    const listOf = async (account: string) =>
      listSnapshots((await this.#parts.placeOf(account)).session, {}, call.signal);
    for await (const [id, there] of ours(records, listOf)) yield { id, seen: seenOf(there) };
  }

  async #make(id: string, spec: SnapshotSpec, again: boolean, call: Call): Promise<SeenSnapshot> {
    const { placeOf, volumes, machines } = this.#parts;
    const { session } = await placeOf(call.account);
    const volume_id = await volumes.nativeOf(spec.volume, call);
    const record: SnapshotRecord = { account: call.account, volume: spec.volume, ...(again && { again }) };
    const made = await whenServerRests(session, machines, volume_id, call, async () => {
      await this.#records.put(id, call, record);
      return createSnapshot(session, { volume_id, name: id, metadata: { elsewhere: id } }, call.signal);
    });
    if (made === undefined) return { ...working, progress: 0 };
    await this.#records.put(id, call, { ...record, native: made.id });
    return seenOf(made);
  }

  /**
   * Deletes the snapshot in Cinder; true when it is gone. That is written down before anybody looks whether it was the
   * last of its volume: of two that go at the same time, at least one then sees that none is left.
   */
  async #remove(id: string, record: SnapshotRecord, call: Call): Promise<boolean> {
    const { session } = await this.#parts.placeOf(record.account);
    const native = record.native ?? (await this.#find(id, record, call)).there?.id;
    const step = native === undefined ? ({ now: 'gone' } as const) : await this.#step(session, native, record, call);
    if (step.now === 'refused')
      throw new DriverError('conflict', `the snapshot ${id} is in use: ${step.why.message}`, { cause: step.why });
    if (step.now === 'going') return false;
    const known = { ...record, ...(native !== undefined && { native }) };
    const other = step.now === 'gone' ? await this.#other(id, known, call) : undefined;
    const news = other ? { native: other.id, asked: false } : step.now === 'gone' ? { gone: true } : { asked: true };
    await this.#records.put(id, call, { ...known, ...news });
    return step.now === 'gone' && other === undefined;
  }

  /** One step of the deletion in Cinder. It is asked for while nothing is done to the server that has the volume. */
  async #step(session: Session, native: string, record: SnapshotRecord, call: Call): Promise<Removed<Snapshot>> {
    const look = () => snapshot(session, native, call.signal);
    const ask = () =>
      remove({ asked: record.asked === true, look, remove: () => deleteSnapshot(session, native, call.signal) });
    if (record.asked) return ask();
    const of = (await look())?.volume_id;
    const step = await (of === undefined ? ask() : whenServerRests(session, this.#parts.machines, of, call, ask));
    return step ?? { now: 'going' };
  }

  /** The record; one that stands for a snapshot that others made, when there is none. */
  async #known(id: string, call: Call): Promise<SnapshotRecord | undefined> {
    const record = await this.#records.get(id, call);
    if (record !== undefined) return record;
    const native = await this.#parts.native?.(id, call);
    return native === undefined ? undefined : { account: call.account, native };
  }

  async #other(id: string, record: SnapshotRecord, call: Call): Promise<Snapshot | undefined> {
    const { session } = await this.#parts.placeOf(record.account);
    return another(record, id, () => listSnapshots(session, { name: id }, call.signal));
  }

  async #find(id: string, record: SnapshotRecord, call: Call) {
    const { session } = await this.#parts.placeOf(record.account);
    const there =
      record.native === undefined
        ? await named(listSnapshots(session, { name: id }, call.signal), id)
        : await snapshot(session, record.native, call.signal);
    return { session, there };
  }
}

const busy: ReadonlySet<string> = new Set(['creating', 'deleting']);

/** Cinder tells how far a snapshot is where its back end does. */
function seenOf(there: Snapshot): SeenSnapshot {
  const { status } = there;
  if (busy.has(status)) {
    const said = Number.parseInt(there['os-extended-snapshot-attributes:progress'] ?? '0', 10);
    return { ...working, progress: Number.isNaN(said) ? 0 : Math.min(Math.max(said, 0), 99) };
  }
  if (!status.startsWith('error')) return { settled: true, progress: 100 };
  return { settled: true, progress: 0, note: `the cloud says ${status}` };
}
