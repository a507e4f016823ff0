import { type EC2, waitUntilInstanceRunning } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { clear, launch, patience, portsOf, tinyImage, until } from './support/life.ts';
import { looks } from './support/looks.ts';
import { clearNetwork, floatingIps } from './support/publicSide.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo } = bed.users;
const [fake, qemu] = bed.zones.compute as [string, string];
const prefix = bed.networks.demo.subnet.cidr.replace(/\d+\/\d+$/, '');

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

const { shown } = looks(() => server);

async function running(zone: string, specification: object): Promise<string> {
  const id = await launch(ec2, {
    ImageId: image,
    Placement: { AvailabilityZone: zone },
    NetworkInterfaces: [{ DeviceIndex: 0, ...specification }],
  });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  return id;
}
const addressesOf = async (id: string) =>
  (await shown(ec2, id)).NetworkInterfaces![0]!.PrivateIpAddresses!.map(({ PrivateIpAddress: ip }) => ip!);
const fixed = async (id: string) => (await portsOf(openstack, id))[0]!.fixed_ips.map(({ ip_address: ip }) => ip).sort();

it('an interface has in Neutron all its addresses, and an Elastic IP goes to each', async () => {
  // The primary one is not the lowest: a cloud that sorts them does not change which it is.
  const named = [`${prefix}211`, `${prefix}209`, `${prefix}210`];
  const id = await running(fake, {
    PrivateIpAddresses: named.map((PrivateIpAddress, at) => ({ PrivateIpAddress, Primary: at === 0 })),
  });
  expect(await fixed(id)).toEqual([...named].sort());
  expect(await addressesOf(id)).toEqual(named);
  const NetworkInterfaceId = (await shown(ec2, id)).NetworkInterfaces![0]!.NetworkInterfaceId!;
  for (const PrivateIpAddress of [named[1]!, named[0]!]) {
    const { AllocationId, PublicIp } = await ec2.allocateAddress({ Domain: 'vpc' });
    await ec2.associateAddress({ AllocationId, NetworkInterfaceId, PrivateIpAddress });
    const there = (await floatingIps(openstack)).find((one) => one.floating_ip_address === PublicIp);
    expect(there).toMatchObject({ fixed_ip_address: PrivateIpAddress });
    const { Addresses } = await ec2.describeAddresses({ AllocationIds: [AllocationId!] });
    expect(Addresses).toMatchObject([{ InstanceId: id, PrivateIpAddress }]);
    // What is on a secondary address is not what the instance is reached at.
    const { PublicIpAddress } = await shown(ec2, id);
    expect(PublicIpAddress).toBe(PrivateIpAddress === named[0] ? PublicIp : undefined);
  }
  expect(await addressesOf(id)).toEqual(named);
  await ec2.terminateInstances({ InstanceIds: [id] });
});

it('a guest with addresses that nobody named is given its primary one', async () => {
  const id = await running(qemu, { SecondaryPrivateIpAddressCount: 2 });
  const addresses = await addressesOf(id);
  expect(await fixed(id)).toEqual([...addresses].sort());
  const text = await until(
    async () =>
      Buffer.from((await ec2.getConsoleOutput({ InstanceId: id, Latest: true })).Output ?? '', 'base64').toString(),
    (seen) => seen.includes('TINY ready'),
  );
  expect(/TINY dhcp.*/.exec(text)?.[0]).toContain(addresses[0]);
  await ec2.terminateInstances({ InstanceIds: [id] });
});
