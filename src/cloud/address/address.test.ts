import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectRefusal,
  type Output,
  otherAccount,
  type TestWorld,
  testAccount,
  testWorld,
} from '../../../test/support/world.ts';
import { type Writing, write } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import { defaultSubnet } from '../vpc/defaults.ts';

const other = { account: otherAccount };
const scope = { account: testAccount, region: 'us-east-1' };
let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

const allocate = (input: object = {}, options = {}): Promise<Output> => w.call('AllocateAddress', input, options);
const listed = async (input: object = {}, options = {}) =>
  (await w.call('DescribeAddresses', input, options)).Addresses;
const change = <T>(body: (tx: Writing) => Promise<T>) => write(w.world, scope, body);

/** Instances that run, in the default subnet. */
async function launch(count = 1, options = {}): Promise<readonly string[]> {
  const Filters = [{ Name: 'name', Values: ['al2023-ami-2*-x86_64'] }];
  const [{ ImageId }] = (await w.call('DescribeImages', { Filters }, options)).Images;
  const { Instances } = await w.call(
    'RunInstances',
    { ImageId, MinCount: count, MaxCount: count, InstanceType: 't3.micro' },
    options,
  );
  await w.settle();
  return Instances.map((i: { InstanceId: string }) => i.InstanceId);
}

const described = async (InstanceId: string) =>
  (await w.call('DescribeInstances', { InstanceIds: [InstanceId] })).Reservations[0].Instances[0];

/** An interface that no instance has, with two private addresses. */
const looseInterface = async () => {
  await w.call('DescribeVpcs');
  return change(async (tx) => {
    const { id, vpc, zone } = await defaultSubnet(tx);
    const privateIps = ['172.31.9.1', '172.31.9.2'];
    const rest = { description: '', mac: '02:00:00:00:00:01', groups: [], sourceDestCheck: true };
    return (await tx.insert(networkInterface, { state: 'available', vpc, subnet: id, zone, privateIps, ...rest })).id;
  });
};

