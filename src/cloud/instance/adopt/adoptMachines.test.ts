import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ForeignCloud, foreignCloud, foreignMachine } from '../../../../test/support/foreignCloud.ts';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../../test/support/world.ts';
import type { ForeignMachine } from '../../../ports/foreign.ts';
import { catchUp } from '../../foreign/catchUp.ts';

const region = 'us-east-1';
const scope = { account: testAccount, region };
const id = 'i-00000000000000001';
const eni = 'eni-00000000000000001';

let cloud: ForeignCloud;
let w: TestWorld;
let subnet: { SubnetId: string; VpcId: string; AvailableIpAddressCount: number };

const subnetNow = async () =>
  (await w.call('DescribeSubnets', { Filters: [{ Name: 'availability-zone', Values: ['us-east-1a'] }] })).Subnets[0];

beforeEach(async () => {
  cloud = foreignCloud();
  w = await testWorld({ regions: [region], wrap: cloud.wrap });
  subnet = await subnetNow();
});
afterEach(() => w.close());

const call = async (action: Parameters<TestWorld['call']>[0], input: object = {}, account = testAccount) => {
  await catchUp(w.world, { account, region }, { name: action });
  return w.call(action, input, { account });
};
const tell = (...machines: readonly ForeignMachine[]) => void cloud.machines.set(testAccount, [...machines]);
const all = async (account = testAccount) =>
  (await call('DescribeInstances', {}, account)).Reservations.flatMap((r: { Instances: object[] }) => r.Instances);
const first = async () => (await all())[0];
const used = (name: string) => w.world.store.read.usage(scope, name);
const revision = () => w.world.store.read.revision(scope, ['instance', 'network-interface', 'volume']);
const wired = (more: object = {}): Pick<ForeignMachine, 'interfaces'> => ({
  interfaces: [
    {
      ...{ id: eni, mac: 'fa:16:3e:00:00:01', subnet: subnet.SubnetId },
      privateIps: ['172.31.0.77'],
      groups: [],
      ...more,
    },
  ],
});

