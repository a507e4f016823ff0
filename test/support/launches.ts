import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reading } from '../../src/cloud/context/reading.ts';
import { write } from '../../src/cloud/context/writing.ts';
import { run } from '../../src/cloud/instance/instance.fixture.ts';
import { counters } from '../../src/cloud/subnet/counters.ts';
import { defaultSubnet } from '../../src/cloud/vpc/defaults.ts';
import type { Store } from '../../src/ports/store.ts';
import { otherAccount, type TestWorld, testAccount, testWorld } from './world.ts';

const region = 'us-east-1';
const scope = { account: testAccount, region };
const zone = { Placement: { AvailabilityZone: 'us-east-1a' } };

interface Shown {
  readonly PrivateIpAddress: string;
  readonly PublicIpAddress: string;
}

/** What holds when many launches come at the same time, on any store. */
export function launchesAtOnce(open: () => Promise<Store>): void {
  let w: TestWorld;
  beforeEach(async () => {
    w = await testWorld({ store: await open(), regions: [region], quotas: { instances: 5 } });
    await w.call('DescribeSubnets');
    await w.call('DescribeSubnets', {}, { account: otherAccount });
  });
  afterEach(() => w.close());

  /** The codes of those that are refused; `undefined` for the others. */
  const outcomes = async (launches: readonly Promise<unknown>[]): Promise<readonly (string | undefined)[]> =>
    (await Promise.allSettled(launches)).map((one) => (one.status === 'rejected' ? one.reason.code : undefined));
  const launches = (count: number, more: object = zone, account = testAccount): readonly Promise<unknown>[] =>
    Array.from({ length: count }, () => run(w, more, { account }));
  const used = (name: string, account = testAccount) => w.world.store.read.usage({ account, region }, name);
  const subnetOf = async () => defaultSubnet(reading(w.world, scope, w.world.store.read), 'us-east-1a');
  const available = async () => {
    const { Subnets } = await w.call('DescribeSubnets', { SubnetIds: [(await subnetOf()).id] });
    return Subnets[0].AvailableIpAddressCount;
  };
  const shown = async (account = testAccount): Promise<readonly Shown[]> => {
    const { Reservations } = await w.call('DescribeInstances', {}, { account });
    return Reservations.flatMap((r: { Instances: readonly Shown[] }) => r.Instances);
  };

  describe('launches at the same time', () => {
    it('take of a quota exactly what there is, and nothing where they are refused', async () => {
      const codes = await outcomes(launches(12));
      expect(codes.filter((code) => code === undefined)).toHaveLength(5);
      expect(codes.filter((code) => code === 'InstanceLimitExceeded')).toHaveLength(7);
      const counted = await Promise.all(['instances', 'vcpus', 'volumes', 'volume-gib'].map((name) => used(name)));
      expect(counted).toEqual([5, 10, 5, 40]);
      expect(await available()).toBe(4086);
      await w.settle();
      expect(await outcomes(launches(2))).toEqual(Array(2).fill('InstanceLimitExceeded'));
    });

    it('take nothing where they are dry', async () => {
      expect(await outcomes(launches(3, { ...zone, DryRun: true }))).toEqual(Array(3).fill('DryRunOperation'));
      expect([await used('instances'), await used('volumes'), await available()]).toEqual([0, 0, 4091]);
    });

    it('are given addresses once, also those of different accounts', async () => {
      const codes = await outcomes([...launches(5), ...launches(5, zone, otherAccount)]);
      expect(codes).toEqual(Array(10).fill(undefined));
      await w.settle();
      const [mine, theirs] = [await shown(), await shown(otherAccount)];
      const privates = mine.map((one) => one.PrivateIpAddress).sort();
      expect(privates).toEqual([4, 5, 6, 7, 8].map((n) => `172.31.0.${n}`));
      expect(theirs.map((one) => one.PrivateIpAddress).sort()).toEqual(privates);
      expect(new Set([...mine, ...theirs].map((one) => one.PublicIpAddress)).size).toBe(10);
    });

    it('leave no address behind that another has asked for by name', async () => {
      const named = [5, 6, 5].map((n) => run(w, { ...zone, PrivateIpAddress: `172.31.0.${n}` }));
      const codes = await outcomes([...named, ...launches(2)]);
      // Which of them comes first is up to the store.
      const refused = codes.filter((code) => code !== undefined);
      expect(new Set(refused)).toEqual(new Set(['InvalidIPAddress.InUse']));
      expect(codes.slice(3)).toEqual([undefined, undefined]);
      const ips = (await shown()).map((one) => one.PrivateIpAddress);
      expect(new Set(ips).size).toBe(5 - refused.length);
      expect(ips).toContain('172.31.0.5');
      expect([await used('instances'), await available()]).toEqual([ips.length, 4091 - ips.length]);
    });

    it('fill a subnet to its last address', async () => {
      const row = await subnetOf();
      await write(w.world, scope, (tx) => tx.add(counters(row.id).taken, 4088));
      const codes = await outcomes(launches(5, { SubnetId: row.id }));
      expect(codes.filter((code) => code === 'InsufficientFreeAddressesInSubnet')).toHaveLength(2);
      expect([await used('instances'), await available()]).toEqual([3, 0]);
    });

    it('show the subnet with what they took, and it with what is given back', async () => {
      expect(await available()).toBe(4091);
      const { Instances } = (await run(w, zone)) as { Instances: readonly { InstanceId: string }[] };
      expect(await available()).toBe(4090);
      await w.settle();
      await w.call('TerminateInstances', { InstanceIds: Instances.map((one) => one.InstanceId) });
      await w.settle();
      expect(await available()).toBe(4091);
    });
  });
}
