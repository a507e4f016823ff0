import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RealServer, region, until } from '../support/server.ts';

const server = new RealServer();
const neighbour = 'local-2';
/** Zones of the first region: one without a limit, and one in which a t2.nano fits, with what QEMU itself takes, and no second. */
const [wide, narrow] = [`${region}a`, `${region}b`];
/** Nothing boots from it. */
const images = new Map<string, string>();
let ours: string;
const clients = new Map<string, sdk.EC2Client>();

beforeAll(async () => {
  const disk = join(server.data, 'empty.raw');
  writeFileSync(disk, Buffer.alloc(2 ** 20));
  for (const name of [region, neighbour]) images.set(name, server.imported(disk, '--name', 'empty', '--region', name));
  const config = join(server.data, 'config.yaml');
  const zones = `{ ${wide}: {}, ${narrow}: { memoryMiB: ${2 * (512 + 160) - 1} } }`;
  // Nobody hears the power button.
  const patience = 'patience: { terminate: 100 }';
  const ofNeighbour = `{ host: { machines: 1 }, ${patience} }`;
  writeFileSync(config, `qemu: { ${region}: { zones: ${zones}, ${patience} }, ${neighbour}: ${ofNeighbour} }\n`);
  await server.start('--region', `${neighbour}=qemu`, '--config', config);
  const endpoint = `http://127.0.0.1:${server.program.port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  for (const name of images.keys())
    clients.set(name, new sdk.EC2Client({ region: name, endpoint, credentials, maxAttempts: 1 }));
});
afterAll(() => server.close());

const launch = (at: string, more: Partial<sdk.RunInstancesRequest> = {}) =>
  server.launch({ ImageId: images.get(at)!, ...more }, clients.get(at)!);
const terminate = async (at: string, id: string): Promise<void> => {
  await clients.get(at)!.send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }));
  await server.inState(id, 'terminated', clients.get(at)!);
};
const inNarrow = { Placement: { AvailabilityZone: narrow } };
const full = { name: 'InsufficientInstanceCapacity', $metadata: { httpStatusCode: 500 } };

it('a launch that a zone has no room for is refused whole, and nothing of it is made', async () => {
  await expect(launch(region, { ...inNarrow, MinCount: 2, MaxCount: 2 })).rejects.toMatchObject(full);
  expect(await server.pids()).toEqual([]);
  const { Reservations } = await server.ec2.send(new sdk.DescribeInstancesCommand({}));
  expect(Reservations).toEqual([]);
});

it('of launches at the same time as many come about as there is room for', async () => {
  const tried = await Promise.allSettled([1, 2, 3].map(() => launch(region, inNarrow)));
  // Those that are refused are so at once, or as soon as another has the place.
  for (const { reason } of tried.filter((one) => one.status === 'rejected')) expect(reason).toMatchObject(full);
  const ids = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const found = await until(
    () => Promise.all(ids.map((id) => server.instance(id))),
    (all) => all.every(({ State }) => State?.Name === 'running' || State?.Name === 'terminated'),
  );
  const [on, ...others] = found.sort((one, other) => one.State!.Code! - other.State!.Code!);
  expect([on!.State!.Name, await server.pids()]).toEqual(['running', [expect.anything()]]);
  for (const { StateReason } of others) expect(StateReason!.Code).toBe('Server.InsufficientInstanceCapacity');
  ours = on!.InstanceId!;
});

it('what one region has on takes the room of all: they are one computer', async () => {
  await expect(launch(neighbour)).rejects.toMatchObject(full);
  await terminate(region, ours);
  const theirs = await launch(neighbour);
  await server.inState(theirs, 'running', clients.get(neighbour)!);
  await terminate(neighbour, theirs);
});
