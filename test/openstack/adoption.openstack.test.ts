import { type EC2, waitUntilInstanceStopped, waitUntilInstanceTerminated } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, patience, shown, tinyImage, until } from './support/life.ts';
import { type Others, others } from './support/others.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, demo2 } = bed.users;

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let image: string;
let they: Others;

beforeAll(async () => {
  server = await BedServer.start(bed);
  openstack = await logIn(bed, demo);
  ec2 = server.ec2(demo.ec2);
  image = await tinyImage(ec2, bed);
  they = others(openstack, bed, bed.networks.demo.id);
});
afterAll(async () => {
  await clear(ec2);
  await they.clear();
  expect(await server.stop()).toBe(0);
});

/** All instances that DescribeInstances shows, by their Name tags. */
async function named(client: EC2, name: string) {
  const Filters = [{ Name: 'tag:Name', Values: [name] }];
  const { Reservations } = await client.describeInstances({ Filters });
  return (Reservations ?? []).flatMap((one) => one.Instances ?? []);
}

const stateOf = async (id: string) => (await shown(ec2, id)).State?.Name;

describe('a server that others made', () => {
  let native: string;
  let id: string;
  let ip: string;

  it('is in the next DescribeInstances, while it is being made and when it runs', async () => {
    native = await they.server({ name: 'web', metadata: { role: 'front' } }, false);
    const [young] = await named(ec2, 'web');
    id = young!.InstanceId!;
    expect(id).toMatch(/^i-[0-9a-f]{17}$/);
    expect(['pending', 'running']).toContain(young!.State?.Name);
    await until(
      async () =>
        (await openstack.ask<{ server: { status: string } }>('compute', `/servers/${native}`)).body.server.status,
      (status) => status === 'ACTIVE',
    );
    const seen = await shown(ec2, id);
    console.log(JSON.stringify(seen, undefined, 1));
    ip = seen.PrivateIpAddress!;
    expect(ip).toBeTruthy();
  });
});
