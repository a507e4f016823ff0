import { afterEach, expect, it } from 'vitest';
import { otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import type { World } from '../context/world.ts';
import { ensureHome } from './home.ts';

let w: TestWorld;
afterEach(() => w.close());

it('gives an account a default VPC, a default subnet in each zone and a default group', async () => {
  w = await testWorld();
  const { Vpcs } = await w.call('DescribeVpcs');
  expect(Vpcs).toHaveLength(1);
  expect(Vpcs[0]).toMatchObject({
    CidrBlock: '172.31.0.0/16',
    IsDefault: true,
    State: 'available',
    InstanceTenancy: 'default',
  });
  expect(Vpcs[0].VpcId).toMatch(/^vpc-[0-9a-f]{17}$/);
  expect(Vpcs[0].DhcpOptionsId).toMatch(/^dopt-/);
  expect(Vpcs[0].CidrBlockAssociationSet[0].AssociationId).toMatch(/^vpc-cidr-assoc-/);
  const { Subnets } = await w.call('DescribeSubnets');
  const { AvailabilityZones } = await w.call('DescribeAvailabilityZones');
  expect(Subnets.map((s: { AvailabilityZone: string }) => s.AvailabilityZone)).toEqual(
    AvailabilityZones.map((z: { ZoneName: string }) => z.ZoneName),
  );
  expect(Subnets.map((s: { CidrBlock: string }) => s.CidrBlock).slice(0, 3)).toEqual([
    '172.31.0.0/20',
    '172.31.16.0/20',
    '172.31.32.0/20',
  ]);
  expect(Subnets[0]).toMatchObject({ DefaultForAz: true, MapPublicIpOnLaunch: true, AvailableIpAddressCount: 4091 });
  const { SecurityGroups } = await w.call('DescribeSecurityGroups');
  const [{ GroupId }] = SecurityGroups;
  expect(SecurityGroups).toMatchObject([
    {
      GroupName: 'default',
      Description: 'default VPC security group',
      VpcId: Vpcs[0].VpcId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId, UserId: testAccount }], IpRanges: [] }],
      IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], UserIdGroupPairs: [] }],
    },
  ]);
});

it('makes it once, whoever asks at once, in this process or another', async () => {
  w = await testWorld();
  const scope = { account: otherAccount, region: 'eu-west-1' };
  const processes: readonly World[] = [w.world, { ...w.world }, { ...w.world }];
  await Promise.all(processes.flatMap((world) => [ensureHome(world, scope), ensureHome(world, scope)]));
  for (const world of processes) await ensureHome(world, scope);
  expect((await w.call('DescribeVpcs', {}, scope)).Vpcs).toHaveLength(1);
  expect((await w.call('DescribeSubnets', {}, scope)).Subnets).toHaveLength(3);
  expect((await w.call('DescribeSecurityGroups', {}, scope)).SecurityGroups).toHaveLength(1);
});

it('writes nothing when it knows that it is done', async () => {
  w = await testWorld();
  const scope = { account: testAccount, region: 'us-east-1' };
  await ensureHome(w.world, scope);
  let writes = 0;
  const store = {
    ...w.world.store,
    write: (...args: Parameters<World['store']['write']>) => {
      writes++;
      return w.world.store.write(...args);
    },
  };
  await ensureHome({ ...w.world, store: store as World['store'] }, scope);
  expect(writes).toBe(0);
});

it('tries again after a failure', async () => {
  w = await testWorld();
  const scope = { account: testAccount, region: 'us-east-1' };
  let broken = true;
  const read = {
    ...w.world.store.read,
    heads: (...args: Parameters<World['store']['read']['heads']>) =>
      broken ? Promise.reject(new Error('no database')) : w.world.store.read.heads(...args),
  };
  const world: World = { ...w.world, store: { ...w.world.store, read } };
  await expect(ensureHome(world, scope)).rejects.toThrow('no database');
  broken = false;
  await expect(ensureHome(world, scope)).resolves.toBeUndefined();
});
