import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type Output, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { countOf, launched, run, seen } from '../instance.fixture.ts';

let w: TestWorld;
let subnets: Output[];
beforeEach(async () => {
  w = await testWorld();
  subnets = (await w.call('DescribeSubnets', {})).Subnets;
});
afterEach(() => w.close());

const used = async (id: string): Promise<number> =>
  4091 - (await w.call('DescribeSubnets', { SubnetIds: [id] })).Subnets[0].AvailableIpAddressCount;
const prefix = (subnet: Output): string => subnet.CidrBlock.split('.').slice(0, 3).join('.');

describe('the network of a launch', () => {
  it('is the subnet, the groups and the address of the request', async () => {
    const [, subnet] = subnets;
    const { GroupId } = await w.call('CreateSecurityGroup', {
      GroupName: 'web',
      Description: 'w',
      VpcId: subnet.VpcId,
    });
    const wanted = `${prefix(subnet)}.77`;
    const [id] = await launched(w, {
      SubnetId: subnet.SubnetId,
      SecurityGroupIds: [GroupId],
      PrivateIpAddress: wanted,
    });
    expect(await seen(w, id!)).toMatchObject({
      SubnetId: subnet.SubnetId,
      VpcId: subnet.VpcId,
      PrivateIpAddress: wanted,
      SecurityGroups: [{ GroupId, GroupName: 'web' }],
      Placement: { AvailabilityZone: subnet.AvailabilityZone, AvailabilityZoneId: subnet.AvailabilityZoneId },
    });
    expect(await used(subnet.SubnetId)).toBe(1);
    await expectRefusal(
      run(w, { SubnetId: subnet.SubnetId, PrivateIpAddress: wanted }),
      'InvalidIPAddress.InUse',
      /77/,
    );
    await expectRefusal(
      run(w, { SubnetId: subnet.SubnetId, Placement: { AvailabilityZone: subnets[0].AvailabilityZone } }),
      'InvalidParameterValue',
      /Subnet 'subnet-.*is in the availability zone/,
    );
    await expectRefusal(
      run(w, { SubnetId: subnet.SubnetId, SecurityGroups: ['web'] }),
      'InvalidParameterCombination',
      /groupName/,
    );
  });

  it('takes groups by name in the default VPC', async () => {
    await w.call('CreateSecurityGroup', { GroupName: 'web', Description: 'w' });
    const out = await run(w, { SecurityGroups: ['web', 'default'] });
    expect(out.Instances[0].SecurityGroups.map((g: Output) => g.GroupName)).toEqual(['web', 'default']);
  });

  it('is what the interface specifications say', async () => {
    const [subnet] = subnets;
    const base = prefix(subnet);
    const [id] = await launched(w, {
      NetworkInterfaces: [
        { DeviceIndex: 1, SubnetId: subnet.SubnetId, SecondaryPrivateIpAddressCount: 1, Description: 'second' },
        {
          DeviceIndex: 0,
          SubnetId: subnet.SubnetId,
          PrivateIpAddresses: [{ PrivateIpAddress: `${base}.50` }, { PrivateIpAddress: `${base}.51`, Primary: true }],
          DeleteOnTermination: false,
        },
      ],
    });
    const now = await seen(w, id!);
    expect(now.NetworkInterfaces.map((n: Output) => n.Attachment.DeviceIndex)).toEqual([0, 1]);
    expect(now.PrivateIpAddress).toBe(`${base}.51`);
    expect(now.NetworkInterfaces[0].PrivateIpAddresses).toMatchObject([
      { PrivateIpAddress: `${base}.51`, Primary: true },
      { PrivateIpAddress: `${base}.50`, Primary: false },
    ]);
    expect(now.NetworkInterfaces[1].PrivateIpAddresses).toHaveLength(2);
    expect(now.NetworkInterfaces[1].Description).toBe('second');
    expect(now.PublicIpAddress).toBeUndefined();
    expect(await used(subnet.SubnetId)).toBe(4);
    await w.call('TerminateInstances', { InstanceIds: [id] });
    await w.settle();
    // The first outlives the instance, and another can have it.
    expect(await used(subnet.SubnetId)).toBe(2);
    const eni = now.NetworkInterfaces[0].NetworkInterfaceId;
    const [next] = await launched(w, { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni }] });
    expect(await seen(w, next!)).toMatchObject({
      PrivateIpAddress: `${base}.51`,
      NetworkInterfaces: [{ NetworkInterfaceId: eni }],
    });
    await expectRefusal(
      run(w, { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni }] }),
      'InvalidNetworkInterface.InUse',
      /eni-/,
    );
  });

  it('gives a public address when asked, and none when told so', async () => {
    const [none] = await launched(w, { NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false }] });
    expect((await seen(w, none!)).PublicIpAddress).toBeUndefined();
    const [one] = await launched(w, { NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }] });
    expect((await seen(w, one!)).NetworkInterfaces[0].Association).toMatchObject({ IpOwnerId: 'amazon' });
  });

  const spec = (more: object = {}) => ({ DeviceIndex: 0, ...more });
  it.each([
    [
      'a subnet besides',
      { NetworkInterfaces: [spec()], SubnetId: 'subnet-0123456789abcdef0' },
      'InvalidParameterCombination',
      /^Network interfaces and an instance-level subnet ID may not be specified on the same request$/,
    ],
    [
      'groups besides',
      { NetworkInterfaces: [spec()], SecurityGroupIds: ['sg-1'] },
      'InvalidParameterCombination',
      /security groups/,
    ],
    [
      'an address besides',
      { NetworkInterfaces: [spec()], PrivateIpAddress: '172.31.0.9' },
      'InvalidParameterCombination',
      /private address/,
    ],
    ['no index', { NetworkInterfaces: [{}] }, 'InvalidParameterValue', /requires a device index/],
    ['an index twice', { NetworkInterfaces: [spec(), spec()] }, 'InvalidParameterValue', /unique/],
    ['no first one', { NetworkInterfaces: [spec({ DeviceIndex: 1 })] }, 'InvalidParameterValue', /index 0/],
    [
      'too many',
      { NetworkInterfaces: [0, 1, 2].map((DeviceIndex) => ({ DeviceIndex })) },
      'AttachmentLimitExceeded',
      /t3\.micro/,
    ],
    [
      'too many addresses',
      { NetworkInterfaces: [spec({ SecondaryPrivateIpAddressCount: 9 })] },
      'PrivateIpAddressLimitExceeded',
      /.+/,
    ],
    [
      'public with several',
      { NetworkInterfaces: [spec({ AssociatePublicIpAddress: true }), { DeviceIndex: 1 }] },
      'InvalidParameterCombination',
      /associatePublicIPAddress/,
    ],
    [
      'an unknown interface',
      { NetworkInterfaces: [spec({ NetworkInterfaceId: 'eni-0123456789abcdef0' })] },
      'InvalidNetworkInterfaceID.NotFound',
      /eni-/,
    ],
    [
      'one interface for two',
      { MaxCount: 2, NetworkInterfaces: [spec({ NetworkInterfaceId: 'eni-0123456789abcdef0' })] },
      'InvalidParameterCombination',
      /more than one/,
    ],
    [
      'an interface and groups',
      { NetworkInterfaces: [spec({ NetworkInterfaceId: 'eni-0123456789abcdef0', Groups: ['sg-1'] })] },
      'InvalidParameterCombination',
      /exists/,
    ],
    ['IPv6', { NetworkInterfaces: [spec({ Ipv6AddressCount: 1 })] }, 'InvalidParameterValue', /IPv6/],
    [
      'an odd type',
      { NetworkInterfaces: [spec({ InterfaceType: 'token-ring' })] },
      'InvalidParameterValue',
      /token-ring/,
    ],
    [
      'two primaries',
      {
        NetworkInterfaces: [
          spec({ PrivateIpAddresses: [1, 2].map((n) => ({ Primary: true, PrivateIpAddress: `172.31.0.1${n}` })) }),
        ],
      },
      'InvalidParameterValue',
      /primary/,
    ],
  ])('refuses %s', async (_, more, code, message) => {
    await expectRefusal(run(w, more), code, message);
    expect(await countOf(w, 'network-interface')).toBe(0);
  });
});
