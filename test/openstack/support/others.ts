import type { Bed } from './bed.ts';
import { until } from './life.ts';
import type { Session } from './session.ts';

/** What people make with OpenStack's own tools: everything here goes past Elsewhere. */
export interface Others {
  /** A server in the project's network; gives Nova's id at once, or when it rests. `beside`: scheduler hints. */
  server(more?: object, wait?: boolean, beside?: object): Promise<string>;
  /** Tells a server something as soon as Nova takes it, and waits until it is in this status. */
  act(id: string, action: object, status: string): Promise<void>;
  deleteServer(id: string): Promise<void>;
  deleteVolume(id: string): Promise<void>;
  deleteSnapshot(id: string): Promise<void>;
  /** A volume of 1 GiB, available. */
  volume(more?: object): Promise<string>;
  snapshot(volume: string, more?: object): Promise<string>;
  /** Puts a volume at a server and waits until Cinder says so. */
  attach(server: string, volume: string): Promise<void>;
  /** Deletes what was made, in the right order. */
  clear(): Promise<void>;
}

type Kind = 'server' | 'volume' | 'snapshot';
type Status = { readonly status: string } | undefined;

export function others(openstack: Session, bed: Bed, network: string): Others {
  const made: Record<Kind, string[]> = { server: [], volume: [], snapshot: [] };
  const places = {
    server: ['compute', '/servers'],
    volume: ['volumev3', '/volumes'],
    snapshot: ['volumev3', '/snapshots'],
  } as const;

  const look = async (kind: Kind, id: string): Promise<Status> => {
    const [service, path] = places[kind];
    const { status, body } = await openstack.ask<Record<string, { status: string }>>(service, `${path}/${id}`);
    return status === 404 ? undefined : body[kind];
  };
  const make = async (kind: Kind, body: object, beside: object = {}): Promise<string> => {
    const [service, path] = places[kind];
    const answer = await openstack.ask<Record<string, { id: string }>>(service, path, {
      method: 'POST',
      body: { [kind]: body, ...beside },
    });
    if (answer.status >= 300) throw new Error(`${kind}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const { id } = answer.body[kind]!;
    made[kind].push(id);
    return id;
  };
  const rests = (kind: Kind, id: string, wanted: readonly string[]) =>
    until(
      () => look(kind, id),
      (seen) => seen !== undefined && wanted.includes(seen.status),
    );
  const remove = async (kind: Kind, id: string): Promise<void> => {
    const [service, path] = places[kind];
    await openstack.ask(service, `${path}/${id}`, { method: 'DELETE' });
    await until(
      () => look(kind, id),
      (seen) => seen === undefined,
    );
  };

  return {
    async server(more = {}, wait = true, beside = {}) {
      const flavorRef = bed.flavors[0]!.id;
      const usual = { name: 'theirs', flavorRef, imageRef: bed.image.id, networks: [{ uuid: network }] };
      const id = await make('server', { ...usual, availability_zone: bed.zones.compute[0], ...more }, beside);
      if (wait) await rests('server', id, ['ACTIVE', 'ERROR']);
      return id;
    },
    async act(id, action, status) {
      // Nova refuses (409) while it is at work on something else.
      await until(
        () => openstack.ask('compute', `/servers/${id}/action`, { method: 'POST', body: action }),
        (answer) => answer.status < 300,
      );
      await rests('server', id, [status]);
    },
    deleteServer: (id) => remove('server', id),
    deleteVolume: (id) => remove('volume', id),
    deleteSnapshot: (id) => remove('snapshot', id),
    async volume(more = {}) {
      const id = await make('volume', { size: 1, name: 'theirs', ...more });
      await rests('volume', id, ['available']);
      return id;
    },
    async snapshot(volume, more = {}) {
      const id = await make('snapshot', { volume_id: volume, name: 'theirs', force: true, ...more });
      await rests('snapshot', id, ['available']);
      return id;
    },
    async attach(server, volume) {
      const body = { volumeAttachment: { volumeId: volume } };
      await openstack.ask('compute', `/servers/${server}/os-volume_attachments`, { method: 'POST', body });
      await rests('volume', volume, ['in-use']);
    },
    async clear() {
      for (const id of made.server) await remove('server', id);
      for (const id of made.snapshot) await remove('snapshot', id);
      for (const id of made.volume) {
        if (await look('volume', id)) await rests('volume', id, ['available', 'error']);
        await remove('volume', id);
      }
    },
  };
}
