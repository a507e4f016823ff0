import { rowOf } from '../context/rows.ts';
import type { Writing } from '../context/writing.ts';
import type { VolumeRow } from '../volume/row.ts';
import { volume } from '../volume/volume.ts';
import deleteSnapshot from './operations/deleteSnapshot.ts';
import type { SnapshotRow } from './row.ts';
import { snapshot } from './snapshot.ts';

/**
 * Forgets a snapshot and has its blocks taken away. It vanishes from DescribeSnapshots at once, as on AWS. The
 * operation waits for the one that takes the snapshot, which may not be over, and for volumes that are being filled
 * from it: those complete as on AWS.
 */
export async function removeSnapshot(tx: Writing, row: SnapshotRow): Promise<void> {
  await tx.remove(snapshot, row);
  await tx.give('snapshots', 1);
  const behind = await filling(tx, row.id);
  await tx.start(deleteSnapshot, row.takenFor ?? row.id, { id: row.id, ...(behind.length > 0 && { behind }) });
}

/** Whose operations are filling volumes from the snapshot, in any account: the volume's own, or its instance's launch. */
async function filling(tx: Writing, id: string): Promise<readonly string[]> {
  const where = [
    { name: 'snapshot-id', values: [id] },
    { name: 'status', values: ['creating'] },
  ];
  const volumes = (await tx.reader.items({ kind: volume.kind, region: tx.region, where })).map(rowOf<VolumeRow>);
  return [...new Set(volumes.map((v) => v.attachments[0]?.instance ?? v.id))];
}
