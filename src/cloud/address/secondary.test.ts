import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Output, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { launched, seen } from '../instance/instance.fixture.ts';

const [first, second] = ['172.31.0.20', '172.31.0.21'];
let w: TestWorld;
let id: string;
let plain: string;
beforeEach(async () => {
  w = await testWorld();
  const { Subnets } = await w.call('DescribeSubnets', {
    Filters: [{ Name: 'availability-zone', Values: ['us-east-1a'] }],
  });
  const PrivateIpAddresses = [
    { PrivateIpAddress: first, Primary: true },
    { PrivateIpAddress: second, Primary: false },
  ];
  const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: Subnets[0].SubnetId, PrivateIpAddresses }];
  [id] = (await launched(w, { NetworkInterfaces })) as [string];
  [plain] = (await launched(w)) as [string];
});
afterEach(() => w.close());

const nicOf = async (instance: string): Promise<Output> => (await seen(w, instance)).NetworkInterfaces[0];
const found = async (Name: string, value: string): Promise<readonly string[]> => {
  const { Reservations } = await w.call('DescribeInstances', { Filters: [{ Name, Values: [value] }] });
  return Reservations.flatMap((r: Output) => r.Instances.map((i: Output) => i.InstanceId));
};
const associated = async () => {
  const { AllocationId, PublicIp } = await w.call('AllocateAddress', {});
  const NetworkInterfaceId = (await nicOf(id)).NetworkInterfaceId;
  const at = { AllocationId, NetworkInterfaceId, PrivateIpAddress: second };
  const { AssociationId } = await w.call('AssociateAddress', at);
  return { AllocationId, PublicIp, AssociationId, NetworkInterfaceId };
};

describe('an Elastic IP address at a secondary private address', () => {
  it('is shown there, beside the public address of the primary one', async () => {
    const before = await seen(w, id);
    const { PublicIp } = await associated();
    const shown = await seen(w, id);
    expect([shown.PublicIpAddress, shown.PublicDnsName]).toEqual([before.PublicIpAddress, before.PublicDnsName]);
    const [nic] = shown.NetworkInterfaces;
    expect(nic.Association).toEqual(before.NetworkInterfaces[0].Association);
    expect(nic.PrivateIpAddresses).toMatchObject([
      { PrivateIpAddress: first, Primary: true, Association: before.NetworkInterfaces[0].Association },
      { PrivateIpAddress: second, Primary: false, Association: { PublicIp, IpOwnerId: '111122223333' } },
    ]);
    expect(nic.PrivateIpAddresses[1].Association.PublicDnsName).toBe(
      `ec2-${PublicIp.replaceAll('.', '-')}.compute-1.amazonaws.com`,
    );
  });

  it('is found by the filters on addresses, and not by those on the interface itself', async () => {
    const { PublicIp, AllocationId, AssociationId } = await associated();
    const dns = (await nicOf(id)).PrivateIpAddresses[1].Association.PublicDnsName;
    const values = {
      'public-ip': PublicIp,
      'allocation-id': AllocationId,
      'association-id': AssociationId,
      'ip-owner-id': '111122223333',
      'public-dns-name': dns,
    };
    for (const [name, value] of Object.entries(values)) {
      expect(await found(`network-interface.addresses.association.${name}`, value), name).toEqual([id]);
      expect(await found(`network-interface.association.${name}`, value), name).toEqual([]);
    }
    const { PublicIp: automatic } = (await nicOf(plain)).Association;
    for (const prefix of ['network-interface', 'network-interface.addresses'])
      expect(await found(`${prefix}.association.public-ip`, automatic)).toEqual([plain]);
  });

  it('goes when it is disassociated, moves to the primary one, and is left over by a termination', async () => {
    const { AllocationId, AssociationId, NetworkInterfaceId, PublicIp } = await associated();
    await w.call('DisassociateAddress', { AssociationId });
    expect((await nicOf(id)).PrivateIpAddresses[1].Association).toBeUndefined();
    const at = { AllocationId, NetworkInterfaceId };
    await w.call('AssociateAddress', { ...at, PrivateIpAddress: second });
    await w.call('AssociateAddress', { ...at, PrivateIpAddress: first });
    const moved = await nicOf(id);
    expect(moved.Association.PublicIp).toBe(PublicIp);
    expect(moved.PrivateIpAddresses.map((a: Output) => a.Association?.PublicIp)).toEqual([PublicIp, undefined]);
    await w.call('AssociateAddress', { ...at, PrivateIpAddress: second });
    await w.call('TerminateInstances', { InstanceIds: [id] });
    await w.settle();
    const { Addresses } = await w.call('DescribeAddresses', {});
    expect(Addresses).toMatchObject([{ PublicIp }]);
    expect(Addresses[0].AssociationId).toBeUndefined();
  });

  it('is replaced by another', async () => {
    await associated();
    const { PublicIp } = await associated();
    expect((await nicOf(id)).PrivateIpAddresses[1].Association.PublicIp).toBe(PublicIp);
    const { Addresses } = await w.call('DescribeAddresses', {});
    expect(Addresses.map((a: Output) => a.PrivateIpAddress)).toEqual([undefined, second]);
  });
});
