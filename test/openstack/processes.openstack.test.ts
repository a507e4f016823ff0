import { randomUUID } from 'node:crypto';
import type { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { auditOperations, changesOf, faultsIn } from '../postgres/support/audit.ts';
import { untilDone } from '../postgres/support/verify.ts';
import { bed as described } from './support/bed.ts';
import { type Inventory, inventoryOf } from './support/inventory.ts';
import { clear, launch, marked, shown, tinyImage, until } from './support/life.ts';
import { type Held, openProcesses, type Processes } from './support/processes.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const zone = bed.zones.default;
const Device = '/dev/sdf';
/** What an operation takes whose process was killed: a lease of 15 seconds, the cloud's own time, and much to spare. */
const untilEndMs = 120_000;

let processes: Processes;
let openstack: Session;
let image: string;
let before: Inventory;

const one = () => processes.ec2('one');
const other = () => processes.ec2('other');

beforeAll(async () => {
  openstack = await logIn(bed, bed.users.demo);
  processes = await openProcesses(bed);
  await processes.revive();
  await auditOperations(processes.database);
  image = await tinyImage(one(), bed);
});
beforeEach(async () => {
  await processes.revive();
  before = await inventoryOf(openstack, bed);
});
afterEach(async () => {
  await processes.revive();
  await clear(one());
  await untilDone(processes.database, untilEndMs);
});
afterAll(() => processes.close());

const Placement = { AvailabilityZone: zone };
const stateOf = async (ec2: EC2, id: string) => (await shown(ec2, id)).State!.Name!;
const becomes = (ec2: EC2, ids: readonly string[], state: string) =>
  until(
    () => Promise.all(ids.map((id) => stateOf(ec2, id))),
    (states) => states.every((each) => each === state),
  );
const volumeOf = async (ec2: EC2, id: string) => (await ec2.describeVolumes({ VolumeIds: [id] })).Volumes![0]!;
const nameOf = async (ec2: EC2, id: string) => (await shown(ec2, id)).Tags?.find(({ Key }) => Key === 'Name')?.Value;

/** What the project has besides what it had before. */
async function added(): Promise<Inventory> {
  const now = await inventoryOf(openstack, bed);
  return Object.fromEntries(
    Object.entries(now).map(([kind, lines]) => [kind, lines.filter((line) => !before[kind]!.includes(line))]),
  );
}

/** Each machine once, with one port, and each volume once. */
const onceEach = (machines: readonly string[], status: string, volumes: readonly string[]) => ({
  ...{ snapshots: [], images: [], addresses: [], groups: [] },
  servers: machines.map((id) => `${id} ${status}`).sort(),
  volumes: [...volumes].sort(),
  ports: expect.toSatisfy(
    (ports: readonly string[]) =>
      String(ports.map((port) => port.split(' ')[1]).sort()) === String([...machines].sort()) &&
      ports.every((port) => port.startsWith('eni-')),
  ),
});

const same = (left: Inventory) => JSON.stringify(left) === JSON.stringify(before);

it('what one server answered, the other tells at once', async () => {
  const id = await launch(one(), { ImageId: image, Placement });
  expect(['pending', 'running']).toContain(await stateOf(other(), id));
  await other().createTags({ Resources: [id], Tags: [{ Key: 'Name', Value: 'first' }] });
  expect(await nameOf(one(), id)).toBe('first');
  await one().createTags({ Resources: [id], Tags: [{ Key: 'Name', Value: 'second' }] });
  expect(await nameOf(other(), id)).toBe('second');
  const { VolumeId } = await other().createVolume({ Size: 1, AvailabilityZone: zone, ...marked('volume') });
  expect(['creating', 'available']).toContain((await volumeOf(one(), VolumeId!)).State);
  await until(
    () => volumeOf(one(), VolumeId!),
    ({ State }) => State === 'available',
  );
  await becomes(other(), [id], 'running');
  await one().attachVolume({ InstanceId: id, VolumeId, Device });
  const attachment = async (ec2: EC2) => (await volumeOf(ec2, VolumeId!)).Attachments![0]?.State;
  expect(['attaching', 'attached']).toContain(await attachment(other()));
  await until(
    () => attachment(other()),
    (state) => state === 'attached',
  );
  expect(await added()).toEqual(onceEach([id], 'ACTIVE', [`${VolumeId} in-use`]));
  await other().stopInstances({ InstanceIds: [id] });
  expect(['stopping', 'stopped']).toContain(await stateOf(one(), id));
  await becomes(one(), [id], 'stopped');
  await one().terminateInstances({ InstanceIds: [id] });
  expect(['shutting-down', 'terminated']).toContain(await stateOf(other(), id));
  await becomes(other(), [id], 'terminated');
  await until(
    () => volumeOf(other(), VolumeId!),
    ({ State }) => State === 'available',
  );
  await one().deleteVolume({ VolumeId });
  await until(() => inventoryOf(openstack, bed), same);
});

/** Launches with a token, as a client does that will ask again where it is not answered. */
const launchOnce = (ec2: EC2, ClientToken: string) => launch(ec2, { ImageId: image, Placement, ClientToken });

/** Launches at both servers while `one` is killed; what was not answered is asked again of the other. */
async function launchedWhileKilled(): Promise<readonly string[]> {
  const tokens = Array.from({ length: 4 }, () => randomUUID());
  const asked = tokens.map((token, at) =>
    launchOnce(at % 2 === 0 ? one() : other(), token).then(
      (id) => id,
      () => undefined,
    ),
  );
  const held = await processes.killAtWork('one', ['instance.launch']);
  const told = await Promise.all(asked);
  const ids = await Promise.all(tokens.map((token) => launchOnce(other(), token)));
  // Whoever was answered before was answered the same.
  expect(ids).toEqual(told.map((id, at) => id ?? ids[at]));
  expect(subjectsOf(held).filter((id) => !ids.includes(id))).toEqual([]);
  return ids;
}

/** Operations of a volume that comes and goes. */
const passing = ['volume.provision', 'volume.delete'];

/** A volume that comes and goes. */
async function passes(ec2: EC2): Promise<void> {
  const { VolumeId } = await ec2.createVolume({ Size: 1, AvailabilityZone: zone, ...marked('volume') });
  const states = async () =>
    (await ec2.describeVolumes({ Filters: [{ Name: 'volume-id', Values: [VolumeId!] }] })).Volumes!.map(
      ({ State }) => State,
    );
  await until(states, ([state]) => state === 'available');
  await ec2.deleteVolume({ VolumeId });
  await until(states, ([state]) => state === undefined);
}

const subjectsOf = (held: readonly Held[]) => held.map(({ subject }) => subject);

it('nothing that a client was told is lost, or there twice, when processes are killed at work', async () => {
  const ids = await launchedWhileKilled();
  await other().createTags({ Resources: [ids[0]!], Tags: [{ Key: 'Name', Value: 'kept' }] });
  await becomes(other(), ids, 'running');
  await untilDone(processes.database, untilEndMs);
  expect(await added()).toEqual(onceEach(ids, 'ACTIVE', []));

  await processes.revive();
  expect(await nameOf(one(), ids[0]!)).toBe('kept');
  const make = () => one().createVolume({ Size: 1, AvailabilityZone: zone, ...marked('volume') });
  const volumes = (await Promise.all([make(), make()])).map(({ VolumeId }) => VolumeId!);
  for (const id of volumes)
    await until(
      () => volumeOf(other(), id),
      ({ State }) => State === 'available',
    );
  await Promise.all(volumes.map((VolumeId, at) => other().attachVolume({ InstanceId: ids[at]!, VolumeId, Device })));
  await one().stopInstances({ InstanceIds: ids.slice(2) });
  await processes.killAtWork('worker', ['volume.attach', 'instance.stop', ...passing], () => passes(other()));
  await becomes(one(), ids.slice(2), 'stopped');
  for (const id of volumes)
    await until(
      () => volumeOf(one(), id),
      ({ Attachments }) => Attachments![0]?.State === 'attached',
    );
  await untilDone(processes.database, untilEndMs);
  const { servers, ...rest } = await added();
  const { servers: _, ...wanted } = onceEach(
    ids,
    '',
    volumes.map((id) => `${id} in-use`),
  );
  expect(rest).toEqual(wanted);
  expect(servers).toEqual(
    [...ids.slice(0, 2).map((id) => `${id} ACTIVE`), ...ids.slice(2).map((id) => `${id} SHUTOFF`)].sort(),
  );

  await other().terminateInstances({ InstanceIds: [...ids] });
  await processes.killAtWork('other', ['instance.terminate']);
  await becomes(one(), ids, 'terminated');
  for (const id of volumes)
    await until(
      () => volumeOf(one(), id),
      ({ State }) => State === 'available',
    );
  await Promise.all(volumes.map((VolumeId) => one().deleteVolume({ VolumeId })));
  await untilDone(processes.database, untilEndMs);
  expect(await inventoryOf(openstack, bed)).toEqual(before);

  await processes.revive();
  for (const ec2 of [one(), other()])
    expect(await Promise.all(ids.map((id) => stateOf(ec2, id)))).toEqual(ids.map(() => 'terminated'));
  const killed = new Set((await processes.inherited()).map(({ owner_before: owner }) => owner!.split('/')[1]));
  expect([...killed].sort()).toEqual(processes.killed.map(String).sort());
  expect(faultsIn(await changesOf(processes.database))).toEqual([]);
  expect(processes.errors()).toEqual([]);
});
