import { DescribeSubnets$, type DescribeSubnetsRequest } from '@aws-sdk/client-ec2';
import { describe } from '../../action/describe.ts';
import type { SubnetRow } from '../row.ts';
import { subnet } from '../subnet.ts';

export default describe<DescribeSubnetsRequest, SubnetRow>(DescribeSubnets$, subnet, {
  doc: 'Lists subnets.',
  list: 'Subnets',
  ids: 'SubnetIds',
});
