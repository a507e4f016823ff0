import type { Clock } from '../../../ports/clock.ts';
import type { Call } from '../../../ports/driver.ts';
import type { Shelf } from '../../../ports/store.ts';
import type { MachineRecord } from '../machines/servers.ts';
import { withNatives } from '../natives.ts';
import type { PlaceOf } from '../places.ts';
import { createRecords } from '../records.ts';
import type { Ask, Session } from '../rest/session.ts';
import { createSnapshots, type SnapshotRecord } from '../snapshots.ts';
import { troubleOfAnswer } from '../trouble.ts';
import { createVolumes, type VolumeParts, type VolumeRecord, type Volumes } from '../volumes.ts';
import { createVolumeTypes } from './volumeTypes.ts';

interface Thing {
  readonly id: string;
  name: string;
  status: string;
  readonly [member: string]: unknown;
}

interface Stored extends Thing {
  size: number;
  attachments: readonly object[];
  readonly volume_id?: string;
}

export interface PretendStorage {
  readonly volumes: Map<string, Stored>;
  readonly snapshots: Map<string, Stored>;
  readonly images: Map<string, Thing>;
  /** Servers, which volumes are attached to. */
  readonly servers: Map<string, Thing>;
  readonly types: string[];
  readonly zones: string[];
  readonly placeOf: PlaceOf;
  /** What was asked for, as `METHOD /path` without ids. */
  readonly asked: string[];
  /** The bodies of what was made. */
  readonly bodies: unknown[];
  /** Why things failed, by their ids, in the words for users. */
  readonly messages: Map<string, string>;
  /** Loses the answer to the next request that makes something: the work is done. */
  loseAnswer(): void;
  /** Ends what is under way: creating, extending, deleting, saving. */
  settle(): void;
}

/** Cinder's words (cinder.volume.flows.api.create_volume). */
const notAvailable = "Invalid snapshot: Originating snapshot status must be one of 'available' values";

/** Plays Cinder, Glance and Nova's images for tests, by Cinder's rules: what cannot be deleted is refused with 400. */
export function pretendStorage(): PretendStorage {
  const cloud = new Cloud();
  const session: Session = {
    ask: async (ask) => ({ status: 200, headers: {}, body: cloud.answer(ask), requestId: 'req-1' }),
    download: () => Promise.reject(new Error('nothing is downloaded here')),
    token: () => Promise.reject(new Error('nobody asks for tokens here')),
    refused: () => undefined,
    scopedTo: () => session,
    withCredential: () => session,
    withToken: () => session,
  };
  return Object.assign(cloud, {
    placeOf: async (account: string) => ({ project: `project-of-${account}`, session }),
  });
}

/** A process's volumes and snapshots; on the same pairs it is another process. */
export function storageOf(
  { placeOf }: PretendStorage,
  pairs: Map<string, string>,
  clock: Clock,
  more: Partial<VolumeParts> = {},
) {
  const shelf = memoryShelf(pairs);
  const records = createRecords<VolumeRecord>(shelf, 'volume');
  const ofSnapshots = createRecords<SnapshotRecord>(shelf, 'snapshot');
  const parts = { records, snapshots: ofSnapshots, placeOf, types: createVolumeTypes(clock), ...more };
  const volumes = createVolumes(parts);
  const machines = withNatives(createRecords<MachineRecord>(shelf, 'machine'), shelf, 'machine');
  return { volumes, snapshots: createSnapshots({ records: ofSnapshots, placeOf, volumes, machines }), ofSnapshots };
}

/** Repeats a deletion until it is settled; the cloud ends its work in between. */
export async function untilGone(
  cloud: PretendStorage,
  kind: Pick<Volumes, 'absent'>,
  id: string,
  call: Call,
): Promise<void> {
  for (let tries = 0; !(await kind.absent(id, call)).settled; tries++) {
    if (tries > 10) throw new Error('it never settles');
    cloud.settle();
  }
}

/** A shelf in memory, on pairs that outlive it. */
export const memoryShelf = (pairs: Map<string, string>): Shelf => ({
  get: async (key) => pairs.get(key),
  put: async (key, value) => void pairs.set(key, value),
  delete: async (key) => void pairs.delete(key),
  list: async (prefix) => [...pairs].filter(([key]) => key.startsWith(prefix)),
});

export const callOf = (account = '111122223333', operation = 'op-1'): Call => ({
  account,
  region: 'os-1',
  operation,
  signal: new AbortController().signal,
});

