import { operation } from '../../operation/operation.ts';

/** Takes a snapshot's blocks away. Its row is gone already, so there is nobody to tell but the log. */
export default operation<{ readonly id: string }>(
  'snapshot.delete',
  async (op, { id }) => {
    await op.ensure('blocks', { do: (driver, call) => driver.snapshots.absent(id, call) });
  },
  {
    giveUp: async (tx, { id }, why) => {
      tx.world.log.error(
        { snapshot: id, trouble: why.trouble, why: why.message },
        'the cloud keeps a snapshot that was deleted',
      );
    },
  },
);
