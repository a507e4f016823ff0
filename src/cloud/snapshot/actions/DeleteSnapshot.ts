import { DeleteSnapshot$, type DeleteSnapshotRequest } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import { write } from '../../action/action.ts';
import { imagesOn } from '../../image/snapshots.ts';
import { removeSnapshot } from '../remove.ts';
import { snapshot } from '../snapshot.ts';

export default write<DeleteSnapshotRequest, Record<string, never>>(DeleteSnapshot$, {
  doc: 'Deletes a snapshot that no image stands on.',
  async run(tx, input) {
    const row = await tx.need(snapshot, input.SnapshotId ?? missing('SnapshotId'));
    const [user] = await imagesOn(tx, row.id);
    if (user !== undefined) fail('InvalidSnapshot.InUse', `The snapshot ${row.id} is currently in use by ${user.id}`);
    await removeSnapshot(tx, row);
    return {};
  },
});
