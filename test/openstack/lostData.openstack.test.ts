import {
  type EC2,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { makeImage } from './support/glance.ts';
import { type Inventory, inventoryOf } from './support/inventory.ts';
import { attach, clearAll, launch, marked, patience, portsOf, tinyImage, until } from './support/life.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, demo2 } = bed.users;
const AvailabilityZone = bed.zones.compute[0]!;

let server: BedServer;
let openstack: Session;
let before: Inventory;
let ec2: EC2;
let stranger: EC2;

beforeAll(async () => {
  server = await BedServer.start(bed);
  [ec2, stranger] = [server.ec2(demo.ec2), server.ec2(demo2.ec2)];
  openstack = await logIn(bed, demo);
  await clearAll(ec2);
  before = await inventoryOf(openstack, bed);
});
afterAll(async () => {
  await clearAll(ec2);
  expect(await server.stop()).toBe(0);
});

/** One of everything that lives in the cloud, by its id. */
async function make() {
  const [image, { VolumeId = '' }, { AllocationId = '' }, { GroupId = '' }] = await Promise.all([
    tinyImage(ec2, bed),
    ec2.createVolume({ AvailabilityZone, Size: 1, ...marked('volume') }),
    ec2.allocateAddress({}),
    ec2.createSecurityGroup({ GroupName: 'kept', Description: 'of a lost store' }),
  ]);
  const InstanceId = await launch(ec2, {
    ...{ ImageId: image, Placement: { AvailabilityZone }, SecurityGroupIds: [GroupId] },
  });
  await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [InstanceId] });
  // As CreateImage has Nova make it of a machine that boots.
  const ImageId = `ami-${InstanceId.slice(2)}`;
  await makeImage(openstack, ImageId, { elsewhere: ImageId });
  await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [VolumeId] });
  const { SnapshotId = '' } = await ec2.createSnapshot({ VolumeId, ...marked('snapshot') });
  await waitUntilSnapshotCompleted(patience(ec2), { SnapshotIds: [SnapshotId] });
  await attach(ec2, { VolumeId, InstanceId, Device: '/dev/sdf' });
  await ec2.associateAddress({ AllocationId, InstanceId });
  return { InstanceId, VolumeId, SnapshotId, ImageId, AllocationId, GroupId };
}

/** What the account has, the instance first: it is asked about its volumes before these are. */
async function seen(who: EC2) {
  const { Reservations = [] } = await who.describeInstances({});
  const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
  const living = instances.filter(({ State }) => State?.Name !== 'terminated');
  const [{ Volumes = [] }, { Snapshots = [] }, { Images = [] }, { Addresses = [] }, { SecurityGroups = [] }] =
    await Promise.all([
      who.describeVolumes({}),
      who.describeSnapshots({ OwnerIds: ['self'] }),
      who.describeImages({ Owners: ['self'] }),
      who.describeAddresses({}),
      who.describeSecurityGroups({}),
    ]);
  return {
    instances: living.map(({ InstanceId, State, NetworkInterfaces: [eni] = [], BlockDeviceMappings = [], Tags }) => ({
      ...{ InstanceId, state: State?.Name, eni: eni?.NetworkInterfaceId },
      volumes: BlockDeviceMappings.map(({ Ebs }) => Ebs?.VolumeId),
      tags: Tags?.map(({ Key, Value }) => `${Key}=${Value}`),
    })),
    volumes: Volumes.map(({ VolumeId, State, Attachments: [at] = [] }) => [VolumeId, State, at?.InstanceId]),
    snapshots: Snapshots.map(({ SnapshotId, State, VolumeId }) => [SnapshotId, State, VolumeId]),
    images: Images.map(({ ImageId, State }) => [ImageId, State]),
    addresses: Addresses.map(({ AllocationId, PublicIp, InstanceId }) => [AllocationId, PublicIp, InstanceId]),
    groups: SecurityGroups.map(({ GroupId, GroupName, Description }) => [GroupId, GroupName, Description]).sort(),
  };
}

it('what was made here has its ids when all data are lost, obeys, and can be taken away; nobody else gets its ids', async () => {
  const ids = await make();
  const there = await until(
    () => seen(ec2),
    ({ volumes }) => volumes[0]?.[1] === 'in-use',
  );
  expect(there.instances).toMatchObject([{ InstanceId: ids.InstanceId, state: 'running', volumes: [ids.VolumeId] }]);
  // Somebody else says, where anybody can say it, that the address is his.
  const other = await logIn(bed, demo2);
  const body = { floatingip: { floating_network_id: bed.networks.public.id, description: ids.AllocationId } };
  const path = '/v2.0/floatingips';
  const { body: forged } = await other.ask<{ floatingip: { id: string } }>('network', path, { method: 'POST', body });
  try {
    await server.lose();
    [ec2, stranger] = [server.ec2(demo.ec2), server.ec2(demo2.ec2)];
    const again = await until(
      () => seen(ec2),
      (now) => JSON.stringify(now) === JSON.stringify(there),
      30,
    );
    expect(again).toEqual(there);
    const { addresses } = await seen(stranger);
    expect(addresses).toHaveLength(1);
    expect(addresses[0]![0]).not.toBe(ids.AllocationId);
  } finally {
    await other.ask('network', `${path}/${forged.floatingip.id}`, { method: 'DELETE' });
  }
  await obey(ids);
  await until(
    () => inventoryOf(openstack, bed),
    (now) => JSON.stringify(now) === JSON.stringify(before),
    60,
  );
  expect(await portsOf(openstack, ids.InstanceId)).toEqual([]);
});

/** Every thing is used once more, and taken away. */
async function obey({
  InstanceId,
  VolumeId,
  SnapshotId,
  ImageId,
  AllocationId,
  GroupId,
}: Awaited<ReturnType<typeof make>>) {
  const InstanceIds = [InstanceId];
  await ec2.authorizeSecurityGroupIngress({
    GroupId,
    IpProtocol: 'tcp',
    FromPort: 80,
    ToPort: 80,
    CidrIp: '0.0.0.0/0',
  });
  await ec2.disassociateAddress({ AssociationId: (await ec2.describeAddresses({})).Addresses![0]!.AssociationId });
  await ec2.releaseAddress({ AllocationId });
  await ec2.detachVolume({ VolumeId });
  await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [VolumeId] });
  await ec2.stopInstances({ InstanceIds });
  await waitUntilInstanceStopped(patience(ec2), { InstanceIds });
  await ec2.createTags({ Resources: [SnapshotId], Tags: [{ Key: 'late', Value: 'x' }] });
  await ec2.deregisterImage({ ImageId });
  await ec2.deleteSnapshot({ SnapshotId });
  await ec2.deleteVolume({ VolumeId });
  await ec2.terminateInstances({ InstanceIds });
  await until(
    async () => (await seen(ec2)).instances,
    (living) => living.length === 0,
  );
  await ec2.deleteSecurityGroup({ GroupId });
}