describe('AssociateAddress', () => {
  it('puts the address on an instance: all three rows show it', async () => {
    const [id] = await launch();
    const { AllocationId, PublicIp } = await allocate();
    const { AssociationId } = await w.call('AssociateAddress', { AllocationId, InstanceId: id });
    expect(AssociationId).toMatch(/^eipassoc-[0-9a-f]{17}$/);
    const shown = await described(id!);
    expect(shown).toMatchObject({
      PublicIpAddress: PublicIp,
      PublicDnsName: `ec2-${PublicIp.replaceAll('.', '-')}.compute-1.amazonaws.com`,
      NetworkInterfaces: [{ Association: { PublicIp, IpOwnerId: testAccount } }],
    });
    expect(await listed()).toMatchObject([
      {
        AllocationId,
        AssociationId,
        InstanceId: id,
        NetworkInterfaceId: shown.NetworkInterfaces[0].NetworkInterfaceId,
        NetworkInterfaceOwnerId: testAccount,
        PrivateIpAddress: shown.PrivateIpAddress,
        SubnetId: shown.SubnetId,
      },
    ]);
    expect((await w.call('AssociateAddress', { PublicIp, InstanceId: id })).AssociationId).toBe(AssociationId);
  });

  it('moves the address to another instance, unless told not to', async () => {
    const [first, second] = await launch(2);
    const { AllocationId, PublicIp } = await allocate();
    await w.call('AssociateAddress', { AllocationId, InstanceId: first });
    const move = { AllocationId, InstanceId: second };
    await expectRefusal(
      w.call('AssociateAddress', { ...move, AllowReassociation: false }),
      'Resource.AlreadyAssociated',
      new RegExp(`${AllocationId} is already associated with associate-id eipassoc-`),
    );
    await w.call('AssociateAddress', move);
    expect((await described(second!)).PublicIpAddress).toBe(PublicIp);
    expect((await described(first!)).PublicIpAddress).not.toBe(PublicIp);
  });

  it('replaces the address that the instance had', async () => {
    const [id] = await launch();
    const [one, two] = [await allocate(), await allocate()];
    await w.call('AssociateAddress', { AllocationId: one.AllocationId, InstanceId: id });
    await w.call('AssociateAddress', { AllocationId: two.AllocationId, InstanceId: id });
    expect((await listed()).map((a: { InstanceId: string }) => a.InstanceId)).toEqual(['', id]);
    expect((await described(id!)).PublicIpAddress).toBe(two.PublicIp);
  });

  it('takes an interface, and one of its private addresses', async () => {
    const NetworkInterfaceId = await looseInterface();
    const { AllocationId, PublicIp } = await allocate();
    await w.call('AssociateAddress', { AllocationId, NetworkInterfaceId, PrivateIpAddress: '172.31.9.2' });
    expect(await listed()).toMatchObject([{ InstanceId: '', NetworkInterfaceId, PrivateIpAddress: '172.31.9.2' }]);
    await w.call('AssociateAddress', { AllocationId, NetworkInterfaceId });
    expect(await listed()).toMatchObject([{ PrivateIpAddress: '172.31.9.1' }]);
    await change(async (tx) =>
      expect((await tx.need(networkInterface, NetworkInterfaceId)).publicAddress?.ip).toBe(PublicIp),
    );
    const wrong = { AllocationId, NetworkInterfaceId, PrivateIpAddress: '172.31.9.3' };
    await expectRefusal(w.call('AssociateAddress', wrong), 'InvalidParameterValue', /PrivateIpAddress/);
  });

  it('refuses what it cannot use', async () => {
    const [InstanceId] = await launch();
    const { AllocationId, PublicIp } = await allocate();
    const refused = (input: object, code: Parameters<typeof expectRefusal>[1], message?: RegExp, options = {}) =>
      expectRefusal(w.call('AssociateAddress', input, options), code, message);
    await refused({ InstanceId }, 'MissingParameter', /AllocationId/);
    await refused({ AllocationId }, 'MissingParameter', /InstanceId/);
    await refused({ AllocationId, PublicIp, InstanceId }, 'InvalidParameterCombination');
    await refused({ AllocationId, InstanceId, NetworkInterfaceId: 'eni-00000000' }, 'InvalidParameterCombination');
    await refused({ AllocationId: 'x', InstanceId }, 'InvalidAllocationID.Malformed');
    await refused(
      { AllocationId: 'eipalloc-00000000', InstanceId },
      'InvalidAllocationID.NotFound',
      /eipalloc-00000000/,
    );
    await refused({ PublicIp: '1.2.3.4', InstanceId }, 'AuthFailure', /'1\.2\.3\.4' does not belong to you/);
    await refused({ PublicIp: 'x', InstanceId }, 'InvalidParameterValue', /PublicIp/);
    await refused({ AllocationId, InstanceId: 'i-00000000' }, 'InvalidInstanceID.NotFound');
    await refused({ AllocationId, NetworkInterfaceId: 'eni-00000000' }, 'InvalidNetworkInterfaceID.NotFound');
    await refused({ AllocationId, InstanceId }, 'InvalidAllocationID.NotFound', undefined, other);
    await refused({ AllocationId, InstanceId, DryRun: true }, 'DryRunOperation');
    await w.call('TerminateInstances', { InstanceIds: [InstanceId] });
    await w.settle();
    await refused({ AllocationId, InstanceId }, 'InvalidInstanceID', /terminated instance/);
    expect((await listed())[0].InstanceId).toBe('');
  });
});

