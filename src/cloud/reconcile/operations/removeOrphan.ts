import type { Seen } from '../../../ports/driver.ts';
import { operation } from '../../operation/operation.ts';
import { type MadeKind, made, withoutRow } from '../orphans.ts';

/** Takes away what a cloud has for nobody. */
export default operation<{ readonly kind: MadeKind; readonly id: string }>(
  'orphan.remove',
  async (op, { kind, id }) => {
    const orphan = await op.read('orphan', async ({ reader, region }) => {
      return (await withoutRow(reader, region, kind, [id])).length > 0;
    });
    if (!orphan) return;
    await op.ensure<Seen>('gone', {
      // A cloud that has such things no more has no such orphan.
      do: async (driver, call) => made[kind].of(driver)?.absent(id, call) ?? { settled: true },
    });
  },
  {
    giveUp: async (tx, { kind, id }, why) => {
      tx.world.log.error({ kind, id, trouble: why.trouble, why: why.message }, 'the cloud keeps an orphan');
    },
  },
);
