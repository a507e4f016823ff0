import { type EC2, waitUntilInstanceRunning, waitUntilInstanceStopped } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, launch, patience, refused, serversNamed, tinyImage, until } from './support/life.ts';
import { looks } from './support/looks.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, admin } = bed.users;
const [fake, qemu] = bed.zones.compute as [string, string];
const [tiny, small] = bed.flavors.map(({ name }) => name) as [string, string];

/** A type that no host has room for. */
const huge = `huge-${Date.now()}`;

let server: BedServer;
let openstack: Session;
let administrator: Session;
let ec2: EC2;
let image: string;

beforeAll(async () => {
  administrator = await logIn(bed, admin);
  const flavor = { id: huge, name: huge, ram: 900_000_000, vcpus: 1, disk: 4 };
  await administrator.ask('compute', '/flavors', { method: 'POST', body: { flavor } });
  server = await BedServer.start(bed);
  openstack = await logIn(bed, demo);
  ec2 = server.ec2(demo.ec2);
  image = await tinyImage(ec2, bed);
});
afterAll(async () => {
  await clear(ec2);
  await administrator.ask('compute', `/flavors/${huge}`, { method: 'DELETE' });
  expect(await server.stop()).toBe(0);
});

const { shown } = looks(() => server);

const nova = async (id: string) => {
  const [found] = await serversNamed(openstack, id);
  type Flavored = { server: { status: string; flavor: { id: string } } };
  const { body } = await openstack.ask<Flavored>('compute', `/servers/${found!.id}`);
  return [body.server.status, bed.flavors.find((one) => one.id === body.server.flavor.id)?.name];
};
const become = (InstanceId: string, Value: string) =>
  ec2.modifyInstanceAttribute({ InstanceId, InstanceType: { Value } });

async function stopped(zone: string, InstanceType: string): Promise<string> {
  const id = await launch(ec2, {
    ImageId: image,
    InstanceType: InstanceType as never,
    Placement: { AvailabilityZone: zone },
  });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  await refused('IncorrectInstanceState', become(id, small));
  await ec2.stopInstances({ InstanceIds: [id] });
  await waitUntilInstanceStopped(patience(ec2), { InstanceIds: [id] });
  return id;
}

it.each([fake, qemu])('a stopped instance in zone %s becomes one of another type, and starts as such', async (zone) => {
  const id = await stopped(zone, 't3.micro');
  await become(id, small);
  expect(await nova(id)).toEqual(['SHUTOFF', small]);
  const seen = await shown(ec2, id);
  expect([seen.InstanceType, seen.State?.Name]).toEqual([small, 'stopped']);
  // The same again is nothing to do.
  await become(id, small);
  await ec2.startInstances({ InstanceIds: [id] });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  expect(await nova(id)).toEqual(['ACTIVE', small]);
  expect((await shown(ec2, id)).InstanceType).toBe(small);
  await ec2.terminateInstances({ InstanceIds: [id] });
});

it('what the cloud cannot do is refused with EC2’s code, and the instance is as before', async () => {
  const id = await stopped(fake, small);
  await refused('InvalidInstanceAttributeValue', become(id, 'z9.huge'));
  // Nova makes no disk smaller.
  await refused('InvalidInstanceAttributeValue', become(id, tiny));
  await refused('InsufficientInstanceCapacity', become(id, huge));
  expect(await nova(id)).toEqual(['SHUTOFF', small]);
  const seen = await shown(ec2, id);
  expect([seen.InstanceType, seen.State?.Name]).toEqual([small, 'stopped']);
  await ec2.terminateInstances({ InstanceIds: [id] });
});

it('a resize goes on after the end of the process, to the same end', async () => {
  const id = await stopped(fake, 't3.micro');
  const answer = become(id, small).then(
    () => 'answered',
    () => 'cut off',
  );
  // Nova has begun, or is done already.
  await until(
    () => nova(id),
    ([status, flavor]) => status !== 'SHUTOFF' || flavor === small,
  );
  await server.kill();
  await answer;
  await server.start();
  ec2 = server.ec2(demo.ec2);
  // A start comes after what was begun.
  await ec2.startInstances({ InstanceIds: [id] });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  expect(await nova(id)).toEqual(['ACTIVE', small]);
  expect((await shown(ec2, id)).InstanceType).toBe(small);
  await ec2.terminateInstances({ InstanceIds: [id] });
});
