import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import type { ForeignVpc } from '../../ports/networks.ts';
import { catchUp } from '../foreign/catchUp.ts';

const region = 'us-east-1';
const idOf = (prefix: string, n: number): string => `${prefix}-${String(n).padStart(17, '0')}`;

const subnetAt = (n: number, more: Partial<ForeignVpc['subnets'][number]> = {}) => ({
  ...{ id: idOf('subnet', n), zone: 'us-east-1a', cidr: `10.0.${n}.0/24`, defaultForZone: false, name: `subnet ${n}` },
  ...more,
});
const network = (n: number, isDefault: boolean, ...subnets: ForeignVpc['subnets'][number][]): ForeignVpc => ({
  ...{ id: idOf('vpc', n), name: `network ${n}`, isDefault, subnets },
  cidrs: subnets.map(({ cidr }) => cidr),
});

let told: readonly ForeignVpc[];
let w: TestWorld;
beforeEach(async () => {
  told = [network(1, true, subnetAt(1))];
  const changes = async () => ({ whole: true, things: told, gone: [] });
  w = await testWorld({
    regions: [region],
    wrap: (driver) => ({
      ...driver,
      networks: { home: async () => told, inUse: async () => new Set() },
      foreign: { networks: { changes } },
    }),
  });
});
afterEach(() => w.close());

const call = async (action: Parameters<TestWorld['call']>[0], input: object = {}) => {
  await catchUp(w.world, { account: testAccount, region }, { name: action });
  return w.call(action, input);
};
const vpcs = async () =>
  (await call('DescribeVpcs')).Vpcs.map((v: { VpcId: string; IsDefault: boolean }) => [v.VpcId, v.IsDefault]);
const subnets = async () => (await call('DescribeSubnets')).Subnets;
const placed = async () => (await subnets()).map((s: { SubnetId: string; VpcId: string }) => [s.SubnetId, s.VpcId]);
const groups = async () => (await call('DescribeSecurityGroups')).SecurityGroups.map((g: { VpcId: string }) => g.VpcId);
const [one, two] = [idOf('vpc', 1), idOf('vpc', 2)];

const launch = async (SubnetId: string) => {
  const { Images } = await w.call('DescribeImages', { Filters: [{ Name: 'name', Values: ['al2023-ami-2023*'] }] });
  const image = Images.find((i: { Architecture: string }) => i.Architecture === 'x86_64').ImageId;
  const input = { ImageId: image, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, SubnetId };
  const { Instances } = await w.call('RunInstances', input);
  await w.settle();
  return Instances[0].InstanceId;
};

test('networks appear with a group, change, and go', async () => {
  expect(await vpcs()).toEqual([[one, true]]);
  told = [...told, network(2, false, subnetAt(2))];
  expect(await vpcs()).toEqual([
    [one, true],
    [two, false],
  ]);
  expect(await placed()).toEqual([
    [idOf('subnet', 1), one],
    [idOf('subnet', 2), two],
  ]);
  expect(await groups()).toEqual([one, two]);
  told = [told[0]!, { ...network(2, false, subnetAt(2, { name: 'other' }), subnetAt(3)), name: 'renamed' }];
  expect((await call('DescribeVpcs', { VpcIds: [two] })).Vpcs[0]).toMatchObject({
    Tags: [{ Key: 'Name', Value: 'renamed' }],
    CidrBlockAssociationSet: [{ CidrBlock: '10.0.2.0/24' }, { CidrBlock: '10.0.3.0/24' }],
  });
  expect((await subnets())[1].Tags).toEqual([{ Key: 'Name', Value: 'other' }]);
  told = [told[0]!];
  expect(await vpcs()).toEqual([[one, true]]);
  expect(await placed()).toHaveLength(1);
  expect(await groups()).toEqual([one]);
});

test('tags of requests stay, and what did not change writes nothing', async () => {
  await vpcs();
  await w.call('CreateTags', { Resources: [one], Tags: [{ Key: 'mine', Value: 'yes' }] });
  await vpcs();
  const before = await w.world.store.read.revision({ account: testAccount, region }, ['vpc', 'subnet']);
  await subnets();
  expect(await w.world.store.read.revision({ account: testAccount, region }, ['vpc', 'subnet'])).toBe(before);
  told = [{ ...told[0]!, name: 'renamed' }];
  expect((await call('DescribeVpcs')).Vpcs[0].Tags).toEqual([
    { Key: 'Name', Value: 'renamed' },
    { Key: 'mine', Value: 'yes' },
  ]);
});

test('the default VPC stays the default, and its default subnet too', async () => {
  expect((await subnets())[0].DefaultForAz).toBe(true);
  told = [network(2, true, subnetAt(2), subnetAt(3)), network(1, false, subnetAt(4), subnetAt(1))];
  expect(await vpcs()).toEqual([
    [one, true],
    [two, false],
  ]);
  const defaults = (await subnets()).filter((s: { DefaultForAz: boolean }) => s.DefaultForAz);
  expect(defaults).toMatchObject([{ SubnetId: idOf('subnet', 1) }]);
  told = [network(2, true, subnetAt(2))];
  expect(await vpcs()).toEqual([[two, true]]);
});

test('a subnet that interfaces are in stays until they are gone', async () => {
  const id = await launch(idOf('subnet', 1));
  told = [network(2, true, subnetAt(2))];
  expect(await placed()).toEqual([
    [idOf('subnet', 1), one],
    [idOf('subnet', 2), two],
  ]);
  // It is in another network of the cloud now.
  told = [network(2, true, subnetAt(2), subnetAt(1))];
  expect((await placed())[0]).toEqual([idOf('subnet', 1), one]);
  await w.call('TerminateInstances', { InstanceIds: [id] });
  await w.settle();
  expect((await placed())[0]).toEqual([idOf('subnet', 1), two]);
  expect(await vpcs()).toEqual([[two, true]]);
});

test('the addresses that others have are counted', async () => {
  expect((await subnets())[0].AvailableIpAddressCount).toBe(251);
  // The router, a DHCP server and ten machines of others.
  told = [network(1, true, subnetAt(1, { taken: 12 }))];
  expect((await subnets())[0].AvailableIpAddressCount).toBe(242);
  const filter = { Filters: [{ Name: 'available-ip-address-count', Values: ['242'] }] };
  expect((await call('DescribeSubnets', filter)).Subnets).toHaveLength(1);
  told = [network(1, true, subnetAt(1, { taken: 2 }))];
  expect((await subnets())[0].AvailableIpAddressCount).toBe(251);
});
