import { type EC2, waitUntilInstanceRunning, waitUntilInstanceTerminated } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, launch, patience, portsOf, refused, shown, tinyImage } from './support/life.ts';
import { clearNetwork, floatingIps } from './support/publicSide.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo } = bed.users;
const [fake] = bed.zones.compute as [string, string];
const inZone = (AvailabilityZone: string) => ({ Placement: { AvailabilityZone } });

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let image: string;

beforeAll(async () => {
  openstack = await logIn(bed, demo);
  await clearNetwork(openstack);
  server = await BedServer.start(bed);
  ec2 = server.ec2(demo.ec2);
  image = await tinyImage(ec2, bed);
});
afterAll(async () => {
  await clear(ec2);
  expect(await server.stop()).toBe(0);
  await clearNetwork(openstack);
});

describe('an Elastic IP', () => {
  let allocation: string;
  let ip: string;
  let id: string;

  it('is answered with the address that Neutron chose', async () => {
    const made = await ec2.allocateAddress({ Domain: 'vpc' });
    expect(made).toMatchObject({ Domain: 'vpc', AllocationId: expect.stringMatching(/^eipalloc-[0-9a-f]{17}$/) });
    allocation = made.AllocationId!;
    ip = made.PublicIp!;
    expect(await floatingIps(openstack)).toMatchObject([{ floating_ip_address: ip, description: allocation }]);
    const { Addresses } = await ec2.describeAddresses({});
    expect(Addresses).toMatchObject([{ AllocationId: allocation, PublicIp: ip, Domain: 'vpc' }]);
  });

  it('cannot be asked for by its address', () =>
    refused('UnsupportedOperation', ec2.allocateAddress({ Address: '172.24.4.99' })));

  it('is put on an instance, which shows it', async () => {
    id = await launch(ec2, { ImageId: image, ...inZone(fake) });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    const { AssociationId } = await ec2.associateAddress({ AllocationId: allocation, InstanceId: id });
    const { PrivateIpAddress, PublicIpAddress } = await shown(ec2, id);
    expect(PublicIpAddress).toBe(ip);
    expect(await floatingIps(openstack)).toMatchObject([{ fixed_ip_address: PrivateIpAddress }]);
    const { Addresses } = await ec2.describeAddresses({ AllocationIds: [allocation] });
    expect(Addresses).toMatchObject([{ AssociationId, InstanceId: id, PrivateIpAddress }]);
    await refused('InvalidIPAddress.InUse', ec2.releaseAddress({ AllocationId: allocation }));
  });

  it('is replaced by another one', async () => {
    const other = await ec2.allocateAddress({});
    await ec2.associateAddress({ AllocationId: other.AllocationId, InstanceId: id });
    expect((await shown(ec2, id)).PublicIpAddress).toBe(other.PublicIp);
    const there = await floatingIps(openstack);
    expect(there.filter(({ port_id: port }) => port !== null)).toMatchObject([{ floating_ip_address: other.PublicIp }]);
    const { Addresses } = await ec2.describeAddresses({ AllocationIds: [allocation] });
    expect(Addresses![0]).not.toHaveProperty('AssociationId');
    await ec2.disassociateAddress({ PublicIp: other.PublicIp! });
    expect((await floatingIps(openstack)).every(({ port_id: port }) => port === null)).toBe(true);
    await ec2.releaseAddress({ AllocationId: other.AllocationId });
    expect(await floatingIps(openstack)).toHaveLength(1);
  });

  it('outlives the instance, and goes when it is released', async () => {
    await ec2.associateAddress({ AllocationId: allocation, InstanceId: id });
    await ec2.terminateInstances({ InstanceIds: [id] });
    await waitUntilInstanceTerminated(patience(ec2), { InstanceIds: [id] });
    expect(await portsOf(openstack, id)).toEqual([]);
    const { Addresses } = await ec2.describeAddresses({});
    expect(Addresses).toMatchObject([{ AllocationId: allocation, PublicIp: ip, InstanceId: '' }]);
    expect(await floatingIps(openstack)).toMatchObject([{ floating_ip_address: ip, port_id: null }]);
    await ec2.releaseAddress({ AllocationId: allocation });
    expect(await floatingIps(openstack)).toEqual([]);
    await refused('InvalidAllocationID.NotFound', ec2.describeAddresses({ AllocationIds: [allocation] }));
  });
});
