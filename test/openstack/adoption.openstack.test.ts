import { type EC2, waitUntilInstanceRunning, waitUntilInstanceStopped } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bed as described } from './support/bed.ts';
import { attach, clear, launch, marked, patience, refused, serversNamed, tinyImage, until } from './support/life.ts';
import { looks, statusIn, tagsOf } from './support/looks.ts';
import { type Others, others } from './support/others.ts';
import { BedServer } from './support/server.ts';
import { logIn, type Session } from './support/session.ts';

const bed = described();
const { demo, demo2 } = bed.users;
const [fake, qemu] = bed.zones.compute as [string, string];

/** A key pair of Nova's; one that an earlier run left is no hindrance. */
const key = `theirs-${Date.now()}`;

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
  await openstack.ask('compute', `/os-keypairs/${key}`, { method: 'DELETE' });
  expect(await server.stop()).toBe(0);
});

const { shown, stateOf, named, volumeOf } = looks(() => server);

describe('a server that others made', () => {
  let native: string;
  let id: string;

  it('is in the next DescribeInstances, while it is made and when it runs, with all that EC2 shows', async () => {
    const { body } = await openstack.ask<{ keypair: { name: string } }>('compute', '/os-keypairs', {
      method: 'POST',
      body: { keypair: { name: key } },
    });
    native = await they.server({ name: 'web', key_name: body.keypair.name, metadata: { role: 'front' } }, false);
    const [young] = await named(ec2, 'web');
    id = young!.InstanceId!;
    expect(id).toMatch(/^i-[0-9a-f]{17}$/);
    expect(['pending', 'running']).toContain(young!.State?.Name);
    await until(
      () => statusIn(openstack, 'server', native),
      (status) => status === 'ACTIVE',
    );
    const seen = await shown(ec2, id);
    const { body: nova } = await openstack.ask<{ server: { addresses: Record<string, { addr: string }[]> } }>(
      'compute',
      `/servers/${native}`,
    );
    const [{ addr }] = Object.values(nova.server.addresses)[0] as [{ addr: string }];
    const { Subnets } = await ec2.describeSubnets({ SubnetIds: [seen.SubnetId!] });
    expect(Subnets).toMatchObject([{ CidrBlock: bed.networks.demo.subnet.cidr, AvailabilityZone: fake }]);
    expect(seen).toMatchObject({
      ...{ ImageId: image, InstanceType: bed.flavors[0]!.name, KeyName: key, PrivateIpAddress: addr },
      State: { Name: 'running', Code: 16 },
      Placement: { AvailabilityZone: fake },
      VpcId: Subnets![0]!.VpcId!,
      SecurityGroups: [{ GroupName: 'default' }],
      NetworkInterfaces: [{ PrivateIpAddress: addr, Status: 'in-use', SubnetId: seen.SubnetId! }],
    });
    expect(tagsOf(seen.Tags)).toEqual({ Name: 'web', role: 'front' });
    expect(Date.now() - seen.LaunchTime!.getTime()).toBeLessThan(300_000);
  });

  it('is nobody else’s', async () => {
    const other = server.ec2(demo2.ec2);
    expect(await named(other, 'web')).toEqual([]);
    await refused('InvalidInstanceID.NotFound', other.describeInstances({ InstanceIds: [id] }));
    await refused('InvalidInstanceID.NotFound', other.stopInstances({ InstanceIds: [id] }));
    await refused('InvalidInstanceID.NotFound', other.terminateInstances({ InstanceIds: [id] }));
  });

  it('is seen to stop, to start, and to change its name and metadata', async () => {
    await they.act(native, { 'os-stop': null }, 'SHUTOFF');
    expect(await shown(ec2, id)).toMatchObject({
      State: { Name: 'stopped' },
      StateReason: { Code: 'Client.UserInitiatedShutdown' },
    });
    await openstack.ask('compute', `/servers/${native}`, { method: 'PUT', body: { server: { name: 'web2' } } });
    await openstack.ask('compute', `/servers/${native}/metadata`, {
      method: 'POST',
      body: { metadata: { more: 'x' } },
    });
    expect(tagsOf((await shown(ec2, id)).Tags)).toEqual({ Name: 'web2', role: 'front', more: 'x' });
    await they.act(native, { 'os-start': null }, 'ACTIVE');
    const running = await shown(ec2, id);
    expect([running.State?.Name, running.StateReason]).toEqual(['running', undefined]);
  });

  it('has the tags that either side gives it, and neither takes back what the other did', async () => {
    const metadata = async () =>
      (await openstack.ask<{ metadata: Record<string, string> }>('compute', `/servers/${native}/metadata`)).body
        .metadata;
    const tag = (Key: string, Value: string) => ({ Key, Value });
    await ec2.createTags({
      Resources: [id],
      Tags: [tag('team', 'blue'), tag('näh', 'ours alone'), tag('role', 'back')],
    });
    await until(metadata, ({ team, role }) => team === 'blue' && role === 'back');
    await ec2.deleteTags({ Resources: [id], Tags: [{ Key: 'more' }] });
    await until(metadata, ({ more }) => more === undefined);
    expect(await metadata()).toEqual({ role: 'back', team: 'blue' });
    const shownTags = async () => tagsOf((await shown(ec2, id)).Tags);
    expect(await shownTags()).toEqual({ Name: 'web2', role: 'back', team: 'blue', näh: 'ours alone' });
    await openstack.ask('compute', `/servers/${native}/metadata`, {
      method: 'POST',
      body: { metadata: { role: 'mid' } },
    });
    expect(await shownTags()).toMatchObject({ role: 'mid', team: 'blue' });
  });

  it('is stopped, started and rebooted by EC2', async () => {
    await ec2.stopInstances({ InstanceIds: [id] });
    await waitUntilInstanceStopped(patience(ec2), { InstanceIds: [id] });
    expect(await statusIn(openstack, 'server', native)).toBe('SHUTOFF');
    await ec2.startInstances({ InstanceIds: [id] });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await statusIn(openstack, 'server', native)).toBe('ACTIVE');
    await ec2.rebootInstances({ InstanceIds: [id] });
    expect(await stateOf(ec2, id)).toBe('running');
  });

  it('is woken and halted by EC2 where others have put it to sleep or paused it', async () => {
    await they.act(native, { suspend: null }, 'SUSPENDED');
    expect(await stateOf(ec2, id)).toBe('stopped');
    await ec2.startInstances({ InstanceIds: [id] });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect(await statusIn(openstack, 'server', native)).toBe('ACTIVE');
    await they.act(native, { pause: null }, 'PAUSED');
    expect(await stateOf(ec2, id)).toBe('running');
    await ec2.stopInstances({ InstanceIds: [id] });
    await waitUntilInstanceStopped(patience(ec2), { InstanceIds: [id] });
    expect(await statusIn(openstack, 'server', native)).toBe('SHUTOFF');
    await ec2.startInstances({ InstanceIds: [id] });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
  });

  it('answers GetConsoleOutput, DescribeInstanceAttribute and DescribeInstanceStatus', async () => {
    const { Output } = await ec2.getConsoleOutput({ InstanceId: id });
    expect(Buffer.from(Output!, 'base64').toString()).toMatch(/FAKE CONSOLE OUTPUT/);
    const { InstanceType } = await ec2.describeInstanceAttribute({ InstanceId: id, Attribute: 'instanceType' });
    expect(InstanceType?.Value).toBe(bed.flavors[0]!.name);
    const { InstanceStatuses } = await ec2.describeInstanceStatus({ InstanceIds: [id] });
    expect(InstanceStatuses).toMatchObject([{ InstanceState: { Name: 'running' }, InstanceStatus: { Status: 'ok' } }]);
  });

  it('gets and loses a volume by EC2', async () => {
    const { VolumeId } = await ec2.createVolume({ AvailabilityZone: fake, Size: 1, ...marked('volume') });
    await until(
      async () => (await volumeOf(ec2, VolumeId!)).State,
      (state) => state === 'available',
    );
    await attach(ec2, { VolumeId: VolumeId!, InstanceId: id, Device: '/dev/sdf' });
    expect((await shown(ec2, id)).BlockDeviceMappings).toMatchObject([
      { DeviceName: '/dev/sdf', Ebs: { VolumeId: VolumeId!, Status: 'attached' } },
    ]);
    await ec2.detachVolume({ VolumeId: VolumeId! });
    await until(
      async () => (await volumeOf(ec2, VolumeId!)).State,
      (state) => state === 'available',
    );
    expect((await shown(ec2, id)).BlockDeviceMappings).toEqual([]);
  });

  it('has the same id after the end of the process, and nothing twice', async () => {
    await server.kill();
    await server.start();
    ec2 = server.ec2(demo.ec2);
    expect((await named(ec2, 'web2')).map(({ InstanceId }) => InstanceId)).toEqual([id]);
  });

  it('goes for good with TerminateInstances', async () => {
    await ec2.terminateInstances({ InstanceIds: [id] });
    await until(
      () => stateOf(ec2, id),
      (state) => state === 'terminated',
    );
    expect(await statusIn(openstack, 'server', native)).toBeUndefined();
  });
});