describe('a machine that others made', () => {
  it('is an instance, with its interface in a row of its own, and counts', async () => {
    tell(foreignMachine(id, { ...wired({ publicIp: '172.24.4.9' }), keyName: 'k', tags: { role: 'x' } }));
    const seen = await first();
    expect(seen).toMatchObject({
      ...{ InstanceId: id, InstanceType: 't3.micro', KeyName: 'k', SubnetId: subnet.SubnetId, VpcId: subnet.VpcId },
      ...{ PrivateIpAddress: '172.31.0.77', PublicIpAddress: '172.24.4.9', State: { Name: 'running' } },
      ...{ SecurityGroups: [{ GroupName: 'default' }], Placement: { AvailabilityZone: 'us-east-1a' } },
      NetworkInterfaces: [{ NetworkInterfaceId: eni, Status: 'in-use', MacAddress: 'fa:16:3e:00:00:01' }],
      Tags: expect.arrayContaining([
        { Key: 'Name', Value: 'web' },
        { Key: 'role', Value: 'x' },
      ]),
    });
    expect(seen.ImageId).toBeUndefined();
    expect([await used('instances'), await used('vcpus')]).toEqual([1, 2]);
    expect((await subnetNow()).AvailableIpAddressCount).toBe(subnet.AvailableIpAddressCount - 1);
  });

  it('changes nothing where nothing changed', async () => {
    tell(foreignMachine(id, wired()));
    await all();
    const before = await revision();
    await all();
    tell(foreignMachine(id, wired()));
    await all();
    expect(await revision()).toBe(before);
  });

  it('is one account’s alone', async () => {
    tell(foreignMachine(id));
    expect(await all(otherAccount)).toEqual([]);
    await all();
    await expectRefusal(call('StopInstances', { InstanceIds: [id] }, otherAccount), 'InvalidInstanceID.NotFound');
  });

  it('stops, starts, is resized, fails and recovers; its vCPUs are counted', async () => {
    tell(foreignMachine(id));
    await all();
    tell(foreignMachine(id, { state: 'stopped' }));
    expect(await first()).toMatchObject({
      State: { Name: 'stopped' },
      StateReason: { Code: 'Client.UserInitiatedShutdown' },
    });
    expect(await used('vcpus')).toBe(0);
    tell(foreignMachine(id, { instanceType: 't3.2xlarge' }));
    expect(await first()).toMatchObject({ InstanceType: 't3.2xlarge', State: { Name: 'running' } });
    expect(await used('vcpus')).toBe(8);
    tell(foreignMachine(id, { state: 'stopped', instanceType: 't3.large' }));
    await all();
    expect(await used('vcpus')).toBe(0);
    tell(foreignMachine(id, { fault: 'no disk' }));
    expect((await first()).StateReason).toEqual({
      Code: 'Server.InternalError',
      Message: 'Server.InternalError: no disk',
    });
    tell(foreignMachine(id));
    expect((await first()).StateReason).toBeUndefined();
    expect(await used('vcpus')).toBe(2);
  });

  it('gets and loses interfaces and addresses', async () => {
    tell(foreignMachine(id));
    await all();
    const two = { ...wired().interfaces[0]!, id: 'eni-00000000000000002', privateIps: ['172.31.0.78'] };
    tell(foreignMachine(id, { interfaces: [...wired().interfaces, two] }));
    expect((await first()).NetworkInterfaces).toMatchObject([
      { NetworkInterfaceId: eni, Attachment: { DeviceIndex: 0 } },
      { NetworkInterfaceId: two.id, Attachment: { DeviceIndex: 1 } },
    ]);
    tell(foreignMachine(id, wired({ privateIps: ['172.31.0.77', '172.31.0.79'] })));
    expect((await first()).NetworkInterfaces[0].PrivateIpAddresses).toHaveLength(2);
    // In whichever order the cloud tells them, the primary one stays that.
    tell(foreignMachine(id, wired({ privateIps: ['172.31.0.79', '172.31.0.77'] })));
    expect((await first()).PrivateIpAddress).toBe('172.31.0.77');
    expect((await subnetNow()).AvailableIpAddressCount).toBe(subnet.AvailableIpAddressCount - 2);
    // One that is being made, or has failed, shows none for a while.
    tell(foreignMachine(id, { interfaces: [] }));
    expect((await first()).NetworkInterfaces).toHaveLength(1);
    tell(foreignMachine(id, wired({ subnet: 'subnet-00000000000000001', id: 'eni-00000000000000003' })));
    expect((await first()).NetworkInterfaces).toEqual([]);
    expect((await subnetNow()).AvailableIpAddressCount).toBe(subnet.AvailableIpAddressCount);
  });

  it('is terminated when it is gone, and gives back what it held; not while the cloud is unsure', async () => {
    tell(foreignMachine(id, wired()));
    await all();
    tell();
    cloud.unsure.push(id);
    expect((await first()).State.Name).toBe('running');
    cloud.unsure.length = 0;
    expect((await first()).State.Name).toBe('shutting-down');
    await w.settle();
    expect(await first()).toMatchObject({
      ...{ State: { Name: 'terminated' }, NetworkInterfaces: [] },
      StateReason: { Code: 'Client.UserInitiatedShutdown' },
    });
    expect([await used('instances'), await used('vcpus')]).toEqual([0, 0]);
    expect((await subnetNow()).AvailableIpAddressCount).toBe(subnet.AvailableIpAddressCount);
    // Its last words, told late, do not bring it back.
    tell(foreignMachine(id, wired()));
    expect((await first()).State.Name).toBe('terminated');
  });

  it('is not shown when it was seen only on its way out', async () => {
    tell(foreignMachine(id, { state: 'shutting-down' }));
    expect(await all()).toEqual([]);
  });

  it('has volumes, which say so too', async () => {
    const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    await w.settle();
    const disk = { volume: VolumeId, device: '/dev/vdb', deleteOnTermination: true };
    tell(foreignMachine(id, { disks: [disk] }));
    expect((await first()).BlockDeviceMappings).toMatchObject([{ DeviceName: '/dev/vdb', Ebs: { VolumeId } }]);
    const volume = async () => (await w.call('DescribeVolumes', { VolumeIds: [VolumeId] })).Volumes[0];
    expect(await volume()).toMatchObject({ State: 'in-use', Attachments: [{ InstanceId: id, State: 'attached' }] });
    tell(foreignMachine(id));
    expect((await first()).BlockDeviceMappings).toEqual([]);
    expect(await volume()).toMatchObject({ State: 'available', Attachments: [] });
  });
});

describe('tags', () => {
  const tags = async () =>
    Object.fromEntries((await first()).Tags.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));

  it('given here are shown there, and what the cloud has besides is taken over', async () => {
    tell(foreignMachine(id, { tags: { a: '1' } }));
    await all();
    cloud.tags.set(id, { a: '1', late: 'x' });
    await w.call('CreateTags', { Resources: [id], Tags: [{ Key: 'b', Value: '2' }] });
    await w.call('DeleteTags', { Resources: [id], Tags: [{ Key: 'a' }] });
    await w.settle();
    expect(cloud.tags.get(id)).toEqual({ late: 'x', b: '2' });
    tell(foreignMachine(id, { tags: { late: 'x', b: '2' } }));
    expect(await tags()).toEqual({ Name: 'web', late: 'x', b: '2' });
  });
});
