import { describe, expect, it, vi } from 'vitest';
import { callOf, troubleOf } from '../../../test/contract/driver/harness.ts';
import { createVirtualClock } from '../../main/clock/virtual.ts';
import { DriverError } from '../../ports/driver.ts';
import { idOf } from './ids.ts';
import { createNetworks } from './networks.ts';
import { homeOf } from './neutron/home.ts';
import type { Network, Router, Subnet } from './rest/neutron.ts';
import { fakeSession } from './session.fixture.ts';

const aged = (id: string, age: number) => ({ id, name: `name of ${id}`, created_at: `2026-01-01T00:00:0${age}Z` });
const router = (id: string, age = 0) => aged(id, age) as Router;
const network = (id: string, age = 0, more: Partial<Network> = {}) =>
  ({ ...aged(id, age), project_id: 'p1', shared: false, 'router:external': false, ...more }) as Network;
const subnet = (id: string, net: string, age = 0) =>
  ({ ...aged(id, age), network_id: net, cidr: `10.0.${age}.0/24`, gateway_ip: `10.0.${age}.1` }) as Subnet;
const port = (device: string, ...subnets: string[]) => ({
  device_id: device,
  fixed_ips: subnets.map((id) => ({ subnet_id: id, ip_address: '10.0.0.1' })),
});

describe('the VPCs of a project', () => {
  const shape = (found: Parameters<typeof homeOf>[1]) =>
    homeOf('p1', found).vpcs.map(({ id, isDefault, subnets }) => [id, isDefault, subnets.map((s) => s.id).join()]);

  it('are its routers with the subnets connected to them, and its networks without one', () => {
    const found = {
      routers: [router('r1', 1), router('empty', 0)],
      networks: [network('n1'), network('n2'), network('n3'), network('no subnets')],
      subnets: [subnet('s3', 'n3', 1), subnet('s2', 'n2', 2), subnet('s1', 'n1', 1)],
      ports: [port('r1', 's1'), port('r1', 's2')],
    };
    expect(shape(found)).toEqual([
      [idOf('vpc', 'r1'), true, 's1,s2'],
      [idOf('vpc', 'n3'), false, 's3'],
    ]);
  });

  it('have the default one where most subnets are, then where the oldest router is', () => {
    const networks = [network('n1'), network('n2'), network('n3')];
    const subnets = [subnet('s1', 'n1'), subnet('s2', 'n2'), subnet('s3', 'n3')];
    const ports = [port('young', 's1'), port('old', 's2')];
    const found = { routers: [router('young', 2), router('old', 1)], networks, subnets, ports };
    expect(shape(found).map(([id]) => id)).toEqual([idOf('vpc', 'old'), idOf('vpc', 'young'), idOf('vpc', 'n3')]);
    const more = { ...found, subnets: [...subnets, subnet('s4', 'n3', 4)] };
    expect(shape(more)[0]).toEqual([idOf('vpc', 'n3'), true, 's3,s4']);
  });

  it('keep a subnet without a router with the others of its network', () => {
    const found = {
      routers: [router('r1')],
      networks: [network('n1')],
      subnets: [subnet('s1', 'n1', 2), subnet('s2', 'n1', 1)],
      ports: [port('r1', 's1')],
    };
    expect(shape(found)).toEqual([[idOf('vpc', 'r1'), true, 's2,s1']]);
  });

  it('have a subnet once, with the oldest of its routers, and take no notice of the routers of others', () => {
    const found = {
      routers: [router('r2', 2), router('r1', 1)],
      networks: [network('n1'), network('n2', 0, { project_id: 'p2', shared: true })],
      subnets: [subnet('s1', 'n1'), subnet('s2', 'n2')],
      ports: [port('r2', 's1'), port('r1', 's1'), port('of p2', 's2')],
    };
    expect(shape(found)).toEqual([
      [idOf('vpc', 'r1'), true, 's1'],
      [idOf('vpc', 'n2'), false, 's2'],
    ]);
  });

  it('are neither networks of others nor external ones', () => {
    const found = {
      routers: [],
      networks: [
        network('n1', 0, { project_id: 'p2' }),
        network('n2', 0, { 'router:external': true }),
        network('n3', 5, { project_id: 'p2', shared: true }),
        network('n4', 6),
      ],
      subnets: ['n1', 'n2', 'n3', 'n4'].map((id) => subnet(`s of ${id}`, id)),
      ports: [],
    };
    expect(shape(found)).toEqual([
      [idOf('vpc', 'n4'), true, 's of n4'],
      [idOf('vpc', 'n3'), false, 's of n3'],
    ]);
  });
});

