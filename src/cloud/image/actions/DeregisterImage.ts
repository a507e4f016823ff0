import {
  type DeleteSnapshotReturnCode,
  DeregisterImage$,
  type DeregisterImageRequest,
  type DeregisterImageResult,
} from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { removeSnapshot } from '../../snapshot/remove.ts';
import { snapshot } from '../../snapshot/snapshot.ts';
import { needOwnImage, rememberDeregistered } from '../deregistered.ts';
import { image } from '../image.ts';
import removeImage from '../operations/removeImage.ts';
import type { ImageRow } from '../row.ts';
import { imagesOn, snapshotsOf } from '../snapshots.ts';

export default write<DeregisterImageRequest, DeregisterImageResult>(DeregisterImage$, {
  doc: 'Deregisters an image: nothing can be launched from it any more. Its snapshots stay unless they are to be deleted too.',
  async run(tx, input) {
    const row = await needOwnImage(tx, input.ImageId ?? missing('ImageId'));
    if (row.isProtected)
      fail('OperationNotPermitted', `The image '${row.id}' has deregistration protection enabled: it is protected.`);
    await tx.remove(image, row);
    await rememberDeregistered(tx, row);
    await tx.start(removeImage, row.id, { id: row.id });
    if (!input.DeleteAssociatedSnapshots) return { Return: true };
    return { Return: true, DeleteSnapshotResults: await deleteSnapshots(tx, row) };
  },
});

/** Deletes the image's snapshots; those that other images stand on, or that are another account's, stay. */
async function deleteSnapshots(tx: Writing, row: ImageRow): Promise<DeleteSnapshotReturnCode[]> {
  const results: DeleteSnapshotReturnCode[] = [];
  for (const id of new Set(snapshotsOf(row))) {
    const own = await tx.find(snapshot, id);
    const used = (await imagesOn(tx, id)).length > 0;
    if (own !== undefined && !used) await removeSnapshot(tx, own);
    results.push({
      SnapshotId: id,
      ReturnCode: used ? 'skipped' : own === undefined ? 'missing-permissions' : 'success',
    });
  }
  return results;
}
