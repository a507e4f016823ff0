import type { Writing } from '../../context/writing.ts';
import { operation } from '../../operation/operation.ts';
import { leaveRefusal, type Said } from '../../operation/refused.ts';
import { said } from '../../quota/quota.ts';
import { mirror } from '../../tag/mirror.ts';
import { snapshotOrder } from '../order.ts';
import type { SnapshotRow } from '../row.ts';
import { snapshot } from '../snapshot.ts';
import createSnapshot from './createSnapshot.ts';

/** Has the cloud begin a snapshot, so that it says whether it has room; with that, the account has it. */
export default operation<{ readonly id: string; readonly volume: string; readonly sizeGiB: number }>(
  'snapshot.begin',
  async (op, { id, volume, sizeGiB }) => {
    await op.ensure('begun', {
      do: async (driver, call) => ({
        ...(await driver.snapshots.ensure(id, { volume, sizeGiB }, call)),
        settled: true,
      }),
      undo: (driver, call) => driver.snapshots.absent(id, call),
    });
    await op.finish('taken', async (tx) => {
      // Withdrawn meanwhile: nobody knows of it, so it is taken back.
      const order = await tx.need(snapshotOrder, id);
      await tx.remove(snapshotOrder, order);
      await takeSnapshot(tx, { ...order.wanted, id });
    });
  },
  {
    giveUp: async (tx, { id }, why) => {
      await withdraw(tx, id);
      const full: Said | undefined = why.about === 'volume-quota' ? said('snapshots') : undefined;
      await leaveRefusal(tx, why, full);
    },
  },
);

/** Writes a snapshot down and has it taken. */
export async function takeSnapshot(
  tx: Writing,
  wanted: Parameters<typeof tx.insert<SnapshotRow>>[1],
): Promise<SnapshotRow> {
  const tags = wanted.tags ?? {};
  const row = await tx.insert(snapshot, wanted);
  await tx.start(createSnapshot, row.id, { id: row.id });
  await mirror(tx, snapshot.kind, { ...row, tags: {} }, tags);
  return row;
}

/** Takes an order back, unless the snapshot is there. */
export async function withdraw(tx: Writing, id: string): Promise<boolean> {
  const order = await tx.find(snapshotOrder, id);
  if (order === undefined) return false;
  await tx.remove(snapshotOrder, order);
  await tx.give('snapshots', 1);
  return true;
}