function bench(zones: readonly string[] = ['z1', 'z2']) {
  const cloud = {
    'network /routers': { routers: [router('r1')] },
    'network /networks': { networks: [network('n1')] },
    'network /subnets': { subnets: [subnet('s1', 'n1', 1), subnet('s2', 'n1', 2)] },
    'network /ports': { ports: [port('r1', 's1', 's2')] },
  };
  const session = fakeSession(cloud);
  const clock = createVirtualClock({ start: 0 });
  const placeOf = async (account: string) => {
    if (account === '000000000000') return { project: 'p1', session };
    throw new DriverError('denied', 'no project');
  };
  return { cloud, session, clock, networks: createNetworks({ placeOf, zones: () => zones, clock }) };
}

const call = callOf('os-1');

describe('networks', () => {
  it('show a subnet once in each zone, the oldest as the default one', async () => {
    const { networks } = bench();
    const [vpc, ...others] = await networks.home(call);
    expect(others).toEqual([]);
    expect(vpc).toMatchObject({
      id: idOf('vpc', 'r1'),
      name: 'name of r1',
      isDefault: true,
      cidrs: ['10.0.1.0/24', '10.0.2.0/24'],
    });
    expect(vpc?.subnets).toMatchObject([
      { id: idOf('subnet', 's1', 'z1'), zone: 'z1', cidr: '10.0.1.0/24', defaultForZone: true, name: 'name of s1' },
      { id: idOf('subnet', 's1', 'z2'), zone: 'z2', cidr: '10.0.1.0/24', defaultForZone: true },
      { id: idOf('subnet', 's2', 'z1'), zone: 'z1', cidr: '10.0.2.0/24', defaultForZone: false },
      { id: idOf('subnet', 's2', 'z2'), zone: 'z2', cidr: '10.0.2.0/24', defaultForZone: false },
    ]);
  });

  it('lead back to Neutron, by what was read within a minute', async () => {
    const { networks, session, clock } = bench();
    const id = idOf('subnet', 's2', 'z2');
    expect(await networks.subnetOf(id, call)).toEqual({ network: 'n1', subnet: 's2', guarded: true });
    expect(await networks.subnetOf(idOf('subnet', 's1', 'z1'), call)).toMatchObject({ network: 'n1', subnet: 's1' });
    expect(session.asked).toHaveLength(4);
    await clock.advance(60_000);
    await networks.subnetOf(id, call);
    expect(session.asked).toHaveLength(8);
  });

  it('are read before they are forgotten, and nobody waits for that', async () => {
    const { networks, cloud, session, clock } = bench();
    await networks.home(call);
    cloud['network /subnets'].subnets.push(subnet('s3', 'n1', 3));
    await clock.advance(30_000);
    const id = idOf('subnet', 's1', 'z1');
    await Promise.all([networks.subnetOf(id, call), networks.subnetOf(id, call)]);
    expect(session.asked).toHaveLength(4);
    await clock.advance(3_000);
    await vi.waitFor(() => expect(session.asked).toHaveLength(8));
    // What was read is kept a moment after the last answer.
    await new Promise(setImmediate);
    await networks.subnetOf(idOf('subnet', 's3', 'z1'), call);
    await clock.advance(29_000);
    await networks.subnetOf(id, call);
    expect(session.asked).toHaveLength(8);
  });

  it('are as they were where the cloud is away when they are read ahead, and then it is told', async () => {
    const { networks, cloud, clock } = bench();
    await networks.home(call);
    const away = new DriverError('unavailable', 'away');
    Object.assign(cloud, {
      'network /routers': () => {
        throw away;
      },
    });
    const id = idOf('subnet', 's1', 'z1');
    await clock.advance(30_000);
    expect(await networks.subnetOf(id, call)).toMatchObject({ subnet: 's1' });
    await clock.advance(29_000);
    expect(await networks.subnetOf(id, call)).toMatchObject({ subnet: 's1' });
    await clock.advance(1_000);
    expect(await troubleOf(networks.subnetOf(id, call))).toBe('unavailable');
  });

  it('are read again for a subnet that is new, and do not know one that there is not', async () => {
    const { networks, cloud, session } = bench();
    await networks.home(call);
    cloud['network /subnets'].subnets.push(subnet('s3', 'n1', 3));
    expect(await networks.subnetOf(idOf('subnet', 's3', 'z1'), call)).toMatchObject({ subnet: 's3' });
    expect(session.asked).toHaveLength(8);
    expect(await troubleOf(networks.subnetOf('subnet-0', call))).toBe('invalid');
    expect(await troubleOf(networks.subnetOf(idOf('subnet', 's1', 'z1'), { ...call, account: '1' }))).toBe('denied');
  });

  it('know the addresses that somebody has, and the gateway', async () => {
    const { networks, cloud, session } = bench();
    await networks.home(call);
    const ip = (subnet_id: string, ip_address: string) => ({ subnet_id, ip_address });
    cloud['network /ports'].ports = [
      { device_id: 'a', fixed_ips: [ip('s1', '10.0.1.5'), ip('s2', '10.0.2.9')] },
      { device_id: 'dhcp', fixed_ips: [ip('s1', '10.0.1.2')] },
    ];
    const used = await networks.inUse(idOf('subnet', 's1', 'z2'), call);
    expect([...used].sort()).toEqual(['10.0.1.1', '10.0.1.2', '10.0.1.5']);
    expect(session.asked.at(-1)?.query).toMatchObject({ fixed_ips: 'subnet_id=s1' });
    cloud['network /subnets'].subnets = [{ ...subnet('s9', 'n1'), gateway_ip: null }];
    cloud['network /ports'].ports = [];
    expect(await networks.inUse(idOf('subnet', 's9', 'z1'), call)).toEqual(new Set());
  });

  it('cannot be told while the cloud is away, nor before its zones are known', async () => {
    const { networks, session } = bench();
    session.away = true;
    expect(await troubleOf(networks.home(call))).toBe('unavailable');
    session.away = false;
    expect(await networks.home(call)).toHaveLength(1);
    const without = bench([]).networks;
    expect(await troubleOf(without.home(call))).toBe('unavailable');
    expect(await troubleOf(without.subnetOf(idOf('subnet', 's1', 'z1'), call))).toBe('unavailable');
  });

  it('are told by one request while nothing changes, and whole where a network is another one', async () => {
    const { networks, cloud, session, clock } = bench();
    const subnetsTold = async () =>
      (await networks.feed.changes(undefined, call)).things.flatMap((vpc) => vpc.subnets.map(({ cidr }) => cidr));
    await subnetsTold();
    // The four, and the ports that have addresses.
    expect(session.asked).toHaveLength(5);
    await subnetsTold();
    expect(session.asked.slice(5).map(({ path }) => path)).toEqual(['/networks']);
    cloud['network /subnets'].subnets.push(subnet('s3', 'n1', 3));
    cloud['network /networks'].networks = [network('n1', 0, { revision_number: 2 })];
    expect(await subnetsTold()).toContain('10.0.3.0/24');
    expect(session.asked).toHaveLength(11);
    await clock.advance(15_000);
    await subnetsTold();
    expect(session.asked).toHaveLength(16);
  });

  it('have routers that are read again behind who asks', async () => {
    const { networks, cloud, session, clock } = bench();
    const names = async () => (await networks.feed.changes(undefined, call)).things.map(({ name }) => name);
    await names();
    cloud['network /routers'].routers = [{ ...router('r1'), name: 'renamed' }];
    await clock.advance(8_000);
    expect(await names()).toEqual(['name of r1']);
    await clock.advance(3_000);
    await vi.waitFor(() => expect(session.asked).toHaveLength(11));
    await new Promise(setImmediate);
    expect(await names()).toEqual(['renamed']);
    expect(session.asked).toHaveLength(12);
  });

  it('are read for one who asks although the call of another was stopped', async () => {
    const { networks, session } = bench();
    session.away = true;
    const stopped = networks.home(call);
    const asking = networks.subnetOf(idOf('subnet', 's1', 'z1'), call);
    await expect(stopped).rejects.toThrow('connection refused');
    session.away = false;
    expect(await asking).toMatchObject({ subnet: 's1' });
  });
});
