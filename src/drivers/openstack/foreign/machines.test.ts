import { beforeEach, describe, expect, it } from 'vitest';
import { DriverError } from '../../../ports/driver.ts';
import { idOf } from '../ids.ts';
import { createHealths } from '../machines/healths.ts';
import { createSightings, type Sightings } from '../machines/sightings.ts';
import { createRecords } from '../records.ts';
import type { Port } from '../rest/neutron.ts';
import type { Server, ServerAddress } from '../rest/nova.ts';
import type { Ask } from '../rest/session.ts';
import { type FakeSession, fakeSession } from '../session.fixture.ts';
import { callOf, memoryShelf } from '../storage/storage.fixture.ts';
import { createForeign } from './foreign.ts';

const call = callOf();
const clock = { now: () => Date.UTC(2026, 0, 1), at: () => ({ cancel: () => undefined }) };
const [one, two] = ['11111111-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000002'];
const address = (addr: string, type: 'fixed' | 'floating' = 'fixed'): ServerAddress => ({
  ...{ addr, version: 4 },
  'OS-EXT-IPS:type': type,
  'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01',
});
const server = (id: string, more: Partial<Server> = {}): Server => ({
  ...{ id, name: 'web', status: 'ACTIVE', tenant_id: 'p1', created: '2026-01-01T00:00:00Z' },
  ...{ updated: '2026-01-01T00:00:09Z', image: { id: 'picture' }, metadata: { role: 'x', elsewhere: 'nothing' } },
  flavor: { original_name: 'm1.tiny', vcpus: 1, ram: 128, disk: 1, ephemeral: 0, swap: 0 },
  addresses: { private: [address('10.0.0.5')] },
  'OS-EXT-AZ:availability_zone': 'az-1',
  'OS-SRV-USG:launched_at': '2026-01-01T00:00:07.000000',
  'os-extended-volumes:volumes_attached': [],
  ...more,
});
const port = (device: string): Partial<Port> => ({
  ...{ id: `port-${device}`, name: '', description: '', device_id: device, mac_address: 'fa:16:3e:00:00:01' },
  ...{ fixed_ips: [{ subnet_id: 'net', ip_address: '10.0.0.5' }], security_groups: ['g'], created_at: '2026' },
});

let session: FakeSession;
let servers: Server[];
let pairs: Map<string, string>;
let sightings: Sightings;
let feed: NonNullable<ReturnType<typeof createForeign>['machines']>;

/** What Cinder says of the volume of a server. */
let cinder: () => object;

beforeEach(() => {
  cinder = () => ({ id: 'v1', metadata: {} });
  servers = [];
  pairs = new Map();
  session = fakeSession({
    'compute /servers/detail': () => ({ servers }),
    'block-storage /volumes/v1': () => ({ volume: cinder() }),
    'network /ports': ({ query }: Ask) => ({ ports: [query?.device_id ?? []].flat().map((id) => port(String(id))) }),
    [`compute /servers/${one}`]: () => ({
      server: { ...servers[0], fault: { code: 500, message: 'no host', created: '' } },
    }),
    [`compute /servers/${one}/os-volume_attachments`]: () => ({
      volumeAttachments: [{ volumeId: 'v1', serverId: one, device: '/dev/vdb', delete_on_termination: true }],
    }),
  });
  open();
});

/** A process that has seen nothing yet. */
function open(): void {
  sightings = createSightings(clock);
  const records = (kind: string) => createRecords<never>(memoryShelf(pairs), kind);
  const foreign = createForeign({
    placeOf: async () => ({ project: 'p1', session }),
    clock,
    sightings,
    healths: createHealths(clock),
    zones: () => ['az-1'],
    isTaken: async () => false,
    catalogue: {
      shownAs: (native) => (native === 'picture' ? 'ami-1' : undefined),
      flavorName: (type) => type,
      refreshTypes: async () => undefined,
    },
    ...{ machines: records('machine'), volumes: records('volume'), snapshots: records('snapshot') },
    ...{ images: records('image'), groups: records('group') },
    volumeTypes: { shownAs: (type) => type },
  });
  feed = foreign.machines!;
}

const asked = () => session.asked.splice(0).map(({ path }) => path);

