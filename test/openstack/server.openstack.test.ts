import { createHmac } from 'node:crypto';
import {
  type EC2,
  type RunInstancesRequest,
  waitUntilInstanceRunning,
  waitUntilInstanceStopped,
  waitUntilInstanceTerminated,
  waitUntilSnapshotCompleted,
  waitUntilVolumeAvailable,
  waitUntilVolumeDeleted,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import {
  attach,
  clear,
  launch,
  marked,
  patience,
  portsOf,
  refused,
  serversNamed,
  shown,
  tinyImage,
  until,
  volumesNamed,
} from './support/life.ts';
import { BedServer, type Credential, region } from './support/server.ts';
import { ask, logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, demo2 } = bed.users;
const [fake, qemu] = bed.zones.compute as [string, string];
const inZone = (AvailabilityZone: string) => ({ Placement: { AvailabilityZone } });

let server: BedServer;
let openstack: Session;
let ec2: EC2;
let image: string;

beforeAll(async () => {
  server = await BedServer.start(bed, { volume_types: { gp3: '__DEFAULT__' } });
  openstack = await logIn(bed, demo);
  ec2 = server.ec2(demo.ec2);
  image = await tinyImage(ec2, bed);
});
afterAll(async () => {
  await clear(ec2);
  expect(await server.stop()).toBe(0);
});

describe('who signs', () => {
  it('is the project of the EC2 credential', async () => {
    const accounts = [await server.accountOf(demo.ec2), await server.accountOf(demo2.ec2)];
    for (const account of accounts) expect(account).toMatch(/^\d{12}$/);
    expect(accounts[0]).not.toBe(accounts[1]);
    expect(await server.accountOf(demo.ec2)).toBe(accounts[0]);
    const { Vpcs } = await ec2.describeVpcs({});
    expect(Vpcs?.map(({ OwnerId }) => OwnerId)).toEqual([accounts[0]]);
  });

  it('is nobody with a wrong secret, another’s secret or an unknown key', async () => {
    for (const credential of [
      { ...demo.ec2, secret: 'wrong' },
      { ...demo.ec2, secret: demo2.ec2.secret },
      { access: 'nobody', secret: 'nothing' },
    ])
      await refused('AuthFailure', server.ec2(credential).describeInstances({}));
  });

  it('is nobody within seconds of the end of a credential', async () => {
    const { id: token } = await logIn(bed, demo2);
    const path = `${bed.authUrl}/users/${demo2.id}/credentials/OS-EC2`;
    const body = { tenant_id: demo2.project.id };
    const made = await ask<{ credential: Credential }>(path, { method: 'POST', token, body });
    const { credential } = made.body;
    const mortal = server.ec2(credential);
    expect((await mortal.describeVpcs({})).Vpcs).toHaveLength(1);
    expect((await ask(`${path}/${credential.access}`, { method: 'DELETE', token })).status).toBe(204);
    const outcome = () =>
      mortal.describeVpcs({}).then(
        () => 'taken',
        (error: Error) => error.name,
      );
    expect(await until(outcome, (is) => is !== 'taken', 10)).toBe('AuthFailure');
  });

  it('may sign with version 2', async () => {
    const send = async ({ access, secret }: Credential) => {
      const query = new URLSearchParams({
        AWSAccessKeyId: access,
        Action: 'DescribeAvailabilityZones',
        SignatureMethod: 'HmacSHA256',
        SignatureVersion: '2',
        Timestamp: new Date().toISOString().replace(/\.\d+/, ''),
        Version: '2010-08-31',
      });
      const text = `GET\n${new URL(server.endpoint).host}\n/\n${query}`;
      query.set('Signature', createHmac('sha256', secret).update(text).digest('base64'));
      const answer = await fetch(`${server.endpoint}/?${query}`);
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await send(demo.ec2)).toMatch(new RegExp(`^200 [\\s\\S]*<zoneName>${fake}</zoneName>`));
    expect(await send({ ...demo.ec2, secret: 'wrong' })).toMatch(/^401 [\s\S]*<Code>AuthFailure<\/Code>/);
  });
});

describe('what the cloud offers', () => {
  it('are its zones', async () => {
    const { AvailabilityZones } = await ec2.describeAvailabilityZones({});
    const zones = AvailabilityZones?.map((zone) => [zone.RegionName, zone.ZoneName, zone.State]);
    expect(zones).toEqual([fake, qemu].map((name) => [region, name, 'available']));
  });

  it('are its flavors, by their names and by aliases', async () => {
    const { InstanceTypes } = await ec2.describeInstanceTypes({});
    const types = new Map(InstanceTypes?.map((type) => [type.InstanceType as string, type]));
    for (const flavor of bed.flavors) {
      expect(types.get(flavor.name)?.MemoryInfo?.SizeInMiB).toBe(flavor.memoryMiB);
      expect(types.get(flavor.name)?.VCpuInfo?.DefaultVCpus).toBe(flavor.cpus);
    }
    expect(types.get('t3.micro')?.MemoryInfo?.SizeInMiB).toBe(bed.flavors[0]!.memoryMiB);
  });

  it('are its public images', async () => {
    const { Images } = await ec2.describeImages({ ImageIds: [image] });
    expect(Images).toMatchObject([{ Name: bed.image.name, Public: true, State: 'available' }]);
  });

  it('are the networks of the project, as its default VPC with a subnet a zone', async () => {
    const { subnet, router } = bed.networks.demo;
    const { Vpcs } = await ec2.describeVpcs({});
    expect(Vpcs).toMatchObject([
      { CidrBlock: subnet.cidr, IsDefault: true, Tags: [{ Key: 'Name', Value: router.name }] },
    ]);
    const { Subnets } = await ec2.describeSubnets({ Filters: [{ Name: 'vpc-id', Values: [Vpcs![0]!.VpcId!] }] });
    const places = Subnets?.map((one) => `${one.AvailabilityZone} ${one.CidrBlock}`).sort();
    expect(places).toEqual([fake, qemu].map((zone) => `${zone} ${subnet.cidr}`));
  });
});

describe('a life in a zone', () => {
  let id: string;
  let volume: string;
  const Device = '/dev/sdf';

  it('begins with a key pair and a launch', async () => {
    const { KeyMaterial } = await ec2.createKeyPair({ KeyName: 'life', ...marked('key-pair') });
    expect(KeyMaterial).toMatch(/^-----BEGIN [A-Z ]*PRIVATE KEY-----/);
    id = await launch(ec2, { ImageId: image, KeyName: 'life', ...inZone(fake) });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await shown(ec2, id)).toMatchObject({ InstanceType: 't3.micro', KeyName: 'life', ImageId: image });
  });

  it('is a server of that name in OpenStack, with the same address', async () => {
    const servers = await serversNamed(openstack, id);
    expect(servers).toMatchObject([{ status: 'ACTIVE', metadata: { elsewhere: id } }]);
    const { PrivateIpAddress } = await shown(ec2, id);
    const addresses = Object.values(servers[0]!.addresses).flatMap((all) => all.map(({ addr }) => addr));
    expect(addresses).toEqual([PrivateIpAddress]);
    const ports = await portsOf(openstack, id);
    expect(ports).toMatchObject([{ fixed_ips: [{ ip_address: PrivateIpAddress }] }]);
  });

  it('has a console, and is rebooted', async () => {
    const { Output } = await ec2.getConsoleOutput({ InstanceId: id });
    expect(Buffer.from(Output!, 'base64').toString()).toContain('FAKE CONSOLE OUTPUT');
    await ec2.rebootInstances({ InstanceIds: [id] });
    // Nova writes down what was asked of a server.
    const [{ id: native } = { id: '' }] = await serversNamed(openstack, id);
    type Asked = { readonly instanceActions: readonly { readonly action: string }[] };
    const asked = async () => (await openstack.ask<Asked>('compute', `/servers/${native}/os-instance-actions`)).body;
    await until(asked, ({ instanceActions }) => instanceActions.some(({ action }) => action === 'reboot'), 30);
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    await until(
      () => serversNamed(openstack, id),
      ([one]) => one?.status === 'ACTIVE',
      60,
    );
  });

  it('is stopped and started', async () => {
    await ec2.stopInstances({ InstanceIds: [id] });
    await waitUntilInstanceStopped(patience(ec2), { InstanceIds: [id] });
    expect(await serversNamed(openstack, id)).toMatchObject([{ status: 'SHUTOFF' }]);
    await ec2.startInstances({ InstanceIds: [id] });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await serversNamed(openstack, id)).toMatchObject([{ status: 'ACTIVE' }]);
  });

  it('has a volume, which comes and goes', async () => {
    volume = (await ec2.createVolume({ AvailabilityZone: fake, Size: 1, ...marked('volume') })).VolumeId!;
    await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [volume] });
    await attach(ec2, { VolumeId: volume, InstanceId: id, Device });
    const attached = async () => (await shown(ec2, id)).BlockDeviceMappings;
    expect(await attached()).toMatchObject([{ DeviceName: Device, Ebs: { VolumeId: volume } }]);
    expect(await volumesNamed(openstack, volume)).toMatchObject([{ status: 'in-use' }]);
    await ec2.detachVolume({ VolumeId: volume });
    await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [volume] });
    expect(await volumesNamed(openstack, volume)).toMatchObject([{ status: 'available' }]);
    expect(await attached()).toEqual([]);
  });

  it('has a larger volume in the end, which Cinder says, too', async () => {
    const { VolumeModification } = await ec2.modifyVolume({ VolumeId: volume, Size: 2 });
    expect(VolumeModification).toMatchObject({ ModificationState: 'modifying', OriginalSize: 1, TargetSize: 2 });
    const modified = async () => (await ec2.describeVolumesModifications({ VolumeIds: [volume] })).VolumesModifications;
    await expect.poll(modified, { timeout: 60_000, interval: 500 }).toMatchObject([{ ModificationState: 'completed' }]);
    expect(await volumesNamed(openstack, volume)).toMatchObject([{ status: 'available', size: 2 }]);
    expect((await ec2.describeVolumes({ VolumeIds: [volume] })).Volumes).toMatchObject([{ Size: 2 }]);
    const retyped = ec2.modifyVolume({ VolumeId: volume, VolumeType: 'gp3' });
    await expect(retyped).rejects.toMatchObject({ name: 'Unsupported' });
  });

  it('has a volume of the type of Cinder that another stands for', async () => {
    const { VolumeId } = await ec2.createVolume({ AvailabilityZone: fake, Size: 1, VolumeType: 'gp3' });
    await waitUntilVolumeAvailable(patience(ec2), { VolumeIds: [VolumeId!] });
    expect(await volumesNamed(openstack, VolumeId!)).toMatchObject([{ volume_type: '__DEFAULT__' }]);
    const { Volumes } = await ec2.describeVolumes({ Filters: [{ Name: 'volume-type', Values: ['gp3'] }] });
    expect(Volumes).toMatchObject([{ VolumeId, VolumeType: 'gp3' }]);
    await ec2.deleteVolume({ VolumeId });
    await waitUntilVolumeDeleted(patience(ec2), { VolumeIds: [VolumeId!] });
  });

  it('has nothing that Cinder and Neutron cannot give: it is refused in the answer', async () => {
    const volume = { AvailabilityZone: fake, Size: 4, DryRun: true };
    await refused('Unsupported', ec2.createVolume({ ...volume, VolumeType: 'io1', Iops: 100 }));
    await refused('Unsupported', ec2.createVolume({ ...volume, VolumeType: 'gp3', Throughput: 250 }));
    await refused('Unsupported', ec2.createVolume({ ...volume, Encrypted: true }));
    await refused('DryRunOperation', ec2.createVolume({ ...volume, VolumeType: 'gp3', Iops: 3000, Throughput: 125 }));
    const counts = { MinCount: 1, MaxCount: 1, DryRun: true };
    const NetworkInterfaces = [{ DeviceIndex: 0, AssociatePublicIpAddress: true }];
    const InstanceType = bed.flavors[0]!.name as NonNullable<RunInstancesRequest['InstanceType']>;
    const launched = { ImageId: image, InstanceType, ...counts, ...inZone(fake) };
    await refused('UnsupportedOperation', ec2.runInstances({ ...launched, NetworkInterfaces }));
    await refused('DryRunOperation', ec2.runInstances(launched));
  });

  it('has a snapshot of the volume, and ends both', async () => {
    const { SnapshotId } = await ec2.createSnapshot({ VolumeId: volume, ...marked('snapshot') });
    await waitUntilSnapshotCompleted(patience(ec2), { SnapshotIds: [SnapshotId!] });
    await ec2.deleteSnapshot({ SnapshotId });
    await refused('InvalidSnapshot.NotFound', ec2.describeSnapshots({ SnapshotIds: [SnapshotId!] }));
    await ec2.deleteVolume({ VolumeId: volume });
    await waitUntilVolumeDeleted(patience(ec2), { VolumeIds: [volume] });
    await until(
      () => volumesNamed(openstack, volume),
      (left) => left.length === 0,
    );
  });

  it('ends with nothing left in OpenStack', async () => {
    await ec2.terminateInstances({ InstanceIds: [id] });
    await waitUntilInstanceTerminated(patience(ec2), { InstanceIds: [id] });
    expect(await serversNamed(openstack, id)).toEqual([]);
    expect(await portsOf(openstack, id)).toEqual([]);
  });
});

