import { DescribeSubnets$, type DescribeSubnetsRequest } from '@aws-sdk/client-ec2';
import { describe } from '../../action/describe.ts';
import { networkInterface } from '../../interface/interface.ts';
import type { SubnetRow } from '../row.ts';
import { withUsedAddresses } from '../shown.ts';
import { subnet } from '../subnet.ts';

const action = describe<DescribeSubnetsRequest, SubnetRow>(DescribeSubnets$, subnet, {
  doc: 'Lists subnets.',
  list: 'Subnets',
  ids: 'SubnetIds',
});

/** How many addresses are in use changes with the interfaces that have them. */
export default {
  ...action,
  kinds: [subnet.kind, networkInterface.kind],
  run: (cx, input) => action.run(withUsedAddresses(cx), input),
} satisfies typeof action;