describe('DisassociateAddress', () => {
  it('takes the address off; the instance gets an automatic one again', async () => {
    const [id] = await launch();
    const { AllocationId, PublicIp } = await allocate();
    const { AssociationId } = await w.call('AssociateAddress', { AllocationId, InstanceId: id });
    await expectRefusal(w.call('DisassociateAddress', { AssociationId }, other), 'InvalidAssociationID.NotFound');
    await expectRefusal(w.call('DisassociateAddress', { AssociationId, DryRun: true }), 'DryRunOperation');
    await w.call('DisassociateAddress', { AssociationId });
    const shown = await described(id!);
    expect(shown.PublicIpAddress).toMatch(/^\d/);
    expect(shown.PublicIpAddress).not.toBe(PublicIp);
    expect(shown.NetworkInterfaces[0].Association.IpOwnerId).toBe('amazon');
    expect(await listed()).toMatchObject([{ InstanceId: '' }]);
    await expectRefusal(
      w.call('DisassociateAddress', { AssociationId }),
      'InvalidAssociationID.NotFound',
      new RegExp(AssociationId),
    );
    await w.call('DisassociateAddress', { PublicIp });
  });

  it('leaves an interface without an instance with no address', async () => {
    const NetworkInterfaceId = await looseInterface();
    const { AllocationId, PublicIp } = await allocate();
    await w.call('AssociateAddress', { AllocationId, NetworkInterfaceId });
    await w.call('DisassociateAddress', { PublicIp });
    await change(async (tx) =>
      expect((await tx.need(networkInterface, NetworkInterfaceId)).publicAddress).toBeUndefined(),
    );
  });

  it('refuses requests that name nothing, two things, or nonsense', async () => {
    await expectRefusal(w.call('DisassociateAddress', {}), 'MissingParameter', /AssociationId/);
    await expectRefusal(
      w.call('DisassociateAddress', { AssociationId: 'a', PublicIp: 'b' }),
      'InvalidParameterCombination',
    );
    await expectRefusal(w.call('DisassociateAddress', { AssociationId: 'a' }), 'InvalidAssociationID.Malformed');
    await expectRefusal(w.call('DisassociateAddress', { PublicIp: '1.2.3.4' }), 'AuthFailure');
  });

  it('happens by itself when the instance is terminated', async () => {
    const [id] = await launch();
    const { AllocationId } = await allocate();
    await w.call('AssociateAddress', { AllocationId, InstanceId: id });
    await w.call('TerminateInstances', { InstanceIds: [id] });
    await w.settle();
    const [address] = await listed();
    expect(address.InstanceId).toBe('');
    expect(address).not.toHaveProperty('AssociationId');
  });
});

describe('DescribeAddresses', () => {
  it('finds by allocation, by public IP and by filters', async () => {
    const NetworkInterfaceId = await looseInterface();
    const [one, two] = [
      await allocate(),
      await allocate({ TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: [{ Key: 'a', Value: 'b' }] }] }),
    ];
    const { AssociationId } = await w.call('AssociateAddress', { AllocationId: two.AllocationId, NetworkInterfaceId });
    const ips = async (input: object) => (await listed(input)).map((a: { PublicIp: string }) => a.PublicIp);
    expect(await ips({ AllocationIds: [one.AllocationId] })).toEqual([one.PublicIp]);
    expect(await ips({ PublicIps: [two.PublicIp] })).toEqual([two.PublicIp]);
    const filter = (Name: string, value: string) => ips({ Filters: [{ Name, Values: [value] }] });
    for (const [name, value] of [
      ['allocation-id', two.AllocationId],
      ['association-id', AssociationId],
      ['network-interface-id', NetworkInterfaceId],
      ['network-interface-owner-id', testAccount],
      ['private-ip-address', '172.31.9.1'],
      ['public-ip', two.PublicIp],
      ['tag:a', 'b'],
      ['tag-key', 'a'],
    ] as const) {
      expect([name, await filter(name, value)]).toEqual([name, [two.PublicIp]]);
    }
    expect(await filter('domain', 'vpc')).toHaveLength(2);
    expect(await filter('network-border-group', 'us-east-1')).toHaveLength(2);
    expect(await filter('instance-id', 'i-*')).toEqual([]);
  });

  it('refuses what is not the account’s', async () => {
    const { AllocationId, PublicIp } = await allocate();
    await expectRefusal(
      listed({ AllocationIds: [AllocationId] }, other),
      'InvalidAllocationID.NotFound',
      new RegExp(AllocationId),
    );
    await expectRefusal(
      listed({ PublicIps: [PublicIp] }, other),
      'InvalidAddress.NotFound',
      new RegExp(`Address '${PublicIp}' not found\\.`),
    );
    await expectRefusal(listed({ PublicIps: ['x'] }), 'InvalidParameterValue', /PublicIp/);
    expect(await listed({}, other)).toEqual([]);
  });
});
