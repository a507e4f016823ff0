import { DescribeVolumesModifications$, type DescribeVolumesModificationsRequest } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import { describe } from '../../action/describe.ts';
import { isModified, type ModifiedVolume, volumeModification } from '../modification.ts';
import { volume } from '../volume.ts';

export default describe<DescribeVolumesModificationsRequest, ModifiedVolume>(
  DescribeVolumesModifications$,
  volumeModification,
  {
    doc: 'Lists the last modification of each volume that was modified.',
    list: 'VolumesModifications',
    ids: 'VolumeIds',
    pages: { min: 1, max: 500 },
    async narrow(cx, { VolumeIds: ids = [] }) {
      if (ids.length === 0) return { where: [{ name: 'modification', values: ['modifying', 'completed', 'failed'] }] };
      const never = (await cx.needAll(volume, [...new Set(ids)])).find((v) => !isModified(v));
      if (never !== undefined)
        fail('InvalidVolumeModification.NotFound', `Modification for volume '${never.id}' does not exist.`);
      return {};
    },
  },
);
