import { DescribeVpcs$, type DescribeVpcsRequest } from '@aws-sdk/client-ec2';
import { describe } from '../../action/describe.ts';
import type { VpcRow } from '../row.ts';
import { vpc } from '../vpc.ts';

export default describe<DescribeVpcsRequest, VpcRow>(DescribeVpcs$, vpc, {
  doc: 'Lists VPCs.',
  list: 'Vpcs',
  ids: 'VpcIds',
});
