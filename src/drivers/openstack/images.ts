import {
  type Call,
  DriverError,
  type ImageSpec,
  type Kind,
  type Seen,
  type SeenSnapshot,
  type SnapshotSpec,
} from '../../ports/driver.ts';
import type { OwnImage } from './images/ownImages.ts';
import { working } from './machines/seen.ts';
import { named, ours } from './ours.ts';
import type { PlaceOf } from './places.ts';
import type { Made, Records } from './records.ts';
import { deleteImage, type Image, image, images as listImages } from './rest/glance.ts';
import { createServerImage } from './rest/nova.ts';
import type { Volumes } from './volumes.ts';

/** What is remembered of an image. */
export interface ImageRecord extends Made {
  /** The snapshots that are taken for it. Without `ownDisk` it has no bytes, and is ours alone. */
  readonly takes?: readonly string[];
  /** Glance has, or will have, the content of the machine's own disk. */
  readonly ownDisk?: boolean;
  /** The machine is rebooted first; nothing is made yet. */
  readonly rebooting?: boolean;
  /** All of `takes` were seen to be ready. */
  readonly ready?: boolean;
}

export interface ImageParts {
  readonly records: Records<ImageRecord>;
  readonly placeOf: PlaceOf;
  readonly snapshots: Kind<SnapshotSpec, SeenSnapshot>;
  readonly volumes: Pick<Volumes, 'sizeOf'>;
  /** Nova's id of a machine's server. Throws a DriverError `invalid` when there is none. */
  readonly serverOf: (instance: string, call: Call) => Promise<string>;
  /** Reboots a machine that runs, once in an operation; settled when that is over, and at once for a machine that is off. */
  readonly reboot: (instance: string, call: Call) => Promise<Seen>;
  /** An image that we did not make. */
  readonly others: (id: string, call: Call) => Promise<OwnImage | undefined>;
}

export interface Images extends Kind<ImageSpec, Seen> {
  /** Glance's id of an image of ours; null for one without bytes, whose volumes are made of snapshots. */
  readonly nativeOf: (id: string, call: Call) => Promise<string | null | undefined>;
  /** Images that Glance may have under their ids as names, because nobody knows whether their making was begun. */
  readonly halfMade: (call: Pick<Call, 'account' | 'region'>) => Promise<ReadonlySet<string>>;
}

/**
 * An image whose root is a snapshot is ours alone: machines boot from volumes that are made of it. The content of a
 * machine's own disk is Glance's, made by Nova and named after our id; snapshots of further disks stand beside it.
 */
export const createImages = (parts: ImageParts): Images => new OpenStackImages(parts);

class OpenStackImages implements Images {
  readonly #parts: ImageParts;
  readonly #records: Records<ImageRecord>;

  constructor(parts: ImageParts) {
    this.#parts = parts;
    this.#records = parts.records;
  }

