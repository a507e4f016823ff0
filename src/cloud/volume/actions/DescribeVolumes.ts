import { DescribeVolumes$, type DescribeVolumesRequest } from '@aws-sdk/client-ec2';
import { describe } from '../../action/describe.ts';
import type { VolumeRow } from '../row.ts';
import { volume } from '../volume.ts';

export default describe<DescribeVolumesRequest, VolumeRow>(DescribeVolumes$, volume, {
  doc: 'Lists EBS volumes.',
  list: 'Volumes',
  ids: 'VolumeIds',
  idsExcludePages: true,
});
