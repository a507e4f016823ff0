import { setTimeout as wait } from 'node:timers/promises';
import type { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditOperations, changesOf, faultsIn, takeovers } from './support/audit.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';
import { clientOf, type Elsewhere, elsewhere, type Running } from './support/elsewhere.ts';
import { startLoad } from './support/load.ts';
import { expectCloudEqualsRows, expectPromises, untilDone } from './support/verify.ts';

const account = '111122223333';
/** A lease lasts 15 seconds; others look for what was left every half second. */
const takeoverMs = 20_000;

let database: TestDatabase;
let processes: Elsewhere;
let servers: Running[];
let worker: Running;

beforeAll(async () => {
  database = await createDatabase();
  processes = await elsewhere(database.url);
  [servers, worker] = await Promise.all([
    Promise.all([processes.serve(), processes.serve(), processes.serve()]),
    processes.worker(),
  ]);
});
afterAll(async () => {
  await processes.close();
  await database.drop();
});

const clients = (of = account): readonly EC2[] => servers.map((server) => clientOf(server, of));

it('makes the home of a new account, and the catalogue, once', async () => {
  const asked = clients('222233334444');
  const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => asked[at % 3]!.describeVpcs({})));
  expect(new Set(answers.map((answer) => answer.Vpcs!.map((vpc) => vpc.VpcId).join())).size).toBe(1);
  expect(answers[0]!.Vpcs).toHaveLength(1);
  for (const client of asked) {
    expect((await client.describeSecurityGroups({})).SecurityGroups).toHaveLength(1);
    const zones = (await client.describeSubnets({})).Subnets!.map((subnet) => subnet.AvailabilityZone);
    expect(new Set(zones).size).toBe(zones.length);
  }
  const images = await Promise.all(asked.map((client) => client.describeImages({})));
  const ids = images[0]!.Images!.map((image) => image.ImageId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(100);
  for (const other of images) expect(other.Images!.map((image) => image.ImageId)).toEqual(ids);
});

it('shows in each process at once what another has written', async () => {
  const [one, ...others] = clients();
  for (let turn = 0; turn < 20; turn++) {
    // Asked before: the answer would be kept if nobody noticed the change.
    await Promise.all(others.map((client) => client.describeSecurityGroups({})));
    const { GroupId } = await one!.createSecurityGroup({ GroupName: `seen-${turn}`, Description: 'of a test' });
    for (const other of others) {
      const { SecurityGroups } = await other.describeSecurityGroups({});
      expect(SecurityGroups!.map((group) => group.GroupId)).toContain(GroupId);
    }
    await one!.deleteSecurityGroup({ GroupId: GroupId! });
    for (const other of others) {
      const { SecurityGroups } = await other.describeSecurityGroups({});
      expect(SecurityGroups!.map((group) => group.GroupId)).not.toContain(GroupId);
    }
  }
});

it('loses nothing that a client was told when servers are killed under load', { timeout: 150_000 }, async () => {
  await auditOperations(database);
  let current = clients();
  const { Images } = await current[0]!.describeImages({
    Filters: [
      { Name: 'name', Values: ['al2023-ami-2023*'] },
      { Name: 'architecture', Values: ['x86_64'] },
    ],
  });
  const load = startLoad(
    { clients: () => current, image: Images![0]!.ImageId!, zone: 'us-east-1a', mayFail: () => false },
    9,
  );
  const killed: { readonly pid: number; readonly at: number }[] = [];
  for (let victim = 0; victim < 3; victim++) {
    await wait(4_000);
    const { pid } = servers[victim]!;
    await servers[victim]!.kill();
    killed.push({ pid, at: Date.now() });
    await wait(2_000);
    servers[victim] = await processes.serve();
    current = clients();
  }
  await wait(2_000);
  await load.stop();
  await untilDone(database, takeoverMs + 5_000);

  expect(load.ledger.surprises).toEqual([]);
  expect(load.ledger.launches.size).toBeGreaterThan(50);
  expect(load.ledger.retried).toBeGreaterThan(0);
  for (const client of current) await expectPromises(client, load.ledger);
  await expectCloudEqualsRows(database);
  const changes = await changesOf(database);
  expect(faultsIn(changes)).toEqual([]);
  const taken = takeovers(changes);
  expect(taken.length).toBeGreaterThan(0);
  for (const { owner_before, at } of taken) {
    const dead = killed.find(({ pid }) => owner_before!.split('/')[1] === String(pid));
    expect(dead, `${owner_before} was not killed, but its operation was taken`).toBeDefined();
    expect(at - dead!.at).toBeLessThan(takeoverMs);
  }
});

it('stops cleanly, and leaves nothing leased', async () => {
  const codes = await Promise.all([...servers, worker].map((process) => process.stop()));
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(await database.rows('select id from operation')).toEqual([]);
  for (const { log } of [...servers, worker]) expect(log()).not.toContain('"level":50');
});
