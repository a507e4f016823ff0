import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { seededRandom } from '../../main/random.ts';
import { reading } from '../context/reading.ts';
import { type Writing, write } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import { defaultSubnet } from '../vpc/defaults.ts';
import { giveAddresses, takeAddresses } from './addresses.ts';
import { counters } from './counters.ts';
import type { SubnetRow } from './row.ts';
import { withUsedAddresses } from './shown.ts';
import { subnet } from './subnet.ts';

const scope = { account: testAccount, region: 'us-east-1' };
let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
  await w.call('DescribeSubnets');
});
afterEach(() => w.close());

const change = <T>(body: (tx: Writing) => Promise<T>) => write(w.world, scope, body);

/** Takes addresses and puts an interface on each, as launching does. */
async function use(tx: Writing, row: SubnetRow, count: number, wanted?: readonly string[]) {
  const ips = await takeAddresses(tx, row, count, wanted);
  await tx.insertAll(
    networkInterface,
    ips.map((ip) => ({
      state: 'available' as const,
      vpc: row.vpc,
      subnet: row.id,
      zone: row.zone,
      description: '',
      privateIps: [ip],
      mac: '02:00:00:00:00:00',
      groups: [],
      sourceDestCheck: true,
    })),
  );
  return ips;
}

const small = (tx: Writing) =>
  tx.insert(subnet, {
    state: 'available',
    vpc: 'vpc-0123456789abcdef0',
    zone: 'us-east-1a',
    zoneId: 'use1-az1',
    cidr: '10.0.0.16/28',
    defaultForZone: false,
    mapPublicIpOnLaunch: false,
  });

describe('DescribeSubnets', () => {
  it('shows a subnet as EC2 does, and counts its free addresses', async () => {
    await change(async (tx) => use(tx, await defaultSubnet(tx), 3));
    const id = (await w.call('DescribeSubnets')).Subnets[0].SubnetId;
    const { Subnets } = await w.call('DescribeSubnets', { SubnetIds: [id] });
    expect(Subnets).toMatchObject([
      {
        SubnetArn: `arn:aws:ec2:us-east-1:${testAccount}:subnet/${id}`,
        CidrBlock: '172.31.0.0/20',
        AvailableIpAddressCount: 4088,
        AvailabilityZone: 'us-east-1a',
        AvailabilityZoneId: 'use1-az1',
        State: 'available',
        Ipv6Native: false,
        PrivateDnsNameOptionsOnLaunch: { HostnameType: 'ip-name' },
      },
    ]);
  });

  it.each([
    ['availability-zone', 'us-east-1b', 1],
    ['availabilityZone', 'us-east-1b', 1],
    ['availability-zone-id', 'use1-az1', 1],
    ['availabilityZoneId', 'use1-az1', 1],
    ['availableIpAddressCount', '4091', 6],
    ['cidrBlock', '172.31.*', 6],
    ['defaultForAz', 'false', 0],
    ['subnetId', 'subnet-*', 6],
    ['vpcId', 'vpc-*', 6],
    ['vpcId', 'vpc-00000000000000000', 0],
    ['available-ip-address-count', '4091', 6],
    ['cidr-block', '172.31.16.0/20', 1],
    ['cidr', '172.31.16.0/20', 1],
    ['default-for-az', 'true', 6],
    ['map-public-ip-on-launch', 'false', 0],
    ['owner-id', testAccount, 6],
    ['state', 'pending', 0],
    ['subnet-arn', 'arn:aws:ec2:us-east-1:*', 6],
    ['ipv6-native', 'true', 0],
    ['vpc-id', 'vpc-00000000000000000', 0],
  ])('filters by %s %s', async (Name, value, count) =>
    expect((await w.call('DescribeSubnets', { Filters: [{ Name, Values: [value] }] })).Subnets).toHaveLength(count),
  );

  it('pages', async () => {
    const first = await w.call('DescribeSubnets', { MaxResults: 5 });
    const second = await w.call('DescribeSubnets', { MaxResults: 5, NextToken: first.NextToken });
    expect([first.Subnets.length, second.Subnets.length, second.NextToken]).toEqual([5, 1, undefined]);
  });

  it('refuses malformed and unknown ids', async () => {
    await expectRefusal(w.call('DescribeSubnets', { SubnetIds: ['subnet-x'] }), 'InvalidSubnetID.Malformed');
    await expectRefusal(
      w.call('DescribeSubnets', { SubnetIds: ['subnet-00000000'] }),
      'InvalidSubnetID.NotFound',
      /subnet-00000000/,
    );
  });
});

