import { randomBytes } from 'node:crypto';
import { inTurns, type Line, median } from './figures.ts';
import { inState, launch, type OpenStack, pause, terminate } from './openstackServers.ts';

/** How often somebody who waits for a machine looks, in milliseconds: both sides alike. */
const lookMs = 400;
const launchRounds = 5;
const describeRounds = 15;
/** Describes at each turn: ours are short. */
const repeats = 10;
/** So many Describes, one a second: longer than the catalogue is kept. */
const quiet = 30;

/** From the request until a machine runs, and the calls that it costs. */
export async function launching(openstack: OpenStack, say: (line: string) => void): Promise<readonly Line[]> {
  const first = await counted(openstack, () => ours(openstack));
  // Both sides have logged in, and Nova has the image: what is compared are launches, not first ones.
  await directly(openstack);
  const calls: number[] = [];
  const looks: number[] = [];
  const pair = await inTurns(
    launchRounds,
    async () => {
      const one = await counted(openstack, () => ours(openstack));
      calls.push(one.calls);
      looks.push(one.looks);
      return one.ms;
    },
    () => directly(openstack),
  );
  say(`${launchRounds} launches on each side`);
  return [
    {
      what: 'RunInstances of 1, until it runs',
      unit: 'ms',
      ours: pair.ours,
      reference: pair.reference,
      to: 'port, server, looks at Nova',
      ratio: pair.ratio,
      target: { is: 'at most', value: 1.15, of: 'ratio' },
      details: { rounds: pair.rounds, lookMs },
    },
    callLine('calls per RunInstances, less the looks that wait', median(calls), 8, { calls, looks, first }),
  ];
}

/** DescribeInstances of all, and the calls that it costs. */
export async function describing(openstack: OpenStack, count: number): Promise<readonly Line[]> {
  const { direct, proxy, server } = openstack;
  const described = async () => void (await server.ask({ Action: 'DescribeInstances' }));
  const listed = async () => {
    const { status, body } = await direct.ask<{ servers: readonly unknown[] }>('compute', '/servers/detail?limit=1000');
    if (status !== 200 || body.servers.length < count) throw new Error(`Nova answered ${status}`);
  };
  const each = async (work: () => Promise<void>, times: number): Promise<number> => {
    const began = performance.now();
    for (let n = 0; n < times; n += 1) await work();
    return (performance.now() - began) / times;
  };
  await each(described, repeats);
  await each(listed, 2);
  const pair = await inTurns(
    describeRounds,
    () => each(described, repeats),
    () => each(listed, 1),
  );
  proxy.clear();
  for (let n = 0; n < quiet; n += 1) {
    await described();
    await pause(1_000);
  }
  const calls = proxy.passed.length;
  return [
    {
      what: `DescribeInstances of ${count}`,
      unit: 'ms',
      ours: pair.ours,
      reference: pair.reference,
      to: 'GET /servers/detail of Nova',
      ratio: pair.ratio,
      target: { is: 'at most', value: 0.25, of: 'ratio' },
      details: { rounds: pair.rounds },
    },
    callLine('calls per DescribeInstances, nothing changed, one a second', calls / quiet, 1, {
      calls: proxy.passed.map(({ method, path }) => `${method} ${path}`),
    }),
  ];
}

const callLine = (what: string, calls: number, most: number, details: Line['details']): Line => ({
  what,
  unit: 'calls',
  ours: calls,
  reference: most,
  to: 'promised',
  ratio: calls / most,
  target: { is: 'at most', value: most, of: 'figure' },
  ...(details && { details }),
});

/** A launch of ours, until a client that looks every so often sees it run; it is gone afterwards. */
async function ours(openstack: OpenStack): Promise<{ readonly ms: number; readonly end: () => Promise<void> }> {
  const began = performance.now();
  const ids = await launch(openstack, 1);
  await inState(openstack, ids, 'running', lookMs);
  return { ms: performance.now() - began, end: () => terminate(openstack, ids) };
}

/** What it cost in calls to OpenStack. The first look at the server belongs to the launch; the others only wait. */
async function counted({ proxy }: OpenStack, work: () => ReturnType<typeof ours>) {
  proxy.clear();
  const { ms, end } = await work();
  const all = proxy.passed.map(({ method, path }) => `${method} ${path}`);
  await end();
  const looks = all.filter((call) => /^GET .*\/servers\/[^/]+$/.test(call)).length;
  return { ms, calls: all.length - Math.max(0, looks - 1), looks, all };
}

/** The same machine as a client of OpenStack makes it: a port, a server at it, and looks until it is active. */
async function directly({ cloud, direct }: OpenStack): Promise<number> {
  const name = `bench-${randomBytes(4).toString('hex')}`;
  const { demo } = cloud.networks;
  const began = performance.now();
  const port = await direct.ask<{ port: { id: string } }>('network', '/v2.0/ports', {
    method: 'POST',
    body: { port: { network_id: demo.id, fixed_ips: [{ subnet_id: demo.subnet.id }], name } },
  });
  const server = await direct.ask<{ server: { id: string } }>('compute', '/servers', {
    method: 'POST',
    body: {
      server: {
        name,
        imageRef: cloud.image.id,
        flavorRef: cloud.flavors[0]!.id,
        availability_zone: cloud.zones.default,
        networks: [{ port: port.body.port.id }],
      },
    },
  });
  const path = `/servers/${server.body.server.id}`;
  const look = () => direct.ask<{ server: { status: string } }>('compute', path);
  while ((await look()).body.server.status !== 'ACTIVE') await pause(lookMs);
  const ms = performance.now() - began;
  await direct.ask('compute', path, { method: 'DELETE' });
  while ((await look()).status !== 404) await pause(500);
  await direct.ask('network', `/v2.0/ports/${port.body.port.id}`, { method: 'DELETE' });
  return ms;
}
