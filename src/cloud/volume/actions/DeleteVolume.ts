import { DeleteVolume$, type DeleteVolumeRequest } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import deleteVolume from '../operations/deleteVolume.ts';
import { volume } from '../volume.ts';

export default write<DeleteVolumeRequest, Record<string, never>>(DeleteVolume$, {
  doc: 'Deletes a volume that is attached to nothing.',
  async run(tx, input) {
    const row = await tx.need(volume, input.VolumeId ?? missing('VolumeId'));
    if (row.attachments.length > 0) {
      fail(
        'VolumeInUse',
        `Volume ${row.id} is currently attached to ${row.attachments.map((a) => a.instance).join(', ')}`,
      );
    }
    await tx.on(volume, row, 'delete');
    await tx.start(deleteVolume, row.id, { id: row.id });
    return {};
  },
});
