import { describe, expect, it, vi } from 'vitest';
import { troubleOf } from '../../../test/contract/driver/harness.ts';
import { createMemoryShelf } from '../../../test/contract/driver/shelf.ts';
import { createVirtualClock } from '../../main/clock/virtual.ts';
import type { Log } from '../../ports/log.ts';
import { createCatalogue } from './catalogue.ts';
import { idOf } from './ids.ts';
import { fakeSession } from './session.fixture.ts';
import { OpenStackError } from './trouble.ts';

const account = '123456789012';
const flavor = (name: string) => ({ id: `id of ${name}`, name, vcpus: 1, ram: 128, disk: 1, extra_specs: {} });
const image = (id: string) => ({ id, name: id, status: 'active', owner: 'p1', created_at: '2026-01-01T00:00:00Z' });

function bench() {
  const cloud = {
    'compute /flavors/detail': { flavors: [flavor('m1.tiny')] },
    'compute /os-availability-zone': {
      availabilityZoneInfo: [
        { zoneName: 'z2', zoneState: { available: false } },
        { zoneName: 'internal', zoneState: { available: true } },
        { zoneName: 'z1', zoneState: { available: true } },
      ],
    },
    'image /images': { images: [image('u1')] } as { images: ReturnType<typeof image>[] } | (() => Promise<unknown>),
    'block-storage /os-availability-zone': { availabilityZoneInfo: [] } as object | (() => Promise<unknown>),
    'network /networks': { networks: [{ id: 'n1' }, { id: 'n2', is_default: true }] },
    'network /subnets': {
      subnets: [
        { id: 's1', network_id: 'n1', cidr: '198.51.100.0/24', created_at: '1' },
        { id: 's2', network_id: 'n2', cidr: '203.0.113.0/24', created_at: '2' },
      ],
    },
  };
  const session = fakeSession(cloud);
  const clock = createVirtualClock({ start: 1_000_000 });
  const shelf = createMemoryShelf();
  const warned: object[] = [];
  const log = { warn: (fields: object) => warned.push(fields) } as unknown as Log;
  const names = { made: async () => new Map<string, string>(), accountOf: async () => '123456789012' };
  const placeOf = async () => ({ project: 'p1', session });
  const make = () =>
    createCatalogue({ region: 'os-1', session, placeOf, shelf, clock, log, names, aliases: { 't3.micro': 'm1.tiny' } });
  return { cloud, session, clock, shelf, warned, make, catalogue: make() };
}

describe('a catalogue', () => {
  it('shows what the cloud offers', async () => {
    const { catalogue, session } = bench();
    expect(catalogue.region('os-1').zones).toEqual([]);
    await catalogue.refresh();
    expect(session.asked).toHaveLength(6);
    expect(catalogue.instanceTypeNames('os-1', account)).toEqual(['m1.tiny', 't3.micro']);
    expect(catalogue.instanceType('t3.micro', account)?.InstanceType).toBe('t3.micro');
    expect(catalogue.hardware('m1.large', account)).toBeUndefined();
    expect(catalogue.images('os-1')).toMatchObject([{ id: idOf('ami', 'u1') }]);
    expect(catalogue.publicAddressRange('os-1')).toBe('203.0.113.0/24');
    expect(catalogue.regions()).toMatchObject([
      {
        name: 'os-1',
        endpoint: 'ec2.os-1.localhost',
        zones: [
          { name: 'z1', id: 'z1', region: 'os-1', state: 'available' },
          { name: 'z2', id: 'z2', region: 'os-1', state: 'unavailable' },
        ],
      },
    ]);
  });

  it('leads back to the ids of the cloud', async () => {
    const { catalogue, session } = bench();
    expect(await catalogue.flavorOf('t3.micro', account)).toBe('id of m1.tiny');
    expect(await catalogue.imageOf(idOf('ami', 'u1'))).toBe('u1');
    expect(await catalogue.imageOf('ami-0')).toBeUndefined();
    expect(await catalogue.snapshotOf('snap-0')).toBeUndefined();
    expect(session.asked).toHaveLength(6);
  });

  it('is asked by many at once, and again, for one reading', async () => {
    const { catalogue, session, clock } = bench();
    await Promise.all([catalogue.refresh(), catalogue.refresh()]);
    await clock.advance(9_000);
    await catalogue.refresh();
    expect(session.asked).toHaveLength(6);
    await clock.advance(6_000);
    await Promise.all([catalogue.refresh(), catalogue.refresh()]);
    expect(session.asked).toHaveLength(12);
  });

  it('is read before it is old, and nobody waits for that', async () => {
    const { catalogue, cloud, session, clock } = bench();
    await catalogue.refresh();
    cloud['compute /flavors/detail'].flavors.push(flavor('m2'));
    await clock.advance(10_000);
    await Promise.all([catalogue.refresh(), catalogue.refresh()]);
    expect(catalogue.instanceTypeNames('os-1', account)).not.toContain('m2');
    await vi.waitFor(() => expect(catalogue.instanceTypeNames('os-1', account)).toContain('m2'));
    expect(session.asked).toHaveLength(12);
    await clock.advance(9_000);
    await catalogue.refresh();
    expect(session.asked).toHaveLength(12);
  });

  it('gives the same images while they are the same, and puts nothing on the shelf', async () => {
    const { catalogue, cloud, clock, shelf } = bench();
    await catalogue.refresh();
    const before = catalogue.images('os-1');
    await clock.advance(15_000);
    await catalogue.refresh();
    expect(shelf.puts).toBe(1);
    cloud['compute /flavors/detail'].flavors.push(flavor('m2'));
    await clock.advance(15_000);
    await catalogue.refresh();
    expect(catalogue.images('os-1')).toBe(before);
    expect(catalogue.instanceTypeNames('os-1', account)).toContain('m2');
    cloud['image /images'] = { images: [image('u1'), image('u2')] };
    await clock.advance(15_000);
    await catalogue.refresh();
    expect(catalogue.images('os-1')).toHaveLength(2);
    expect(shelf.puts).toBe(3);
  });

  it('shows zones fail to whoever has kept the facts of the region', async () => {
    const { catalogue, cloud, clock } = bench();
    const facts = catalogue.region('os-1');
    await catalogue.refresh();
    cloud['compute /os-availability-zone'].availabilityZoneInfo[2]!.zoneState = { available: false };
    await clock.advance(15_000);
    await catalogue.refresh();
    expect(facts.zones).toMatchObject([{ state: 'unavailable' }, { state: 'unavailable' }]);
  });
});

