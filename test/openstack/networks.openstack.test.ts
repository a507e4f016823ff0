import type { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, launch, portsOf, shown, tinyImage, until } from './support/life.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, demo2 } = bed.users;
const router = bed.networks.demo.router.id;
const cidr = '10.99.7.0/24';

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let stranger: EC2;
/** Undoes what a test has made in Neutron, the last first. */
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await BedServer.start(bed);
  openstack = await logIn(bed, demo);
  [ec2, stranger] = [server.ec2(demo.ec2), server.ec2(demo2.ec2)];
});
afterEach(async () => {
  await clear(ec2);
  for (const step of undo.splice(0).reverse()) await step();
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

interface Named {
  readonly id: string;
}

async function neutron<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await openstack.ask<T>('network', `/v2.0${path}`, { method, body });
  if (answer.status >= 300) throw new Error(`Neutron answered ${answer.status} to ${method} ${path}`);
  return answer.body;
}

async function makeNetwork(name: string): Promise<{ readonly network: string; readonly subnet: string }> {
  const { network } = await neutron<{ network: Named }>('POST', '/networks', { network: { name } });
  undo.push(() => openstack.ask('network', `/v2.0/networks/${network.id}`, { method: 'DELETE' }));
  const asked = { name: `${name}-subnet`, network_id: network.id, ip_version: 4, cidr };
  const { subnet } = await neutron<{ subnet: Named }>('POST', '/subnets', { subnet: asked });
  return { network: network.id, subnet: subnet.id };
}

const withCidr = async (client: EC2) =>
  (await client.describeSubnets({ Filters: [{ Name: 'cidr-block', Values: [cidr] }] })).Subnets ?? [];
const vpcsOf = async (client: EC2) => (await client.describeVpcs({})).Vpcs ?? [];

it('a network is a VPC of its own at the next call, moves to its router’s, and goes', async () => {
  const [home] = await vpcsOf(ec2);
  const { network, subnet } = await makeNetwork('later');
  const found = await withCidr(ec2);
  expect(found.map(({ AvailabilityZone }) => AvailabilityZone).sort()).toEqual([...bed.zones.compute].sort());
  expect(found[0]).toMatchObject({ Tags: [{ Key: 'Name', Value: 'later-subnet' }], DefaultForAz: false });
  const own = (await vpcsOf(ec2)).find(({ VpcId }) => VpcId === found[0]!.VpcId);
  expect(own).toMatchObject({ IsDefault: false, CidrBlock: cidr, Tags: [{ Key: 'Name', Value: 'later' }] });
  expect((await ec2.describeSecurityGroups({})).SecurityGroups?.map(({ VpcId }) => VpcId)).toContain(own!.VpcId);
  expect(await withCidr(stranger)).toEqual([]);

  await neutron('PUT', `/networks/${network}`, { network: { name: 'renamed' } });
  expect((await vpcsOf(ec2)).find(({ VpcId }) => VpcId === own!.VpcId)?.Tags).toEqual([
    { Key: 'Name', Value: 'renamed' },
  ]);

  await neutron('PUT', `/routers/${router}/add_router_interface`, { subnet_id: subnet });
  undo.push(() =>
    openstack.ask('network', `/v2.0/routers/${router}/remove_router_interface`, {
      method: 'PUT',
      body: { subnet_id: subnet },
    }),
  );
  // What is connected to a router shows within 15 s.
  const moved = await until(
    () => withCidr(ec2),
    (subnets) => subnets.every(({ VpcId }) => VpcId === home!.VpcId),
    30,
  );
  expect(moved.map(({ SubnetId }) => SubnetId)).toEqual(found.map(({ SubnetId }) => SubnetId));
  expect((await vpcsOf(ec2)).map(({ VpcId, IsDefault }) => [VpcId, IsDefault])).toEqual([[home!.VpcId, true]]);

  await neutron('PUT', `/routers/${router}/remove_router_interface`, { subnet_id: subnet });
  undo.pop();
  await neutron('DELETE', `/networks/${network}`);
  undo.pop();
  expect(await withCidr(ec2)).toEqual([]);
  expect(await vpcsOf(ec2)).toHaveLength(1);
});

it('a machine is launched in a subnet that was made later, and the subnet stays while it is there', async () => {
  const { network } = await makeNetwork('for machines');
  const place = (await withCidr(ec2)).find(({ AvailabilityZone }) => AvailabilityZone === bed.zones.default)!;
  const id = await launch(ec2, { ImageId: await tinyImage(ec2, bed), SubnetId: place.SubnetId! });
  await until(
    () => shown(ec2, id),
    ({ State }) => State?.Name !== 'pending',
  );
  expect(await shown(ec2, id)).toMatchObject({ SubnetId: place.SubnetId, VpcId: place.VpcId });
  const [port] = await portsOf(openstack, id);
  expect(port?.fixed_ips[0]?.ip_address).toMatch(/^10\.99\.7\./);

  // Three addresses for somebody else.
  const before = (await withCidr(ec2))[0]!.AvailableIpAddressCount!;
  for (let n = 0; n < 3; n++) {
    const { port: made } = await neutron<{ port: Named }>('POST', '/ports', { port: { network_id: network } });
    undo.push(() => openstack.ask('network', `/v2.0/ports/${made.id}`, { method: 'DELETE' }));
  }
  await until(
    async () => (await withCidr(ec2)).map((subnet) => subnet.AvailableIpAddressCount!),
    (counts) => counts.every((count) => count < before && count <= 249),
    60,
  );
});