describe('the feed of machines', () => {
  it('tells a server with our ids', async () => {
    servers = [server(one, { addresses: { private: [address('10.0.0.5'), address('172.24.4.9', 'floating')] } })];
    const { whole, things, mark } = await feed.changes(undefined, call);
    expect([whole, mark]).toEqual([true, '2026-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z']);
    expect(things).toEqual([
      {
        ...{ id: idOf('i', one), name: 'web', state: 'running', zone: 'az-1', instanceType: 'm1.tiny', image: 'ami-1' },
        launchedAt: Date.UTC(2026, 0, 1, 0, 0, 7),
        interfaces: [
          {
            ...{ id: idOf('eni', `port-${one}`), mac: 'fa:16:3e:00:00:01', subnet: idOf('subnet', 'net', 'az-1') },
            ...{ privateIps: ['10.0.0.5'], publicIp: '172.24.4.9', groups: [idOf('sg', 'g')] },
          },
        ],
        ...{ disks: [], tags: { role: 'x' } },
      },
    ]);
  });

  it('asks for what changed since, and for ports only where addresses are new', async () => {
    servers = [server(one)];
    const { mark } = await feed.changes(undefined, call);
    expect(asked()).toEqual(['/servers/detail', '/ports']);
    servers = [server(one, { status: 'SHUTOFF' })];
    expect((await feed.changes(mark, call)).things).toMatchObject([{ state: 'stopped', interfaces: [{}] }]);
    expect(session.asked[0]!.query).toEqual({ 'changes-since': '2025-12-31T23:59:55.000Z' });
    expect(asked()).toEqual(['/servers/detail']);
    servers = [server(one, { addresses: { private: [address('10.0.0.5'), address('10.0.0.6')] } }), server(two)];
    await feed.changes(mark, call);
    expect(session.asked.at(-1)!.query).toEqual({ device_id: [one, two] });
    asked();
    // Whoever gave it other groups: what is remembered of its ports is not what they are.
    servers = [server(two, { security_groups: [{ name: 'web' }] })];
    await feed.changes(mark, call);
    expect(asked()).toEqual(['/servers/detail', '/ports']);
    await feed.changes(mark, call);
    expect(asked()).toEqual(['/servers/detail']);
    servers = [];
    expect(await feed.changes(mark, call)).toMatchObject({ whole: false, things: [], gone: [], unsure: [] });
    expect(asked()).toEqual(['/servers/detail']);
  });

  it('goes back far now and then, for changes whose date is long before they are seen', async () => {
    const since = async (mark: string) => {
      const told = await feed.changes(mark, call);
      return [session.asked.pop()!.query!['changes-since'], told.mark];
    };
    const now = '2026-01-01T00:00:00.000Z';
    expect(await since('2025-12-31T23:59:50.000Z 2025-12-31T23:59:31.000Z')).toEqual([
      '2025-12-31T23:59:45.000Z',
      `${now} 2025-12-31T23:59:31.000Z`,
    ]);
    expect(await since('2025-12-31T23:59:50.000Z 2025-12-31T23:59:30.000Z')).toEqual([
      '2025-12-31T23:58:50.000Z',
      `${now} ${now}`,
    ]);
    expect(await since('2025-12-31T23:59:30.000Z')).toEqual([
      '2025-12-31T23:59:25.000Z',
      `${now} 2025-12-31T23:59:30.000Z`,
    ]);
  });

  it('lets those who wait for a server know that Nova is at work on it', async () => {
    servers = [server(one, { status: 'BUILD' }), server(two)];
    await feed.changes(undefined, call);
    expect(sightings.atWork(one)).toMatchObject({ settled: false });
    expect(sightings.atWork(two)).toBeUndefined();
  });

  it('asks for disks and faults once for each change', async () => {
    const attached = { 'os-extended-volumes:volumes_attached': [{ id: 'v1', delete_on_termination: true }] };
    servers = [server(one, { ...attached, status: 'ERROR' })];
    const seen = async () => (await feed.changes('2026', call)).things;
    const expected = {
      fault: 'no host',
      disks: [{ volume: idOf('vol', 'v1'), device: '/dev/vdb', deleteOnTermination: true }],
    };
    expect(await seen()).toMatchObject([expected]);
    asked();
    expect(await seen()).toMatchObject([expected]);
    expect(asked()).toEqual(['/servers/detail']);
  });

  it('knows a volume by the id that it says of itself, and needs no Cinder', async () => {
    const attached = { 'os-extended-volumes:volumes_attached': [{ id: 'v1', delete_on_termination: true }] };
    const disk = async (at: number) => {
      servers = [server(one, { ...attached, updated: `2026-01-0${at}` })];
      return (await feed.changes('2026', call)).things[0]?.disks[0]?.volume;
    };
    cinder = () => {
      throw new DriverError('unavailable', 'away');
    };
    expect(await disk(1)).toBe(idOf('vol', 'v1'));
    open();
    const said = 'vol-00000000000000001';
    cinder = () => ({ id: 'v1', metadata: { elsewhere: said } });
    expect(await disk(2)).toBe(said);
  });

  it('tells what is gone, is unsure of what Nova is, and leaves out other projects', async () => {
    const down: Server = { id: two, status: 'UNKNOWN', tenant_id: 'p1', created: '2026-01-01T00:00:00Z' };
    servers = [server(one, { status: 'DELETED' }), down, server('x', { tenant_id: 'p2' })];
    expect(await feed.changes('2026', call)).toMatchObject({
      ...{ whole: false, things: [], gone: [idOf('i', one)], unsure: [idOf('i', two)] },
    });
    expect([...pairs.keys()].filter((key) => key.startsWith('machine/'))).toEqual([
      `machine/${call.region}/${idOf('i', two)}`,
    ]);
  });

  it('tells the type that was asked for while it means the flavor', async () => {
    const ours = 'i-00000000000000001';
    pairs.set(
      `machine/${call.region}/${ours}`,
      JSON.stringify({ account: call.account, native: one, type: 'm1.tiny' }),
    );
    servers = [server(one, { name: ours })];
    expect((await feed.changes(undefined, call)).things).toMatchObject([{ id: ours, instanceType: 'm1.tiny' }]);
  });
});
