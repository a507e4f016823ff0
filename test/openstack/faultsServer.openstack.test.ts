import {
  type EC2,
  waitUntilImageAvailable,
  waitUntilInstanceRunning,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { type BrokenCloud, openBrokenCloud } from './support/brokenCloud.ts';
import type { Fault, Pattern } from './support/faultProxy.ts';
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
  const { addresses, ...others } = await addedTo(before);
  const wanted = onceEach(made);
  expect({ ...others, addresses: addresses!.sort(byLastWord) }).toEqual(wanted);
  await one.unmake(made);
  await same(before);
  return one.putOff;
}

/** What the project has now that it had not. */
async function addedTo(before: Inventory): Promise<Record<string, string[]>> {
  const now = Object.entries(await inventoryOf(at.openstack, bed));
  return Object.fromEntries(now.map(([kind, lines]) => [kind, lines.filter((each) => !before[kind]!.includes(each))]));
}

/** What is deleted is out of sight at once, and in the cloud a moment later. */
const same = (before: Inventory) =>
  until(
    () => inventoryOf(at.openstack, bed),
    (left) => JSON.stringify(left) === JSON.stringify(before),
    60,
  );

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
    // On a fast computer one round is over before each service had its turn.
    do await round();
    while (turn <= services.length);
  } finally {
    clearInterval(timer);
  }
});

/**
 * Ends the server as a power cut would, when the cloud has done what a request asks for and the server has not heard that
 * yet; then another one goes on with its data.
 */
async function killedAmid<T>(request: Pattern, ask: (ec2: EC2) => Promise<T>): Promise<T> {
  const killed = new Promise<void>((resolve, reject) => {
    const done = () => at.server.kill().then(resolve, reject);
    at.proxy.fail({ ...request, fault: { kind: 'lost', done } });
  });
  const answer = await ask(at.ec2);
  await killed;
  await at.server.start();
  at = { ...at, ec2: at.server.ec2(bed.users.demo.ec2) };
  return answer;
}

it('one volume, snapshot and image is made, and goes, although the server is killed amid each request for it', async () => {
  const before = await inventoryOf(at.openstack, bed);
  const storage = (method: string, path: RegExp) => ({ service: 'block-storage', method, path }) as const;
  const { VolumeId = '' } = await killedAmid(storage('POST', /\/volumes$/), (ec2) =>
    ec2.createVolume({ AvailabilityZone: fake, Size: 1, ...marked('volume') }),
  );
  await waitUntilVolumeAvailable(patience(at.ec2), { VolumeIds: [VolumeId] });
  const { SnapshotId = '' } = await killedAmid(storage('POST', /\/snapshots$/), (ec2) =>
    ec2.createSnapshot({ VolumeId, ...marked('snapshot') }),
  );
  const { ImageId = '' } = await killedAmid({ service: 'compute', method: 'POST', path: /\/action$/ }, (ec2) =>
    ec2.createImage({ InstanceId: standing.pictured, Name: 'cut', NoReboot: true }),
  );
  await waitUntilSnapshotCompleted(patience(at.ec2), { SnapshotIds: [SnapshotId] });
  await waitUntilImageAvailable(patience(at.ec2), { ImageIds: [ImageId] });
  const nothing = { servers: [], ports: [], addresses: [], groups: [] };
  expect(await addedTo(before)).toEqual({
    ...nothing,
    ...{ volumes: [`${VolumeId} available`], snapshots: [`${SnapshotId} available`], images: [`${ImageId} active`] },
  });

  await killedAmid({ service: 'image', method: 'DELETE' }, (ec2) => ec2.deregisterImage({ ImageId }));
  await killedAmid(storage('DELETE', /\/snapshots\//), (ec2) => ec2.deleteSnapshot({ SnapshotId }));
  await killedAmid(storage('DELETE', /\/volumes\//), (ec2) => ec2.deleteVolume({ VolumeId }));
  await same(before);
});