describe('private addresses', () => {
  it('start after the four that AWS keeps, and are given once', () =>
    change(async (tx) => {
      const row = await defaultSubnet(tx);
      expect(await use(tx, row, 2)).toEqual(['172.31.0.4', '172.31.0.5']);
      expect(await use(tx, row, 1)).toEqual(['172.31.0.6']);
      expect(await tx.counter(counters(row.id).taken)).toBe(3);
      expect(await tx.counter(counters(row.id).passed)).toBe(3);
    }));

  it('can be asked for, also along with others', () =>
    change(async (tx) => {
      const row = await defaultSubnet(tx);
      expect(await use(tx, row, 3, ['172.31.0.5'])).toEqual(['172.31.0.5', '172.31.0.4', '172.31.0.6']);
      await expectRefusal(
        takeAddresses(tx, row, 1, ['172.31.0.5']),
        'InvalidIPAddress.InUse',
        /Address 172.31.0.5 is in use\./,
      );
    }));

  it.each([
    ['10.0.0.1', /10.0.0.1 does not fall within the subnet's address range/],
    ['172.31.16.0', /does not fall within/],
    ['172.31.0.3', /reserved/],
    ['172.31.15.255', /reserved/],
    ['nonsense', /nonsense.*privateIpAddress/],
  ])('refuse %s', (ip, message) =>
    change(async (tx) =>
      expectRefusal(takeAddresses(tx, await defaultSubnet(tx), 1, [ip]), 'InvalidParameterValue', message),
    ),
  );

  it('refuse one address asked for twice', () =>
    change(async (tx) =>
      expectRefusal(
        takeAddresses(tx, await defaultSubnet(tx), 2, ['172.31.0.9', '172.31.0.9']),
        'InvalidParameterValue',
        /more than once/,
      ),
    ));

  it('come round again when given back, and end when all are in use', () =>
    change(async (tx) => {
      const row = await small(tx);
      const all = await use(tx, row, 11);
      expect(all[0]).toBe('10.0.0.20');
      expect(all.at(-1)).toBe('10.0.0.30');
      await expectRefusal(takeAddresses(tx, row, 1), 'InsufficientFreeAddressesInSubnet', /subnet-/);
      const [gone] = await tx.where(networkInterface, { 'subnet-address': `${row.id}/10.0.0.25` });
      await tx.remove(networkInterface, gone!);
      await giveAddresses(tx, row.id, 1);
      expect(await use(tx, row, 1)).toEqual(['10.0.0.25']);
    }));

  it('cost few queries, many at once', () =>
    change(async (tx) => {
      const row = await defaultSubnet(tx);
      await use(tx, row, 1000);
      await tx.add(counters(row.id).passed, -1000);
      let queries = 0;
      const counted: Writing = {
        ...tx,
        where: (...args: Parameters<Writing['where']>) => {
          queries++;
          return tx.where(...args) as never;
        },
      };
      const ips = await takeAddresses(counted, row, 1000);
      expect(new Set(ips).size).toBe(1000);
      expect(ips[0]).toBe('172.31.3.236');
      expect(queries).toBeLessThanOrEqual(3);
    }));

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are never given twice, whoever wants which and gives back what (%i)', (seed) =>
    change(async (tx) => {
      const row = await small(tx);
      const random = seededRandom(seed);
      const held = new Set<string>();
      for (let step = 0; step < 60; step += 1) {
        const all = [...held];
        if (all.length > 0 && (held.size === 11 || random.below(3) === 0)) {
          const ip = all[random.below(all.length)]!;
          const [gone] = await tx.where(networkInterface, { 'subnet-address': `${row.id}/${ip}` });
          await tx.remove(networkInterface, gone!);
          await giveAddresses(tx, row.id, 1);
          held.delete(ip);
          continue;
        }
        const free = Array.from({ length: 11 }, (_, at) => `10.0.0.${20 + at}`).filter((ip) => !held.has(ip));
        const wanted = random.below(3) === 0 ? [free[random.below(free.length)]!] : [];
        const count = Math.max(wanted.length, 1 + random.below(Math.min(2, free.length)));
        for (const ip of await use(tx, row, count, wanted)) {
          expect(held.has(ip), `${ip} at step ${step}`).toBe(false);
          held.add(ip);
        }
      }
    }),
  );

  it('of a subnet that is gone are given back to nobody', () =>
    change((tx) => giveAddresses(tx, 'subnet-00000000', 1)));

  it('taken and given back make a generation each of what is shown, and never an earlier one', async () => {
    const cx = () => withUsedAddresses(reading(w.world, scope, w.world.store.read));
    const { id } = await defaultSubnet(cx());
    const query = { ...scope, kind: subnet.kind, ids: [id] };
    const shown = async () => {
      const [[head], [item]] = await Promise.all([cx().reader.heads(query), cx().reader.items(query)]);
      const [body] = await cx().reader.bodies([head!.seq]);
      expect([item!.generation, body!.generation]).toEqual([head!.generation, head!.generation]);
      expect(body!.body).toBe(item!.body);
      return [head!.generation, JSON.parse(item!.body).usedAddresses];
    };
    expect(await shown()).toEqual([1, 0]);
    await change(async (tx) => use(tx, await tx.need(subnet, id), 3));
    expect(await shown()).toEqual([4, 3]);
    await change((tx) => giveAddresses(tx, id, 3));
    expect(await shown()).toEqual([7, 0]);
    await change((tx) => giveAddresses(tx, id, 1));
    expect(await shown()).toEqual([7, 0]);
  });
});
