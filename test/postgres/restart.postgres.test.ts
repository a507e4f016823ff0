import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditOperations, changesOf, faultsIn } from './support/audit.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';
import { clientOf, type Elsewhere, elsewhere, type Running } from './support/elsewhere.ts';
import { startLoad } from './support/load.ts';
import { expectCloudEqualsRows, expectPromises, untilDone } from './support/verify.ts';

const account = '111122223333';

let cluster: Cluster;
let database: TestDatabase;
let processes: Elsewhere;
let servers: readonly Running[];

beforeAll(async () => {
  cluster = await startCluster();
  database = await createDatabase(cluster.url);
  processes = await elsewhere(database.url);
  servers = await Promise.all([processes.serve(), processes.serve()]);
});
afterAll(async () => {
  await processes.close();
  await cluster.stop();
});

const ready = async ({ endpoint }: Running): Promise<number> => (await fetch(`${endpoint}/readyz`)).status;

/** While PostgreSQL is away, servers stay, say that they are not ready, and refuse in EC2's words. */
async function expectUnavailable(server: Running): Promise<void> {
  expect(await ready(server)).toBe(503);
  const refusal = { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } };
  const ec2 = clientOf(server, account);
  await expect(ec2.describeVolumes({})).rejects.toMatchObject(refusal);
  await expect(ec2.createVolume({ Size: 1, AvailabilityZone: 'us-east-1a' })).rejects.toMatchObject(refusal);
}

it('rides out the end and the return of PostgreSQL under load', { timeout: 150_000 }, async () => {
  await auditOperations(database);
  const clients = servers.map((server) => clientOf(server, account));
  const { Images } = await clients[0]!.describeImages({ Filters: [{ Name: 'name', Values: ['al2023-ami-2023*'] }] });
  const image = Images!.find((one) => one.Architecture === 'x86_64')!.ImageId!;
  let away = false;
  const load = startLoad({ clients: () => clients, image, zone: 'us-east-1b', mayFail: () => away }, 6);
  for (const downMs of [0, 3_000]) {
    await wait(3_000);
    away = true;
    await cluster.crash();
    if (downMs > 0) await Promise.all(servers.map(expectUnavailable));
    await wait(downMs);
    await cluster.start();
    for (const server of servers) await expect.poll(() => ready(server), { timeout: 10_000 }).toBe(200);
    // What was under way when it went may be answered a little later.
    await wait(500);
    away = false;
  }
  await wait(3_000);
  await load.stop();
  await untilDone(database, 25_000);

  expect(load.ledger.surprises).toEqual([]);
  expect(load.ledger.launches.size).toBeGreaterThan(20);
  expect(load.ledger.retried).toBeGreaterThan(0);
  for (const client of clients) await expectPromises(client, load.ledger);
  await expectCloudEqualsRows(database);
  expect(faultsIn(await changesOf(database))).toEqual([]);
  for (const server of servers) expect(await server.stop()).toBe(0);
});
