import { randomBytes } from 'node:crypto';
import { inTurns, type Line, median } from './figures.ts';
import { inState, launch, type OpenStack, pause, terminate } from './openstackServers.ts';

/** How often somebody who waits for a machine looks, in milliseconds: both sides alike. */
const lookMs = 400;
const launchRounds = 7;
/** Launches whose calls are counted. */
const countedLaunches = 7;
const describeRounds = 15;
/** Describes at each turn: ours are short. */
const repeats = 10;
/** Longer than the driver asks for what has changed already, in milliseconds. */
const settledMs = 90_000;
/** So many Describes, one a second: longer than the catalogue is kept. */
const quiet = 30;
/** Describes of other things that are counted, and how many of each. */
const quietOthers = 10;
const otherDescribes = [
  'DescribeInstanceStatus',
  'DescribeVolumes',
  'DescribeSnapshots',
  'DescribeImages',
  'DescribeVpcs',
  'DescribeSubnets',
  'DescribeSecurityGroups',
  'DescribeAddresses',
  'DescribeKeyPairs',
  'DescribeTags',
] as const;

/** From the request until a machine runs, and the calls that it costs. */
export async function launching(openstack: OpenStack, say: (line: string) => void): Promise<readonly Line[]> {
  // Both sides have logged in, and Nova has the image: what is compared are launches, not first ones.
  await ours(openstack);
  await directly(openstack);
  const pair = await inTurns(
    launchRounds,
    () => ours(openstack),
    () => directly(openstack),
  );
  say(`${launchRounds} launches on each side`);
  const counts = [];
  for (let n = 0; n < countedLaunches; n += 1) counts.push(await counted(openstack));
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
    callLine('calls per RunInstances, less the looks that wait', median(counts.map(({ calls }) => calls)), 8, {
      counts,
    }),
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
  // What changed a moment ago is told again for a while: what is measured are Describes of what nobody changes.
  await pause(settledMs);
  await each(described, repeats);
  await each(listed, 2);
  const pair = await inTurns(
    describeRounds,
    () => each(described, repeats),
    () => each(listed, 1),
  );
  proxy.clear();
  const callsOf = await callsEach(openstack, 'DescribeInstances', quiet);
  const calls = proxy.passed.map(({ method, path }) => `${method} ${path}`);
  const others: Record<string, number> = {};
  for (const action of otherDescribes) others[action] = median(await callsEach(openstack, action, quietOthers));
  return [
    {
      what: `DescribeInstances of ${count}, nothing changed`,
      unit: 'ms',
      ours: pair.ours,
      reference: pair.reference,
      to: 'GET /servers/detail of Nova',
      ratio: pair.ratio,
      target: { is: 'at most', value: 0.25, of: 'ratio' },
      details: { rounds: pair.rounds },
    },
    callLine('calls per DescribeInstances, nothing changed, less what is read behind it', median(callsOf), 1, {
      perDescribe: callsOf,
      calls,
    }),
    callLine('calls per Describe of other things, the one with most', Math.max(...Object.values(others)), 1, {
      medians: others,
    }),
  ];
}

/** The calls of each of so many questions, one a second: what is read behind an answer counts with the next. */
async function callsEach({ proxy, server }: OpenStack, action: string, times: number): Promise<readonly number[]> {
  await server.ask({ Action: action });
  const calls: number[] = [];
  for (let n = 0; n < times; n += 1) {
    await pause(1_000);
    const before = proxy.passed.length;
    await server.ask({ Action: action });
    calls.push(proxy.passed.length - before);
  }
  return calls;
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
async function ours(openstack: OpenStack): Promise<number> {
  const began = performance.now();
  const ids = await launch(openstack, 1);
  await inState(openstack, ids, 'running', lookMs);
  const ms = performance.now() - began;
  await terminate(openstack, ids);
  return ms;
}

/**
 * What a launch costs in calls to OpenStack, while nobody asks for anything else: who waits by Describes would pay for what
 * these look up. The first look at the server belongs to the launch; the others only wait.
 */
async function counted(openstack: OpenStack) {
  const { proxy, server } = openstack;
  await server.ask({ Action: 'DescribeAvailabilityZones' });
  proxy.clear();
  const ids = await launch(openstack, 1);
  while ((await server.meter('elsewhere_operations_pending')) > 0) await pause(lookMs);
  const all = proxy.passed.map(({ method, path }) => `${method} ${path}`);
  await terminate(openstack, ids);
  const looks = all.filter((call) => /^GET .*\/servers\/[^/]+$/.test(call)).length;
  return { calls: all.length - Math.max(0, looks - 1), all };
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
