import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeImagesCommand,
  type EC2Client,
  paginateDescribeInstances,
  paginateDescribeVolumes,
} from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { ask, clientOf, keepAsking, type Ledger, newLedger } from './load.ts';
import { type ServerProcess, startServer } from './server.ts';

const rounds = 6;
const clients = 6;

interface Thing {
  readonly id: string;
  readonly state: string;
  readonly request: string | undefined;
}

const requestOf = (tags: readonly { Key?: string; Value?: string }[] | undefined) =>
  tags?.find((tag) => tag.Key === 'request')?.Value;

async function instancesOf(client: EC2Client): Promise<readonly Thing[]> {
  const found: Thing[] = [];
  for await (const page of paginateDescribeInstances({ client, pageSize: 100 }, {})) {
    for (const i of page.Reservations?.flatMap((r) => r.Instances ?? []) ?? []) {
      found.push({ id: i.InstanceId!, state: i.State!.Name!, request: requestOf(i.Tags) });
    }
  }
  return found;
}

async function volumesOf(client: EC2Client): Promise<readonly Thing[]> {
  const found: Thing[] = [];
  for await (const page of paginateDescribeVolumes({ client, pageSize: 100 }, {})) {
    for (const v of page.Volumes ?? []) found.push({ id: v.VolumeId!, state: v.State!, request: requestOf(v.Tags) });
  }
  return found;
}

/** Waits until nothing is in a state that must end by itself. */
async function atRest(client: EC2Client): Promise<{ instances: readonly Thing[]; volumes: readonly Thing[] }> {
  const end = Date.now() + 30_000;
  for (;;) {
    const [instances, volumes] = [await instancesOf(client), await volumesOf(client)];
    const moving = [
      ...instances.filter((i) => i.state !== 'running' && i.state !== 'terminated'),
      ...volumes.filter((v) => v.state !== 'available' && v.state !== 'in-use'),
    ];
    if (moving.length === 0) return { instances, volumes };
    if (Date.now() > end) expect(moving.slice(0, 10)).toEqual([]);
    await sleep(200);
  }
}

/** Everything that was told is there, and no request made more than it asked for. */
function expectKept(ledger: Ledger, things: readonly Thing[]): void {
  const byId = new Map(things.map((thing) => [thing.id, thing]));
  const made = new Map<string, number>();
  for (const { request } of things) if (request !== undefined) made.set(request, (made.get(request) ?? 0) + 1);
  for (const { token, count, told } of ledger.asked) {
    for (const id of told ?? []) expect(byId.get(id)?.request, `${id} of ${token}`).toBe(token);
    if (told !== undefined) expect(made.get(token), token).toBe(count);
    else expect([undefined, count], token).toContain(made.get(token));
  }
  for (const id of ledger.terminated) expect(byId.get(id)?.state, id).toMatch(/^(shutting-down|terminated)$/);
}

it('a server that is killed under load keeps what it told, ends what it began, and repeats nothing', {
  timeout: 120_000,
}, async () => {
  const data = mkdtempSync(join(tmpdir(), 'elsewhere-crash-'));
  const ledger = newLedger();
  let server: ServerProcess = await startServer(data);
  try {
    const { Images } = await clientOf(server.endpoint).send(
      new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: ['al2023-ami-2023*-x86_64'] }] }),
    );
    const imageId = Images![0]!.ImageId!;
    for (let round = 0; round < rounds; round++) {
      const client = clientOf(server.endpoint);
      const asking = Array.from({ length: clients }, () => keepAsking(client, imageId, ledger));
      await Promise.race([sleep(randomInt(50, 900)), ...asking]);
      await server.kill();
      await Promise.all(asking);
      client.destroy();
      server = await startServer(data);
      const again = clientOf(server.endpoint);
      expectKept(ledger, [...(await instancesOf(again)), ...(await volumesOf(again))]);
      // Requests that nobody answered are sent again, and some that were.
      const repeated = ledger.asked.filter((asked) => asked.told === undefined || randomInt(20) === 0);
      await Promise.all(repeated.map((asked) => ask(again, imageId, asked)));
      again.destroy();
    }
    const client = clientOf(server.endpoint);
    const { instances, volumes } = await atRest(client);
    expectKept(ledger, [...instances, ...volumes]);
    expect(ledger.asked.filter((asked) => asked.told === undefined)).toEqual([]);
    expect(ledger.asked.length).toBeGreaterThan(rounds * clients);
    for (const id of ledger.terminated) expect(instances.find((i) => i.id === id)?.state).toBe('terminated');
    for (const { id, state } of instances) if (!ledger.doomed.has(id)) expect(`${id} ${state}`).toBe(`${id} running`);
    client.destroy();
    expect(await server.stop()).toBe(0);
  } finally {
    await server.kill();
    rmSync(data, { recursive: true, force: true });
  }
});