  ensure(id: string, spec: ImageSpec, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      const known = await this.#records.get(id, call);
      const begun = known ?? (await this.#begin(id, spec, call));
      if (begun.rebooting) {
        const seen = await this.#parts.reboot(need(id, spec), call);
        if (!seen.settled) return seen;
      }
      const record = { ...begun, rebooting: false };
      if (begun.rebooting) await this.#records.put(id, call, record);
      const taken = record.takes === undefined ? undefined : await this.#takeSnapshots(id, record, spec, call);
      // One after another: while Nova reads the machine's own disk, it refuses Cinder the snapshots of attached volumes.
      if (taken !== undefined && !(taken.settled && hasBytes(record))) return taken;
      const resumed = known !== undefined && !known.rebooting;
      return this.#ensureBytes(id, taken === undefined ? record : { ...record, ready: true }, spec, resumed, call);
    });
  }

  async look(id: string, call: Call): Promise<Seen | undefined> {
    const record = await this.#records.get(id, call);
    if (record === undefined) return undefined;
    const taken = record.takes && (await this.#lookAtSnapshots(record.takes, record, call));
    if (taken !== undefined && !(taken.settled && hasBytes(record))) return taken;
    if (record.rebooting) return working;
    const there = await this.#find(id, record, call);
    return there && seenOf(there);
  }

  absent(id: string, call: Call): Promise<Seen> {
    return this.#records.alone(id, call, async () => {
      const record = await this.#records.get(id, call);
      if (record === undefined) return this.#removeOther(id, call);
      const native = hasBytes(record) ? await this.#known(id, record, call) : undefined;
      if (native !== undefined) {
        const { session } = await this.#parts.placeOf(record.account);
        await deleteImage(session, native, call.signal);
      }
      await this.#records.delete(id, call);
      return { settled: true };
    });
  }

  async *list(call: Call) {
    const records = (await this.#records.list(call)).filter(([, made]) => !made.adopted);
    for (const [id, record] of records) {
      if (record.takes === undefined || hasBytes(record)) continue;
      yield { id, seen: await this.#lookAtSnapshots(record.takes, record, call) };
    }
    const listOf = async (account: string) => {
      const { session, project } = await this.#parts.placeOf(account);
      return listImages(session, { owner: project }, call.signal);
    };
    const withBytes = records.filter(([, record]) => hasBytes(record) && !record.rebooting);
    for await (const [id, there] of ours(withBytes, listOf)) yield { id, seen: seenOf(there) };
  }

  readonly nativeOf = async (id: string, call: Call): Promise<string | null | undefined> => {
    const record = await this.#records.get(id, call);
    if (record === undefined) return undefined;
    return hasBytes(record) ? this.#known(id, record, call) : null;
  };

  readonly halfMade = async (call: Pick<Call, 'account' | 'region'>): Promise<ReadonlySet<string>> => {
    const records = await this.#records.list(call);
    return new Set(records.flatMap(([id, one]) => (one.native === undefined && hasBytes(one) ? [id] : [])));
  };

  /** Deletes an image that the project has and we did not make. One that is only shared with it stays. */
  async #removeOther(id: string, call: Call): Promise<Seen> {
    const there = await this.#parts.others(id, call);
    if (!there?.own) return { settled: true };
    const { session } = await this.#parts.placeOf(call.account);
    await deleteImage(session, there.native, call.signal);
    return { settled: true };
  }

  async #begin(id: string, spec: ImageSpec, call: Call): Promise<ImageRecord> {
    const { instance, reboot, ownDisk, snapshots } = spec;
    const own = snapshots.length > 0;
    if (!own || ownDisk) need(id, spec);
    const record: ImageRecord = {
      account: call.account,
      ...(own && { takes: snapshots.flatMap(({ snapshot, volume }) => (volume === undefined ? [] : [snapshot])) }),
      ...(own && ownDisk && { ownDisk }),
      ...(reboot && instance !== undefined && { rebooting: true }),
    };
    await this.#records.put(id, call, record);
    return record;
  }

  async #takeSnapshots(id: string, record: ImageRecord, { snapshots }: ImageSpec, call: Call): Promise<Seen> {
    if (record.ready) return { settled: true };
    const taken = snapshots.map(async ({ snapshot, volume }) => {
      if (volume === undefined) return { settled: true };
      const sizeGiB = await this.#parts.volumes.sizeOf(volume, call);
      return this.#parts.snapshots.ensure(snapshot, { volume, sizeGiB }, call);
    });
    const seen = together(await Promise.all(taken));
    if (seen.settled) await this.#records.put(id, call, { ...record, ready: true });
    return seen;
  }

  async #lookAtSnapshots(takes: readonly string[], { ready, rebooting }: ImageRecord, call: Call): Promise<Seen> {
    if (rebooting) return working;
    if (ready) return { settled: true };
    return together(await Promise.all(takes.map((snapshot) => this.#parts.snapshots.look(snapshot, call))));
  }

  async #ensureBytes(id: string, record: ImageRecord, spec: ImageSpec, resumed: boolean, call: Call): Promise<Seen> {
    const there = resumed ? await this.#find(id, record, call) : undefined;
    if (there === undefined && record.native !== undefined)
      throw new DriverError(
        'invalid',
        `the image ${id} is not there any more: Nova failed to make it, or it was deleted`,
      );
    if (there !== undefined) {
      if (record.native === undefined) await this.#records.put(id, call, { ...record, native: there.id });
      if (lost.has(there.status)) throw new DriverError('invalid', `the image ${id} is ${there.status}`);
      return seenOf(there);
    }
    const { session } = await this.#parts.placeOf(record.account);
    const server = await this.#parts.serverOf(need(id, spec), call);
    const native = await createServerImage(session, server, { name: id, metadata: { elsewhere: id } }, call.signal);
    await this.#records.put(id, call, { ...record, native });
    return working;
  }

  /** Glance's id, from the record or by the name; undefined before Nova was asked. */
  async #known(id: string, record: ImageRecord, call: Call): Promise<string | undefined> {
    if (record.rebooting) return undefined;
    return record.native ?? (await this.#find(id, record, call))?.id;
  }

  async #find(id: string, { account, native }: ImageRecord, call: Call): Promise<Image | undefined> {
    const { session, project } = await this.#parts.placeOf(account);
    if (native !== undefined) return image(session, native, call.signal);
    return named(listImages(session, { name: id, owner: project }, call.signal), id);
  }
}

const hasBytes = ({ takes, ownDisk }: ImageRecord): boolean => takes === undefined || ownDisk === true;

/** The instance that an image without snapshots is made of. */
function need(id: string, { instance }: ImageSpec): string {
  if (instance !== undefined) return instance;
  throw new DriverError('unsupported', `the image ${id} would be made of neither an instance nor snapshots`);
}

/** Settled when all are. One that is not there yet is still to be taken. */
function together(seen: readonly (Seen | undefined)[]): Seen {
  const waits = seen.flatMap((one) => (one?.settled ? [] : [one?.lookAgainMs ?? working.lookAgainMs]));
  return waits.length === 0 ? { settled: true } : { settled: false, lookAgainMs: Math.max(...waits) };
}

/** States in which an image will never have bytes. */
const lost: ReadonlySet<string> = new Set(['killed', 'deleted', 'pending_delete']);

function seenOf({ status }: Image): Seen {
  if (status === 'active' || status === 'deactivated') return { settled: true };
  return lost.has(status) ? { settled: true, note: `the cloud says ${status}` } : working;
}