class Cloud {
  readonly volumes = new Map<string, Stored>();
  readonly snapshots = new Map<string, Stored>();
  readonly images = new Map<string, Thing>();
  readonly servers = new Map<string, Thing>();
  readonly types: string[] = ['nfs'];
  readonly zones: string[] = ['nova'];
  readonly asked: string[] = [];
  readonly bodies: unknown[] = [];
  readonly messages = new Map<string, string>();
  #made = 0;
  #lose = false;

  loseAnswer(): void {
    this.#lose = true;
  }

  settle(): void {
    for (const things of [this.volumes, this.snapshots, this.images] as Map<string, Thing>[]) {
      for (const [id, thing] of things) {
        if (thing.status === 'deleting') things.delete(id);
        else if (thing.status === 'saving') thing.status = 'active';
        else if (/^(creating|extending)$/.test(thing.status)) thing.status = 'available';
      }
    }
  }

  answer({ method, path, query, body }: Ask): unknown {
    const [, kind = '', id = '', action = ''] = path.split('/');
    this.asked.push(`${method} /${kind}${action && `/${action}`}`);
    if (method === 'POST') {
      this.bodies.push(body);
      return this.#post(kind, id, body as Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    }
    if (kind === 'types') return { volume_types: this.types.map((name) => ({ name })) };
    if (kind === 'os-availability-zone') return { availabilityZoneInfo: this.zones.map((zoneName) => ({ zoneName })) };
    if (kind === 'messages') {
      const said = this.messages.get(String(query?.resource_uuid));
      return { messages: said === undefined ? [] : [{ user_message: said }] };
    }
    const things: Map<string, Thing> = this.#kind(kind);
    if (id === '' || id === 'detail') {
      const meets = (thing: Thing, by: 'name' | 'status') => query?.[by] === undefined || thing[by] === query[by];
      return { [kind]: [...things.values()].filter((thing) => meets(thing, 'name') && meets(thing, 'status')) };
    }
    const thing = things.get(id);
    if (thing === undefined) throw refusal(404, `there is no ${id}`);
    if (method === 'DELETE') this.#delete(kind, thing);
    if (method === 'PUT') thing.name = (body as { readonly volume: { readonly name: string } }).volume.name;
    return kind === 'images' ? thing : { [kind.slice(0, -1)]: thing };
  }

  #kind(kind: string): Map<string, Thing> {
    if (kind === 'volumes') return this.volumes;
    if (kind === 'servers') return this.servers;
    return kind === 'snapshots' ? this.snapshots : this.images;
  }

  #post(kind: string, id: string, body: Readonly<Record<string, Readonly<Record<string, unknown>>>>): unknown {
    const { volume, snapshot, createImage } = body;
    const made = `native-${++this.#made}`;
    const common = { attachments: [], id: made };
    let answer: unknown;
    if (kind === 'volumes' && volume !== undefined) {
      const source = volume.snapshot_id === undefined ? undefined : this.snapshots.get(String(volume.snapshot_id));
      if (volume.snapshot_id !== undefined && source === undefined) throw refusal(404, 'no such snapshot');
      if (source !== undefined && source.status !== 'available') throw refusal(400, notAvailable);
      this.volumes.set(made, { ...volume, ...common, status: 'creating' } as unknown as Stored);
      answer = { volume: this.volumes.get(made) };
    } else if (kind === 'snapshots' && snapshot !== undefined) {
      const of = this.volumes.get(String(snapshot.volume_id));
      if (of?.status !== 'available' && of?.status !== 'in-use') throw refusal(400, 'the volume is not available');
      this.snapshots.set(made, { ...snapshot, ...common, size: of.size, status: 'creating' } as unknown as Stored);
      answer = { snapshot: this.snapshots.get(made) };
    } else if (kind === 'servers' && createImage !== undefined) {
      const { name, metadata } = createImage as { readonly name: string; readonly metadata: object };
      this.images.set(made, { ...metadata, name, id: made, status: 'saving' });
      answer = { image_id: made };
    } else {
      const grown = this.volumes.get(id);
      if (grown?.status !== 'available') throw refusal(400, 'the volume is not available');
      Object.assign(grown, { size: body['os-extend']?.new_size, status: 'extending' });
    }
    if (!this.#lose) return answer;
    this.#lose = false;
    throw refusal(504, 'the answer is lost');
  }

  #delete(kind: string, thing: Thing): void {
    if (kind === 'images') {
      this.images.delete(thing.id);
      return;
    }
    const held = [...this.snapshots.values()].some(({ volume_id }) => volume_id === thing.id);
    if (held || !/^(available|error|error_extending)$/.test(thing.status))
      throw refusal(400, 'Invalid volume: status must be available or error, and it must not have snapshots');
    thing.status = 'deleting';
  }
}

const refusal = (status: number, text: string) =>
  troubleOfAnswer({ service: 'pretended', status, text, requestId: 'req-1' });