describe('the server', () => {
  it('killed between RunInstances and running makes one machine all the same', async () => {
    const id = await launch(ec2, { ImageId: image, ...inZone(fake) });
    await server.kill();
    await server.start();
    ec2 = server.ec2(demo.ec2);
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await serversNamed(openstack, id)).toMatchObject([{ status: 'ACTIVE' }]);
    expect(await portsOf(openstack, id)).toHaveLength(1);
  });

  it('killed when Nova has begun finds what it began', async () => {
    const id = await launch(ec2, { ImageId: image, ...inZone(fake) });
    await until(
      () => serversNamed(openstack, id),
      (all) => all.length > 0,
      60,
    );
    await server.kill();
    await server.start();
    ec2 = server.ec2(demo.ec2);
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await serversNamed(openstack, id)).toMatchObject([{ status: 'ACTIVE' }]);
    expect(await portsOf(openstack, id)).toHaveLength(1);
  });
});

describe('a machine that boots', () => {
  it('runs its user data, as its console shows', async () => {
    const UserData = Buffer.from('#!/bin/sh\necho user data says $((6 * 7))\n').toString('base64');
    const id = await launch(ec2, { ImageId: image, UserData, ...inZone(qemu) });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    const output = async () => {
      const { Output } = await ec2.getConsoleOutput({ InstanceId: id });
      return Buffer.from(Output ?? '', 'base64').toString();
    };
    expect(await until(output, (text) => text.includes('TINY ready'))).toContain('user data says 42');
  });
});
