import { join } from 'node:path';
import { type Call, type Compute, DriverError, type ImageSpec, type Kind, type Seen } from '../../../ports/driver.ts';
import { volumeRecord } from '../disks/layers.ts';
import { readSnapshot } from '../disks/snapshotRecord.ts';
import type { Snapshots } from '../disks/snapshots.ts';
import type { VolumeRecord } from '../disks/volumes.ts';
import type { Folders } from '../folders.ts';
import { namesIn, readRecord, removeFile, writeRecord } from '../records.ts';

/** What is kept of an image that was made here, in `own.json`. */
interface OwnImage {
  readonly region: string;
  readonly spec: ImageSpec;
  /** The machine ran, and is to run again when its disks were at rest for the snapshots. */
  readonly restarts: boolean;
  readonly state: 'begun' | 'taken' | 'done';
}

export interface ImageParts {
  readonly folders: Folders;
  readonly snapshots: Pick<Snapshots, 'together'>;
  readonly compute: Pick<Compute, 'look' | 'power'>;
}

const done: Seen = { settled: true };

/** Images of instances, or of snapshots that are there: the snapshots are all that there is of one. */
export function createImages(parts: ImageParts): Kind<ImageSpec, Seen> {
  const { folders, compute } = parts;
  const pathOf = (id: string): string => join(folders.image(id), 'own.json');
  const read = async (id: string, { region }: Call): Promise<OwnImage | undefined> => {
    const found = await readRecord<OwnImage>(pathOf(id));
    return found?.region === region ? found : undefined;
  };
  const seen = ({ state }: OwnImage): Seen => (state === 'done' ? done : { settled: false, lookAgainMs: 500 });
  return {
    async ensure(id, spec, call) {
      let record = (await read(id, call)) ?? (await begin(id, spec, call, parts));
      const keep = async (state: OwnImage['state']): Promise<void> => {
        record = { ...record, state };
        await writeRecord(pathOf(id), record);
      };
      if (record.state === 'done') return done;
      if (record.state === 'begun') {
        await writeRecord(pathOf(id), record);
        const off = record.restarts ? await compute.power(spec.instance!, 'off', { force: false }, call) : done;
        if (!off.settled) return off;
        await take(record.spec, call, parts);
        await keep('taken');
      }
      const on = await restart(record, call, compute);
      if (!on.settled) return on;
      await keep('done');
      return done;
    },
    look: async (id, call) => {
      const found = await read(id, call);
      return found && seen(found);
    },
    async absent(id, call) {
      const found = await read(id, call);
      if (found === undefined) return done;
      const on = found.state === 'done' ? done : await restart(found, call, compute);
      if (on.settled) await removeFile(pathOf(id));
      return on;
    },
    async *list(call) {
      for (const id of await namesIn(join(folders.root, 'images'))) {
        const found = await read(id, call);
        if (found !== undefined) yield { id, seen: seen(found) };
      }
    },
  };
}

/** Refuses what cannot be made. */
async function begin(id: string, spec: ImageSpec, call: Call, { folders, compute }: ImageParts): Promise<OwnImage> {
  const cannot = (why: string) => new DriverError('invalid', `the image ${id} cannot be made: ${why}`);
  if (spec.ownDisk) throw new DriverError('unsupported', `the image ${id}: machines have no disks but volumes here`);
  const machine = spec.instance === undefined ? undefined : await compute.look(spec.instance, call);
  if (spec.instance !== undefined && machine === undefined) throw cannot(`there is no machine ${spec.instance}`);
  for (const { snapshot, volume } of spec.snapshots)
    if (volume === undefined && (await readSnapshot(folders, snapshot)) === undefined)
      throw cannot(`there is no snapshot ${snapshot}`);
  return { region: call.region, spec, restarts: spec.reboot && machine?.power === 'on', state: 'begun' };
}

/** The snapshots that are not there yet, all of one moment. */
async function take({ snapshots }: ImageSpec, call: Call, { folders, snapshots: of }: ImageParts): Promise<void> {
  const wanted = [];
  for (const { snapshot: id, volume } of snapshots) {
    if (volume === undefined) continue;
    const record = await readRecord<VolumeRecord>(volumeRecord(folders, volume));
    wanted.push({ id, spec: { volume, sizeGiB: record?.spec.sizeGiB ?? 0 } });
  }
  if (wanted.length > 0) await of.together(wanted, call);
}

/** Switches the machine on that was switched off for the image, unless it is gone. */
async function restart({ spec, restarts }: OwnImage, call: Call, compute: ImageParts['compute']): Promise<Seen> {
  if (!restarts || (await compute.look(spec.instance!, call)) === undefined) return done;
  return compute.power(spec.instance!, 'on', { force: false }, call);
}
