import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type Output, otherAccount, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { launched } from '../instance.fixture.ts';

let w: TestWorld;
let ids: readonly string[];
beforeEach(async () => {
  w = await testWorld({ simulator: { impaired: [{ type: 't3.nano', check: 'instance' }] } });
  ids = await launched(w, { MinCount: 7, MaxCount: 7 });
});
afterEach(() => w.close());

const status = async (input: object = {}): Promise<Output[]> =>
  (await w.call('DescribeInstanceStatus', input)).InstanceStatuses;
const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });

describe('DescribeInstanceStatus', () => {
  it('takes a hundred ids at most', async () => {
    const many = (count: number) => ({ InstanceIds: Array.from({ length: count }, (_, i) => ids[i % ids.length]) });
    await expectRefusal(w.call('DescribeInstanceStatus', many(101)), 'InvalidRequest', /^101 exceeds .* \(100\)/);
    expect(await status(many(100))).toHaveLength(7);
  });

  it('is initializing at first, then ok', async () => {
    const [first] = await status({ InstanceIds: [ids[0]] });
    expect(first).toMatchObject({
      InstanceId: ids[0],
      InstanceState: { Code: 16, Name: 'running' },
      InstanceStatus: { Status: 'initializing', Details: [{ Name: 'reachability', Status: 'initializing' }] },
      Events: [],
      AvailabilityZone: 'us-east-1a',
    });
    await w.clock.advance(60_000);
    expect((await status())[6]).toMatchObject({
      InstanceStatus: { Status: 'ok', Details: [{ Name: 'reachability', Status: 'passed' }] },
      SystemStatus: { Status: 'ok' },
      AttachedEbsStatus: { Status: 'ok' },
    });
    expect(await status(filter('instance-status.status', 'initializing'))).toEqual([]);
    expect(await status(filter('instance-status.reachability', 'passed'))).toHaveLength(7);
  });

  it('tells of an impaired instance', async () => {
    const [sick] = await launched(w, { InstanceType: 't3.nano' });
    await w.clock.advance(60_000);
    const found = await status(filter('instance-status.status', 'impaired'));
    expect(found).toMatchObject([
      { InstanceId: sick, InstanceStatus: { Details: [{ Status: 'failed' }] }, SystemStatus: { Status: 'ok' } },
    ]);
  });

  it('lists instances that do not run only when asked', async () => {
    await w.call('StopInstances', { InstanceIds: [ids[0]] });
    await w.settle();
    expect(await status()).toHaveLength(6);
    expect(await status({ InstanceIds: [ids[0]] })).toEqual([]);
    const [off] = await status({ InstanceIds: [ids[0]], IncludeAllInstances: true });
    expect(off).toMatchObject({
      InstanceState: { Name: 'stopped' },
      InstanceStatus: { Status: 'not-applicable' },
      SystemStatus: { Status: 'not-applicable' },
    });
    expect(await status({ ...filter('instance-state-name', 'stopped'), IncludeAllInstances: true })).toHaveLength(1);
    expect(await status(filter('availability-zone', 'us-east-1a'))).toHaveLength(6);
  });

  it('pages', async () => {
    const first = await w.call('DescribeInstanceStatus', { MaxResults: 5 });
    expect(first.InstanceStatuses).toHaveLength(5);
    const rest = await w.call('DescribeInstanceStatus', { MaxResults: 5, NextToken: first.NextToken });
    expect(rest.InstanceStatuses.map((s: Output) => s.InstanceId)).toEqual(ids.slice(5));
    expect(rest.NextToken).toBeUndefined();
    await expectRefusal(status({ MaxResults: 3 }), 'InvalidParameterValue', /maxResults/);
    await expectRefusal(status({ MaxResults: 5, InstanceIds: ids }), 'InvalidParameterCombination', /maxResults/);
    await expectRefusal(status({ NextToken: first.NextToken, IncludeAllInstances: true }), 'InvalidParameterValue');
  });

  it('refuses what does not exist', async () => {
    await expectRefusal(status({ InstanceIds: ['i-0123456789abcdef0'] }), 'InvalidInstanceID.NotFound');
    await expectRefusal(status(filter('colour', 'red')), 'InvalidParameterValue', /colour/);
    await expectRefusal(
      w.call('DescribeInstanceStatus', { InstanceIds: ids }, { account: otherAccount }),
      'InvalidInstanceID.NotFound',
    );
  });
});
