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
import { takePublicIps } from './pool.ts';

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

describe('AllocateAddress', () => {
  it('gives the account an address of the region', async () => {
    const out = await allocate({
      Domain: 'vpc',
      TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    expect(out).toEqual({
      AllocationId: expect.stringMatching(/^eipalloc-[0-9a-f]{17}$/),
      PublicIp: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
      Domain: 'vpc',
      NetworkBorderGroup: 'us-east-1',
      PublicIpv4Pool: 'amazon',
    });
    expect(await listed()).toEqual([{ ...out, InstanceId: '', Tags: [{ Key: 'a', Value: 'b' }] }]);
    expect(
      (await allocate({ Domain: 'standard', PublicIpv4Pool: 'amazon', NetworkBorderGroup: 'us-east-1' })).Domain,
    ).toBe('vpc');
  });

  it.each([
    [{ Domain: 'moon' }, 'InvalidParameterValue', /Domain/],
    [{ PublicIpv4Pool: 'ipv4pool-ec2-1' }, 'InvalidPublicIpv4PoolID.NotFound', /ipv4pool-ec2-1/],
    [{ CustomerOwnedIpv4Pool: 'x' }, 'InvalidParameterValue', /CustomerOwnedIpv4Pool/],
    [{ IpamPoolId: 'ipam-pool-1' }, 'InvalidIpamPoolId.NotFound', /ipam-pool-1/],
    [{ NetworkBorderGroup: 'us-west-2' }, 'InvalidParameterValue', /NetworkBorderGroup/],
    [{ Address: '1.2.3' }, 'InvalidParameterValue', /Address/],
    [{ Address: '1.2.3.4' }, 'InvalidAddress.NotFound', /1\.2\.3\.4/],
    [{ DryRun: true }, 'DryRunOperation', /./],
  ] as const)('refuses %j', async (input, code, message) => {
    await expectRefusal(allocate(input), code, message);
    expect(await listed()).toEqual([]);
  });

  it('refuses more than five, and any where the cloud has none', async () => {
    for (let i = 0; i < 5; i++) await allocate();
    await expectRefusal(allocate(), 'AddressLimitExceeded', /maximum number of addresses/);
    await allocate({}, other);
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, elasticIps: false } }) });
    await expectRefusal(allocate(), 'UnsupportedOperation');
  });

  it('recovers an address that the account released', async () => {
    const { AllocationId, PublicIp } = await allocate();
    await expectRefusal(allocate({ Address: PublicIp }), 'InvalidIPAddress.InUse');
    await expectRefusal(allocate({ Address: PublicIp }, other), 'AuthFailure', new RegExp(PublicIp));
    await w.call('ReleaseAddress', { AllocationId });
    await expectRefusal(allocate({ Address: PublicIp }, other), 'InvalidAddress.NotFound');
    const again = await allocate({ Address: PublicIp });
    expect(again.PublicIp).toBe(PublicIp);
    expect(again.AllocationId).not.toBe(AllocationId);
  });

  it('never gives one address twice, and ends when the range is full', async () => {
    await w.close();
    w = await testWorld({
      quotas: { addresses: 100 },
      wrap: (driver) => ({ ...driver, catalogue: { ...driver.catalogue, publicAddressRange: () => '203.0.113.0/29' } }),
    });
    for (let i = 0; i < 6; i++) await allocate({}, i % 2 === 0 ? {} : other);
    const ips = [...(await listed()), ...(await listed({}, other))].map((a: { PublicIp: string }) => a.PublicIp);
    expect(new Set(ips).size).toBe(6);
    await expectRefusal(allocate(), 'InsufficientAddressCapacity');
    const [{ AllocationId, PublicIp }] = await listed();
    await w.call('ReleaseAddress', { AllocationId });
    expect((await allocate({}, other)).PublicIp).toBe(PublicIp);
    await change(async (tx) => expect(await takePublicIps(tx, 0)).toEqual([]));
  });
});

describe('ReleaseAddress', () => {
  it('gives the address and its quota back', async () => {
    for (let i = 0; i < 5; i++) await allocate();
    const [{ AllocationId }, { PublicIp }] = await listed();
    await expectRefusal(w.call('ReleaseAddress', { AllocationId, DryRun: true }), 'DryRunOperation');
    await w.call('ReleaseAddress', { AllocationId, NetworkBorderGroup: 'us-east-1' });
    await w.call('ReleaseAddress', { PublicIp });
    expect(await listed()).toHaveLength(3);
    await allocate();
  });

  it('refuses an address in use, and those of others', async () => {
    const NetworkInterfaceId = await looseInterface();
    const { AllocationId, PublicIp } = await allocate();
    await w.call('AssociateAddress', { AllocationId, NetworkInterfaceId });
    const refused = (input: object, code: Parameters<typeof expectRefusal>[1], message?: RegExp, options = {}) =>
      expectRefusal(w.call('ReleaseAddress', input, options), code, message);
    await refused({ AllocationId }, 'InvalidIPAddress.InUse', new RegExp(`Address ${PublicIp} is in use\\.`));
    await refused({ AllocationId }, 'InvalidAllocationID.NotFound', undefined, other);
    await refused({ PublicIp }, 'AuthFailure', undefined, other);
    await refused({ AllocationId, NetworkBorderGroup: 'mars' }, 'InvalidParameterValue', /NetworkBorderGroup/);
    await refused({}, 'MissingParameter');
  });

  it('remembers only so many released addresses', async () => {
    const { PublicIp } = await allocate();
    await w.call('ReleaseAddress', { PublicIp });
    for (let i = 0; i < 100; i++) await w.call('ReleaseAddress', { AllocationId: (await allocate()).AllocationId });
    await expectRefusal(allocate({ Address: PublicIp }), 'InvalidAddress.NotFound');
  });
});
