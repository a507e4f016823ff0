import type { VolumeSpec } from '../../../ports/driver.ts';
import { operation } from '../../operation/operation.ts';
import type { VolumeRow } from '../row.ts';
import { volume } from '../volume.ts';

/** Makes the blocks of a new volume. */
export default operation<{ readonly id: string }>(
  'volume.provision',
  async (op, { id }) => {
    const spec = await op.read('spec', async (cx) => specOf(await cx.need(volume, id)));
    await op.ensure('blocks', {
      do: (driver, call) => driver.volumes.ensure(id, spec, call),
      undo: (driver, call) => driver.volumes.absent(id, call),
    });
    await op.finish('ready', async (tx) => {
      await tx.on(volume, await tx.need(volume, id), 'ready');
    });
  },
  {
    giveUp: async (tx, { id }, why) => {
      await tx.on(volume, await tx.need(volume, id), 'failed', { note: why.message });
    },
  },
);

/** What the cloud has to make of a volume. */
export const specOf = (row: VolumeRow): VolumeSpec => ({
  zone: row.zone,
  sizeGiB: row.sizeGiB,
  type: row.type,
  encrypted: row.encrypted,
  ...(row.iops === undefined ? {} : { iops: row.iops }),
  ...(row.throughput === undefined ? {} : { throughput: row.throughput }),
  ...(row.snapshot === undefined ? {} : { snapshot: row.snapshot }),
});
