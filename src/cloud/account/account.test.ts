import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld({ quotas: { addresses: 7 } });
});
afterEach(() => w.close());

describe('DescribeAccountAttributes', () => {
  const values = async (input: object) => {
    const { AccountAttributes } = await w.call('DescribeAccountAttributes', input);
    return Object.fromEntries(
      AccountAttributes.map((a: { AttributeName: string; AttributeValues: { AttributeValue: string }[] }) => [
        a.AttributeName,
        a.AttributeValues.map((v) => v.AttributeValue).join(),
      ]),
    );
  };

  it('tells all attributes, the limits from the quotas', async () => {
    const { Vpcs } = await w.call('DescribeVpcs');
    expect(await values({})).toEqual({
      'supported-platforms': 'VPC',
      'default-vpc': Vpcs[0].VpcId,
      'max-instances': '500000',
      'vpc-max-security-groups-per-interface': '5',
      'max-elastic-ips': '7',
      'vpc-max-elastic-ips': '7',
    });
  });

  it('tells those that are named', async () => {
    expect(Object.keys(await values({ AttributeNames: ['supported-platforms'] }))).toEqual(['supported-platforms']);
  });

  it('refuses an unknown one', () =>
    expectRefusal(
      w.call('DescribeAccountAttributes', { AttributeNames: ['colour'] }),
      'InvalidParameterValue',
      /colour/,
    ));
});
