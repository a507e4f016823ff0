import type { Writing } from '../../context/writing.ts';
import { operation } from '../../operation/operation.ts';
import type { VolumeRow } from '../row.ts';
import { volume } from '../volume.ts';

/** Takes a volume's blocks away and forgets it. */
export default operation<{ readonly id: string }>(
  'volume.delete',
  async (op, { id }) => {
    await op.ensure('blocks', { do: (driver, call) => driver.volumes.absent(id, call) });
    await op.finish('forget', async (tx) => {
      await forgetVolume(tx, await tx.need(volume, id));
    });
  },
  {
    giveUp: async (tx, { id }, why) => {
      await tx.on(volume, await tx.need(volume, id), 'failed', { note: why.message });
    },
  },
);

/** Removes the row and gives its quota back. Deleted volumes vanish from DescribeVolumes at once, as on AWS. */
export async function forgetVolume(tx: Writing, row: VolumeRow): Promise<void> {
  await tx.remove(volume, row);
  await tx.give('volumes', 1);
  await tx.give('volume-gib', row.sizeGiB);
}