describe('a cloud that is away', () => {
  it('leaves what was known, also to the next process, and is asked again', async () => {
    const { catalogue, session, clock, warned, make } = bench();
    await catalogue.refresh();
    session.away = true;
    await clock.advance(15_000);
    await catalogue.refresh();
    expect(warned).toMatchObject([{ trouble: 'unavailable', error: 'connection refused' }]);
    const next = make();
    await next.refresh();
    expect(next.instanceTypeNames('os-1', account)).toEqual(['m1.tiny', 't3.micro']);
    expect(next.images('os-1')).toHaveLength(1);
    const flavorsAsked = () => session.asked.filter(({ path }) => path === '/flavors/detail').length;
    expect(flavorsAsked()).toBe(3);
    await next.refresh();
    expect(flavorsAsked()).toBe(3);
    session.away = false;
    await clock.advance(5_000);
    await next.refresh();
    expect(flavorsAsked()).toBe(4);
    expect(warned).toHaveLength(2);
  });

  it('says so in its zones, until it is back', async () => {
    const { catalogue, session, clock } = bench();
    const facts = catalogue.region('os-1');
    await catalogue.refresh();
    session.away = true;
    await clock.advance(15_000);
    await catalogue.refresh();
    const messages = ['The cloud behind this region cannot be reached at the moment.'];
    expect(facts.zones).toMatchObject([
      { name: 'z1', state: 'unavailable', messages },
      { name: 'z2', state: 'unavailable', messages },
    ]);
    expect(await troubleOf(catalogue.check())).toBe('unavailable');
    session.away = false;
    await clock.advance(5_000);
    await catalogue.check();
    expect(facts.zones).toMatchObject([{ state: 'available' }, { state: 'unavailable' }]);
    expect(facts.zones[0]).not.toHaveProperty('messages');
  });

  it('is impaired when a service fails that machines can do without, and tells which', async () => {
    const { catalogue, cloud, clock } = bench();
    const answered = cloud['block-storage /os-availability-zone'];
    const fails = (trouble: 'unavailable' | 'invalid') => async () => {
      throw new OpenStackError(trouble, 'no', { service: 'block-storage', reached: false });
    };
    cloud['block-storage /os-availability-zone'] = fails('invalid');
    await catalogue.check();
    cloud['block-storage /os-availability-zone'] = fails('unavailable');
    await clock.advance(15_000);
    expect(await troubleOf(catalogue.check())).toBe('unavailable');
    expect(catalogue.region('os-1').zones[0]).toMatchObject({
      state: 'impaired',
      messages: ['The block-storage service of the cloud behind this region cannot be reached at the moment.'],
    });
    cloud['block-storage /os-availability-zone'] = answered;
    await clock.advance(5_000);
    await catalogue.check();
  });

  it('is trouble while nothing is known', async () => {
    const { catalogue, session } = bench();
    session.away = true;
    expect(await troubleOf(catalogue.refresh())).toBe('unavailable');
    expect(await troubleOf(catalogue.flavorOf('m1.tiny', account))).toBe('unavailable');
    session.away = false;
    await catalogue.refresh();
    expect(catalogue.instanceTypeNames('os-1', account)).toHaveLength(2);
  });

  it('keeps nobody waiting who has something to go by', async () => {
    const { catalogue, cloud, clock } = bench();
    await catalogue.refresh();
    let answer = (_: unknown): void => undefined;
    cloud['image /images'] = () => new Promise((resolve) => (answer = resolve));
    await clock.advance(15_000);
    let done = false;
    const waiting = catalogue.refresh().then(() => (done = true));
    await clock.advance(1_000);
    expect(done).toBe(false);
    await clock.advance(1_000);
    await waiting;
    expect(catalogue.images('os-1')).toHaveLength(1);
    expect(catalogue.region('os-1').zones[0]).toMatchObject({ state: 'impaired', messages: [expect.any(String)] });
    // One has waited in vain; the next do not.
    await catalogue.refresh();
    answer({ images: [] });
    await expect.poll(() => catalogue.images('os-1').length).toBe(0);
    expect(catalogue.region('os-1').zones[0]).toMatchObject({ state: 'available' });
  });
});

it('an alias that leads nowhere is told once', async () => {
  const { cloud, clock, warned, catalogue } = bench();
  cloud['compute /flavors/detail'].flavors = [flavor('m2')];
  await catalogue.refresh();
  cloud['compute /flavors/detail'].flavors.push(flavor('m3'));
  await clock.advance(15_000);
  await catalogue.refresh();
  expect(warned).toEqual([{ region: 'os-1', aliases: ['t3.micro'] }]);
  // A machine that was launched with it keeps its type.
  expect(catalogue.flavorName('t3.micro', account)).toBe('m1.tiny');
  expect(catalogue.flavorName('m1.large', account)).toBeUndefined();
});
