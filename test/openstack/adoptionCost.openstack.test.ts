import type { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { type FaultProxy, openFaultProxy } from './support/faultProxy.ts';
import { freshly } from './support/fresh.ts';
import { type Others, others } from './support/others.ts';
import { BedServer } from './support/server.ts';
import { addressesOf, logIn, type Session } from './support/session.ts';

const bed = described();
const { demo } = bed.users;
const names = ['counted-1', 'counted-2', 'counted-3'] as const;

let proxy: FaultProxy;
let server: BedServer;
let openstack: Session;
let ec2: EC2;
let they: Others;
let natives: readonly string[];

beforeAll(async () => {
  openstack = await logIn(bed, demo);
  they = others(openstack, bed, bed.networks.demo.id);
  natives = await Promise.all(names.map((name) => they.server({ name })));
  proxy = await openFaultProxy(addressesOf(bed, openstack));
  // Keystone is asked who signs, in each request: that is counted apart.
  const { identity: _, ...endpoints } = proxy.endpoints;
  server = await BedServer.start(bed, { endpoints });
  ec2 = server.ec2(demo.ec2);
  // The catalogue is read, the project's networks and servers are adopted, and all is quiet.
  await fresh(seen);
  await idle();
});
afterAll(async () => {
  proxy.clear();
  await they.clear();
  expect(await server.stop()).toBe(0);
  await proxy.close();
});
beforeEach(async () => {
  // Whoever comes when everything was read a minute ago waits for that again.
  await seen();
  await idle();
  proxy.clear();
});

const fresh = freshly(() => server);
const seen = async (): Promise<Record<string, string | undefined>> => {
  const { Reservations } = await ec2.describeInstances({ Filters: [{ Name: 'tag:Name', Values: ['counted-*'] }] });
  const instances = (Reservations ?? []).flatMap((one) => one.Instances ?? []);
  return Object.fromEntries(
    instances.map(({ Tags, State }) => [Tags?.find(({ Key }) => Key === 'Name')?.Value, State?.Name]),
  );
};

/** What a Describe asks in the background is not its cost. */
async function idle(): Promise<void> {
  for (let before = -1; before !== proxy.passed.length; ) {
    before = proxy.passed.length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await proxy.idle();
  }
}

/**
 * What was asked to catch up, in order. The catalogue is another matter, and so is the reading of everything once a minute,
 * which a test that lasts has behind an answer: it asks without a time, and then for the ports of what it found.
 */
function asked(): readonly string[] {
  const found = proxy.passed.flatMap(({ path, query }) => {
    const name = /(servers\/detail|ports|volumes\/detail)$/.exec(path)?.[1];
    return name === undefined
      ? []
      : [name === 'servers/detail' && !query.includes('changes-since') ? 'all servers' : name];
  });
  const all = found.indexOf('all servers');
  const portsOfAll = found.lastIndexOf('ports');
  return found.filter((_, at) => at !== all && (all < 0 || at !== portsOfAll));
}

describe('what a Describe costs', () => {
  it('one request while nothing changes, whoever asks at the same time', async () => {
    await seen();
    await idle();
    proxy.clear();
    for (let i = 0; i < 10; i++) await seen();
    expect(asked().filter((one) => one !== 'servers/detail')).toEqual([]);
    expect(asked().length).toBeLessThanOrEqual(10);
    expect(asked().length).toBeGreaterThan(0);
    proxy.clear();
    await Promise.all(Array.from({ length: 20 }, seen));
    // Looks are shared; how many there are depends on how far apart the twenty arrive.
    expect(asked().length).toBeLessThan(10);
  });

  it('one, and at most its ports besides, where a server changed its state', async () => {
    await they.act(natives[0]!, { 'os-stop': null }, 'SHUTOFF');
    expect(await fresh(seen)).toEqual({ 'counted-1': 'stopped', 'counted-2': 'running', 'counted-3': 'running' });
    expect(['', 'ports']).toContain(
      asked()
        .filter((one) => one !== 'servers/detail')
        .join(),
    );
  });

  it('two where a server is new: its ports are asked for', async () => {
    await they.server({ name: 'counted-4' });
    expect(await fresh(seen)).toMatchObject({ 'counted-4': 'running' });
    expect(asked().filter((one) => one !== 'servers/detail')).toEqual(['ports']);
  });

  it('one of Cinder, of volumes', async () => {
    await ec2.describeVolumes({});
    await idle();
    proxy.clear();
    for (let i = 0; i < 3; i++) await fresh(() => ec2.describeVolumes({}));
    expect(new Set(asked())).toEqual(new Set(['volumes/detail']));
    expect(asked().length).toBeGreaterThanOrEqual(3);
  });
});

describe('what an unchanged Describe costs at most', () => {
  const volumes = { Filters: [{ Name: 'resource-type', Values: ['volume'] }] };
  const describes: Readonly<Record<string, () => Promise<unknown>>> = {
    DescribeInstances: () => ec2.describeInstances({}),
    DescribeInstanceStatus: () => ec2.describeInstanceStatus({}),
    DescribeVolumes: () => ec2.describeVolumes({}),
    DescribeSnapshots: () => ec2.describeSnapshots({ OwnerIds: ['self'] }),
    DescribeImages: () => ec2.describeImages({ Owners: ['self'] }),
    DescribeVpcs: () => ec2.describeVpcs({}),
    DescribeSubnets: () => ec2.describeSubnets({}),
    DescribeSecurityGroups: () => ec2.describeSecurityGroups({}),
    DescribeAddresses: () => ec2.describeAddresses({}),
    DescribeTags: () => ec2.describeTags({}),
    'DescribeTags of a kind': () => ec2.describeTags(volumes),
    DescribeKeyPairs: () => ec2.describeKeyPairs({}),
    DescribeInstanceTypes: () => ec2.describeInstanceTypes({}),
    DescribeAvailabilityZones: () => ec2.describeAvailabilityZones({}),
  };

  /** The usual one of seven: what somebody has read behind it counts, too, and what is read again when it is old. */
  async function callsOf(describe: () => Promise<unknown>): Promise<number> {
    await fresh(describe);
    const each: number[] = [];
    for (let n = 0; n < 7; n++) {
      const before = proxy.passed.length;
      await describe();
      each.push(proxy.passed.length - before);
    }
    return each.sort((one, other) => one - other)[3]!;
  }

  it('is one request, or none', async () => {
    const calls: Record<string, number> = {};
    for (const [name, describe] of Object.entries(describes)) calls[name] = await callsOf(describe);
    const none = { DescribeInstanceTypes: 0, DescribeAvailabilityZones: 0 };
    expect(calls).toEqual({ ...Object.fromEntries(Object.keys(describes).map((name) => [name, 1])), ...none });
  });
});

describe('a cloud that fails', () => {
  it('is waited for a moment, once; then the answers come of the rows', async () => {
    const before = await fresh(seen);
    proxy.fail({ service: 'compute', fault: { kind: 'silent' }, times: 50 });
    const first = Date.now();
    expect(await seen()).toEqual(before);
    expect(Date.now() - first).toBeLessThan(7_500);
    const second = Date.now();
    for (let i = 0; i < 5; i++) expect(await seen()).toEqual(before);
    expect(Date.now() - second).toBeLessThan(4_500);
  });

  it('answers with errors: so do the rows answer, and it is caught up with after', async () => {
    const before = await fresh(seen);
    proxy.fail({ service: 'compute', fault: { kind: 'status', status: 503 }, times: 500 });
    await they.act(natives[1]!, { 'os-stop': null }, 'SHUTOFF');
    expect(await seen()).toEqual(before);
    proxy.clear();
    expect(await fresh(seen)).toMatchObject({ 'counted-2': 'stopped' });
  });
});
