import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { reading } from '../context/reading.ts';
import { type Writing, write } from '../context/writing.ts';
import { counters } from '../subnet/counters.ts';
import { subnet } from '../subnet/subnet.ts';
import { defaultSubnet, defaultVpc } from './defaults.ts';
import { vpc } from './vpc.ts';

const scope = { account: testAccount, region: 'us-east-1' };
let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
  await w.call('DescribeVpcs');
});
afterEach(() => w.close());

describe('DescribeVpcs', () => {
  const found = async (input: object) => (await w.call('DescribeVpcs', input)).Vpcs.length;

  it('shows a VPC as EC2 does', async () => {
    const { Vpcs } = await w.call('DescribeVpcs');
    expect(Vpcs[0]).toMatchObject({
      OwnerId: testAccount,
      CidrBlockAssociationSet: [{ CidrBlock: '172.31.0.0/16', CidrBlockState: { State: 'associated' } }],
      BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
    });
    expect(Vpcs[0]).not.toHaveProperty('Tags');
  });

  it.each([
    ['cidr', '172.31.0.0/16', 1],
    ['cidr', '10.0.0.0/8', 0],
    ['cidr-block-association.cidr-block', '172.31.*', 1],
    ['cidr-block-association.association-id', 'vpc-cidr-assoc-*', 1],
    ['cidr-block-association.state', 'associated', 1],
    ['dhcp-options-id', 'dopt-*', 1],
    ['ipv6-cidr-block-association.ipv6-cidr-block', '*', 0],
    ['is-default', 'true', 1],
    ['isDefault', 'false', 0],
    ['isDefault', 'true', 1],
    ['cidrBlock', '172.31.0.0/16', 1],
    ['dhcpOptionsId', 'dopt-*', 1],
    ['vpcId', 'vpc-*', 1],
    ['owner-id', testAccount, 1],
    ['state', 'available', 1],
    ['vpc-id', 'vpc-*', 1],
    ['tag-key', 'Name', 0],
  ])('filters by %s %s', async (Name, value, count) =>
    expect(await found({ Filters: [{ Name, Values: [value] }] })).toBe(count),
  );

  it('refuses malformed, unknown and other accounts’ ids', async () => {
    const { Vpcs } = await w.call('DescribeVpcs', {}, { account: otherAccount });
    await expectRefusal(w.call('DescribeVpcs', { VpcIds: ['x'] }), 'InvalidVpcID.Malformed');
    await expectRefusal(w.call('DescribeVpcs', { VpcIds: [Vpcs[0].VpcId] }), 'InvalidVpcID.NotFound', /vpc ID/);
    await expectRefusal(w.call('DescribeVpcs', { MaxResults: 4 }), 'InvalidParameterValue', /maxResults/);
  });
});

describe('the defaults', () => {
  const cx = () => reading(w.world, scope, w.world.store.read);
  const change = (body: (tx: Writing) => Promise<unknown>) => write(w.world, scope, body);

  it('are the default VPC and the default subnet of the zone, or of the first zone with room', async () => {
    const home = await defaultVpc(cx());
    expect((await defaultSubnet(cx(), 'us-east-1c')).cidr).toBe('172.31.32.0/20');
    expect(await defaultSubnet(cx())).toMatchObject({ zone: 'us-east-1a', vpc: home.id });
    const use = (id: string, count: number) => change((tx) => tx.add(counters(id).taken, count));
    await use((await defaultSubnet(cx(), 'us-east-1a')).id, 3900);
    expect((await defaultSubnet(cx(), undefined, 63)).zone).toBe('us-east-1a');
    expect((await defaultSubnet(cx(), undefined, 64)).zone).toBe('us-east-1b');
    for (const row of await cx().where(subnet, {})) {
      if (row.zone !== 'us-east-1a') await use(row.id, 4000);
    }
    expect((await defaultSubnet(cx(), undefined, 191)).zone).toBe('us-east-1a');
    expect((await defaultSubnet(cx(), undefined, 5000)).zone).toBe('us-east-1a');
  });

  it('are refused where they are gone', async () => {
    await change(async (tx) => tx.remove(subnet, await defaultSubnet(tx, 'us-east-1c')));
    await expectRefusal(defaultSubnet(cx(), 'us-east-1c'), 'MissingInput', /us-east-1c/);
    await change(async (tx) => {
      for (const row of await tx.where(subnet, {})) await tx.remove(subnet, row);
    });
    await expectRefusal(defaultSubnet(cx()), 'MissingInput', /No subnets found for the default VPC 'vpc-/);
    await change(async (tx) => tx.remove(vpc, await defaultVpc(tx)));
    await expectRefusal(defaultVpc(cx()), 'VPCIdNotSpecified', /No default VPC for this user/);
    const { AccountAttributes } = await w.call('DescribeAccountAttributes', { AttributeNames: ['default-vpc'] });
    expect(AccountAttributes[0].AttributeValues).toEqual([{ AttributeValue: 'none' }]);
  });
});