describe('what others do to servers', () => {
  it('a server that they delete is terminated; what it held is free again', async () => {
    const native = await they.server({ name: 'short' });
    const [seen] = await named(ec2, 'short');
    await they.deleteServer(native);
    expect(['shutting-down', 'terminated']).toContain(await stateOf(ec2, seen!.InstanceId!));
    const over = await until(
      () => shown(ec2, seen!.InstanceId!),
      ({ State }) => State?.Name === 'terminated',
    );
    expect(over).toMatchObject({ StateReason: { Code: 'Client.UserInitiatedShutdown' }, NetworkInterfaces: [] });
  });

  it('an instance of ours that they stop is stopped, and one that they delete is terminated, with its port', async () => {
    const id = await launch(ec2, { ImageId: image });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    expect((await shown(ec2, id)).InstanceType).toBe('t3.micro');
    expect((await serversNamed(openstack, id))[0]!.metadata).toEqual({ elsewhere: id, 'made-by': 'test of Elsewhere' });
    const native = (await serversNamed(openstack, id))[0]!.id;
    await they.act(native, { 'os-stop': null }, 'SHUTOFF');
    const stopped = await shown(ec2, id);
    expect([stopped.State?.Name, stopped.InstanceType]).toEqual(['stopped', 't3.micro']);
    await they.deleteServer(native);
    await stateOf(ec2, id);
    await until(
      () => stateOf(ec2, id),
      (state) => state === 'terminated',
    );
    type Ports = { ports: readonly unknown[] };
    expect((await openstack.ask<Ports>('network', `/v2.0/ports?description=${id}`)).body.ports).toEqual([]);
  });

  it('what is given to an instance here is not taken back by what was known of it before', async () => {
    const id = await launch(ec2, { ImageId: image });
    await waitUntilInstanceRunning(patience(ec2), { InstanceIds: [id] });
    const usual = (await shown(ec2, id)).SecurityGroups!.map(({ GroupId }) => GroupId!);
    const { GroupId } = await ec2.createSecurityGroup({ GroupName: 'regroup', Description: 'given and taken' });
    for (const Groups of [[GroupId!], usual, [...usual, GroupId!], usual]) {
      await ec2.modifyInstanceAttribute({ InstanceId: id, Groups });
      const seen = (await shown(ec2, id)).SecurityGroups!.map((one) => one.GroupId!);
      expect(seen.sort()).toEqual([...Groups].sort());
    }
    await ec2.deleteSecurityGroup({ GroupId });
    await ec2.terminateInstances({ InstanceIds: [id] });
  });

  it('a server that failed says why, and can be terminated', async () => {
    const body = { server_group: { name: 'theirs', policies: ['affinity'] } };
    type Group = { server_group: { id: string } };
    const { server_group: group } = (
      await openstack.ask<Group>('compute', '/os-server-groups', { method: 'POST', body })
    ).body;
    const hints = { 'os:scheduler_hints': { group: group.id } };
    await they.server({ name: 'first' }, true, hints);
    await they.server({ name: 'failed', availability_zone: qemu }, true, hints);
    const [seen] = await named(ec2, 'failed');
    expect(seen).toMatchObject({
      State: { Name: 'stopped' },
      StateReason: {
        Code: 'Server.InternalError',
        Message: expect.stringMatching(/^Server.InternalError: No valid host/),
      },
    });
    await ec2.terminateInstances({ InstanceIds: [seen!.InstanceId!] });
    await until(
      () => stateOf(ec2, seen!.InstanceId!),
      (state) => state === 'terminated',
    );
    await openstack.ask('compute', `/os-server-groups/${group.id}`, { method: 'DELETE' });
  });
});
