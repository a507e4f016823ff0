import {
  type AccountAttribute,
  DescribeAccountAttributes$,
  type DescribeAccountAttributesRequest,
  type DescribeAccountAttributesResult,
} from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { read } from '../../action/action.ts';
import type { Reading } from '../../context/reading.ts';
import { limitOf } from '../../quota/quota.ts';
import { vpc } from '../../vpc/vpc.ts';

/** EC2's default for groups on an interface. */
const groupsPerInterface = 5;

/** The values of each attribute, in the order in which EC2 lists them. */
const attributes: Readonly<Record<string, (cx: Reading) => Promise<string>>> = {
  'supported-platforms': async () => 'VPC',
  'vpc-max-security-groups-per-interface': async () => String(groupsPerInterface),
  'max-elastic-ips': async (cx) => String(limitOf(cx.world, 'addresses')),
  'max-instances': async (cx) => String(limitOf(cx.world, 'instances')),
  'vpc-max-elastic-ips': async (cx) => String(limitOf(cx.world, 'addresses')),
  'default-vpc': async (cx) => (await cx.where(vpc, { 'is-default': 'true' }))[0]?.id ?? 'none',
};

export default read<DescribeAccountAttributesRequest, DescribeAccountAttributesResult>(DescribeAccountAttributes$, {
  doc: 'Tells the limits of the account in the region, and its default VPC.',
  kinds: [vpc.kind],
  run: async (cx, input) => {
    const asked: readonly string[] = input.AttributeNames ?? [];
    for (const name of asked) {
      if (!Object.hasOwn(attributes, name))
        fail('InvalidParameterValue', `Invalid attribute name: '${name}' (AttributeName)`);
    }
    const result: AccountAttribute[] = [];
    for (const [AttributeName, value] of Object.entries(attributes)) {
      if (asked.length > 0 && !asked.includes(AttributeName)) continue;
      result.push({ AttributeName, AttributeValues: [{ AttributeValue: await value(cx) }] });
    }
    return { AccountAttributes: result };
  },
});
