import { operation } from '../../operation/operation.ts';
import type { VolumeModificationRow, VolumeRow } from '../row.ts';
import { volume } from '../volume.ts';
import { specOf } from './provisionVolume.ts';

/** Makes of a volume what it is to become. Nothing is undone: what has grown cannot shrink. */
export default operation<{ readonly id: string }>(
  'volume.modify',
  async (op, { id }) => {
    const spec = await op.read('spec', async (cx) => {
      const v = await cx.need(volume, id);
      return specOf({ ...v, ...changed(v) });
    });
    await op.ensure('blocks', { do: (driver, call) => driver.volumes.ensure(id, spec, call) });
    await op.finish('modified', async (tx) => {
      const v = await tx.need(volume, id);
      const modification: VolumeModificationRow = { ...v.modification!, state: 'completed', endedAt: tx.now };
      await tx.update<VolumeRow>(volume, v, { ...changed(v), modification });
    });
  },
  {
    giveUp: async (tx, { id }, { message }) => {
      const v = await tx.need(volume, id);
      const { original, target } = v.modification!;
      await tx.give('volume-gib', target.sizeGiB - original.sizeGiB);
      const ended = { state: 'failed', endedAt: tx.now, note: message } as const;
      await tx.update<VolumeRow>(volume, v, { modification: { ...v.modification!, ...ended } });
    },
  },
);

/** The members that the modification changes; those that the target does not have are taken away. */
const changed = ({ modification }: VolumeRow): Partial<VolumeRow> => ({
  ...({ iops: undefined, throughput: undefined } as Partial<VolumeRow>),
  ...modification!.target,
});
