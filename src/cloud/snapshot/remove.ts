import type { Writing } from '../context/writing.ts';
import deleteSnapshot from './operations/deleteSnapshot.ts';
import type { SnapshotRow } from './row.ts';
import { snapshot } from './snapshot.ts';

/**
 * Forgets a snapshot and has its blocks taken away. It vanishes from DescribeSnapshots at once, as on AWS. The
 * operation waits for the one that takes the snapshot, which may not be over.
 */
export async function removeSnapshot(tx: Writing, row: SnapshotRow): Promise<void> {
  await tx.remove(snapshot, row);
  await tx.give('snapshots', 1);
  await tx.start(deleteSnapshot, row.takenFor ?? row.id, { id: row.id });
}
