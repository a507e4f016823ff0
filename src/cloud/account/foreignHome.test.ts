import { afterEach, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { DriverError } from '../../ports/driver.ts';
import type { ForeignVpc } from '../../ports/networks.ts';

let w: TestWorld;
afterEach(() => w.close());

const networkOf = (account: string): ForeignVpc => ({
  id: `vpc-${account.padStart(17, '0')}`,
  cidrs: ['10.10.0.0/24', '10.11.0.0/24'],
  isDefault: true,
  name: 'private',
  subnets: [
    {
      id: `subnet-${account.padStart(17, 'a')}`,
      zone: 'us-east-1a',
      cidr: '10.10.0.0/24',
      defaultForZone: true,
      name: 'private-subnet',
    },
    { id: `subnet-${account.padStart(17, 'b')}`, zone: 'us-east-1b', cidr: '10.11.0.0/24', defaultForZone: false },
  ],
});

const world = (home: (account: string) => Promise<readonly ForeignVpc[]>) =>
  testWorld({
    wrap: (driver) => ({
      ...driver,
      networks: { home: ({ account }) => home(account), inUse: async () => new Set() },
    }),
  });

it('the networks that an account has in the cloud are its VPCs and subnets, each with a group', async () => {
  w = await world(async (account) => [networkOf(account)]);
  const { Vpcs } = await w.call('DescribeVpcs');
  expect(Vpcs).toMatchObject([
    { VpcId: networkOf(testAccount).id, IsDefault: true, Tags: [{ Key: 'Name', Value: 'private' }] },
  ]);
  expect(Vpcs[0].CidrBlockAssociationSet.map((a: { CidrBlock: string }) => a.CidrBlock)).toEqual([
    '10.10.0.0/24',
    '10.11.0.0/24',
  ]);
  const { Subnets } = await w.call('DescribeSubnets');
  expect(Subnets).toMatchObject([
    { CidrBlock: '10.10.0.0/24', AvailabilityZone: 'us-east-1a', DefaultForAz: true, MapPublicIpOnLaunch: false },
    { CidrBlock: '10.11.0.0/24', AvailabilityZone: 'us-east-1b', DefaultForAz: false },
  ]);
  const { SecurityGroups } = await w.call('DescribeSecurityGroups');
  expect(SecurityGroups).toMatchObject([{ GroupName: 'default', VpcId: Vpcs[0].VpcId }]);
});

it('another account has its own, and one without networks has none', async () => {
  w = await world(async (account) => (account === testAccount ? [networkOf(account)] : []));
  expect((await w.call('DescribeVpcs')).Vpcs).toHaveLength(1);
  expect((await w.call('DescribeVpcs', {}, { account: otherAccount })).Vpcs).toEqual([]);
});

it('a cloud that cannot be reached is asked again at the next request', async () => {
  let away = true;
  w = await world(async (account) => {
    if (away) throw new DriverError('unavailable', 'connection refused');
    return [networkOf(account)];
  });
  await expectRefusal(w.call('DescribeVpcs'), 'Unavailable');
  away = false;
  expect((await w.call('DescribeVpcs')).Vpcs).toHaveLength(1);
});

it('instances get no address that somebody has in the cloud, nor one of the same network in another zone', async () => {
  const shared = networkOf(testAccount);
  const twice = shared.subnets.map((each) => ({ ...each, cidr: '10.10.0.0/24' }));
  const taken = Array.from({ length: 20 }, (_, i) => `10.10.0.${4 + i}`);
  w = await testWorld({
    wrap: (driver) => ({
      ...driver,
      networks: {
        home: async () => [{ ...shared, cidrs: ['10.10.0.0/24'], subnets: twice }],
        inUse: async () => new Set(taken),
      },
    }),
  });
  const { Images } = await w.call('DescribeImages', { Filters: [{ Name: 'architecture', Values: ['x86_64'] }] });
  const launch = async (more: object) => {
    const image = { ImageId: Images[0].ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 };
    return (await w.call('RunInstances', { ...image, ...more })).Instances[0].PrivateIpAddress;
  };
  const first = await launch({});
  expect(taken).not.toContain(first);
  const second = await launch({ SubnetId: twice[1]!.id });
  expect(taken).not.toContain(second);
  expect(second).not.toBe(first);
  await expectRefusal(launch({ PrivateIpAddress: taken[3] }), 'InvalidIPAddress.InUse');
  await expectRefusal(launch({ SubnetId: twice[1]!.id, PrivateIpAddress: first }), 'InvalidIPAddress.InUse');
});
