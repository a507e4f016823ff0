import { type EC2, waitUntilInstanceRunning, waitUntilVolumeAvailable } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { type BrokenCloud, openBrokenCloud } from './support/brokenCloud.ts';
import type { Fault } from './support/faultProxy.ts';
import { type Inventory, inventoryOf } from './support/inventory.ts';
import { clearAll, launch, marked, patience, until } from './support/life.ts';
import { type Made, ServerRound, type Standing } from './support/serverRound.ts';

const bed = described();
const [fake, qemu] = bed.zones.compute as [string, string];
const haProxy = '<html><body><h1>503 Service Unavailable</h1>No server is available.</body></html>';

let at: BrokenCloud;
let standing: Standing;

beforeAll(async () => {
  at = await openBrokenCloud(bed, { timeouts: { headers: 5_000, body: 5_000 } });
  standing = await stand(at.ec2, at.image);
});
afterEach(() => at.proxy.clear());
afterAll(async () => {
  await clearAll(at.ec2);
  await at.close();
});

async function stand(ec2: EC2, image: string): Promise<Standing> {
  const machine = async (zone: string) => {
    const id = await launch(ec2, { ImageId: image, Placement: { AvailabilityZone: zone } });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    return id;
  };
  const volume = async () => {
    const { VolumeId } = await ec2.createVolume({ AvailabilityZone: fake, Size: 1, ...marked('volume') });
    await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [VolumeId!] });
    return VolumeId!;
  };
  const [sleeper, host, pictured, disk, original, { AllocationId }, { GroupId }] = await Promise.all([
    ...([machine(fake), machine(fake), machine(qemu), volume(), volume()] as const),
    ec2.allocateAddress({}),
    ec2.createSecurityGroup({ GroupName: 'standing', Description: 'of a test' }),
  ]);
  return { sleeper, host, pictured, disk, original, allocation: AllocationId!, group: GroupId! };
}

/** Each thing once, and nothing else, is what a round adds to the cloud. */
const onceEach = ({ instance, volume, snapshot, image, allocation, group }: Made): Inventory => ({
  servers: [`${instance} ACTIVE`, `${standing.sleeper} SHUTOFF`].sort(),
  volumes: [`${volume} available`, `${standing.disk} in-use`].sort(),
  snapshots: [`${snapshot} available`],
  images: [`${image} active`],
  ports: [expect.stringMatching(new RegExp(`^eni-\\w+ ${instance}$`))],
  addresses: [expect.stringMatching(new RegExp(`${allocation} unused$`)), expect.stringMatching(/ used$/)],
  groups: [
    `${standing.group}: of a test: egress IPv4 any anywhere, ingress IPv4 tcp 22-22 10.0.0.0/8`,
    `${group}: of a test: egress IPv4 any anywhere, ingress IPv4 tcp 22-22 192.0.2.0/24`,
  ].sort(),
});

/** Makes one of everything, and takes it away again; tells the actions that were told to come again. */
async function round(): Promise<readonly string[]> {
  const { ec2, openstack, image } = at;
  const before = await inventoryOf(openstack, bed);
  const one = new ServerRound(ec2, standing, image, fake);
  const made = await one.make();
  const now = await inventoryOf(openstack, bed);
  const added = Object.entries(now).map(([kind, lines]) => [
    kind,
    lines.filter((each) => !before[kind]!.includes(each)),
  ]);
  const { addresses, ...others } = Object.fromEntries(added) as Record<string, string[]>;
  const wanted = onceEach(made);
  expect({ ...others, addresses: addresses!.sort(byLastWord) }).toEqual(wanted);
  await one.unmake(made);
  // What is deleted is out of sight at once, and in the cloud a moment later.
  const same = (left: Inventory) => JSON.stringify(left) === JSON.stringify(before);
  await until(() => inventoryOf(openstack, bed), same, 60);
  return one.putOff;
}

const lastWord = (line: string): string => line.split(' ').at(-1)!;
const byLastWord = (a: string, b: string): number => lastWord(a).localeCompare(lastWord(b));

const served = (status: number): Fault => ({ kind: 'status', status, body: haProxy });
const throttled: Fault = { kind: 'status', status: 429, headers: { 'retry-after': '1' } };

it.each<[string, ...Fault[]]>([
  ['is slow, and then throttled', { kind: 'slow', ms: 1_000 }, throttled],
  ['has no answer before the time-out', { kind: 'silent' }],
  ['has a 500, and then its reply is lost', served(500), { kind: 'lost' }],
  ['is dropped, and then half answered', { kind: 'dropped' }, { kind: 'half' }],
])('one of everything is made, and goes, although each request %s', async (_, ...faults) => {
  at.proxy.fail(...faults.map((fault) => ({ each: true, fault })));
  expect(await round()).toEqual([]);
});

it('one of everything is made, and goes, although one service after the other answers 503 for a while', async () => {
  const services = ['compute', 'network', 'block-storage', 'image', 'identity'] as const;
  let turn = 0;
  const next = () => {
    at.proxy.clear();
    at.proxy.fail({ service: services[turn++ % services.length]!, times: 1_000, fault: served(503) });
  };
  next();
  const timer = setInterval(next, 3_000);
  try {
    await round();
  } finally {
    clearInterval(timer);
  }
  expect(turn).toBeGreaterThan(services.length);
});
