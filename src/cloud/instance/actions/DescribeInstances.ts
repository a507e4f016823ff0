import { DescribeInstances$, type DescribeInstancesRequest } from '@aws-sdk/client-ec2';
import { describe } from '../../action/describe.ts';
import { instance } from '../instance.ts';
import type { InstanceRow } from '../row.ts';

export default describe<DescribeInstancesRequest, InstanceRow>(DescribeInstances$, instance, {
  doc: 'Lists instances, grouped by the launch that made them.',
  list: 'Reservations',
  ids: 'InstanceIds',
  idsExcludePages: true,
  grouping: {
    key: (row) => row.reservation,
    shell: (row) => ({ ReservationId: row.reservation, OwnerId: row.account, RequesterId: row.requester, Groups: [] }),
    member: 'Instances',
  },
});
