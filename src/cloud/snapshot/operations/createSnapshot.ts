import type { SeenSnapshot } from '../../../ports/driver.ts';
import { operation } from '../../operation/operation.ts';
import { snapshot } from '../snapshot.ts';

/** How far a slow snapshot must be for its progress to be told, in percent. */
const marks = [25, 50, 75] as const;

/** Takes a snapshot, and tells how far it is on the way. */
export default operation<{ readonly id: string }>(
  'snapshot.create',
  async (op, { id }) => {
    const spec = await op.read('spec', async (cx) => {
      const { volume, sizeGiB } = await cx.need(snapshot, id);
      return { volume, sizeGiB };
    });
    for (const mark of marks) {
      const { progress } = await op.ensure(`blocks-${mark}`, {
        do: async (driver, call) => asFarAs(mark, await driver.snapshots.ensure(id, spec, call)),
        undo: (driver, call) => driver.snapshots.absent(id, call),
      });
      if (progress >= 100) break;
      await op.commit(`progress-${mark}`, async (tx) => {
        await tx.update(snapshot, await tx.need(snapshot, id), { progress });
      });
    }
    await op.ensure('blocks', {
      do: (driver, call) => driver.snapshots.ensure(id, spec, call),
      undo: (driver, call) => driver.snapshots.absent(id, call),
    });
    await op.finish('completed', async (tx) => {
      await tx.on(snapshot, await tx.need(snapshot, id), 'ready', { progress: 100, completedAt: tx.now });
    });
  },
  {
    giveUp: async (tx, { id }, why) => {
      await tx.on(snapshot, await tx.need(snapshot, id), 'failed', { note: why.message });
    },
  },
);

/** What is seen, settled already at `mark` percent; else to be looked at when it should be there, at the present speed. */
function asFarAs(mark: number, seen: SeenSnapshot): SeenSnapshot {
  if (seen.settled) return { ...seen, progress: 100 };
  if (seen.progress >= mark) return { ...seen, settled: true, progress: Math.min(seen.progress, 99) };
  if (seen.lookAgainMs === undefined) return seen;
  return { ...seen, lookAgainMs: Math.ceil((seen.lookAgainMs * (mark - seen.progress)) / (100 - seen.progress)) };
}
