import { type OperationDeclaration, operation } from '../../operation/operation.ts';

export interface Deleting {
  readonly id: string;
  /** Subjects whose operations still use the snapshot: the deletion passes behind each of them first. */
  readonly behind?: readonly string[];
}

/** Takes a snapshot's blocks away. Its row is gone already, so there is nobody to tell but the log. */
const deleteSnapshot: OperationDeclaration<Deleting> = operation<Deleting>(
  'snapshot.delete',
  async (op, { id, behind = [] }) => {
    const [next, ...rest] = behind;
    if (next !== undefined)
      await op.finish('wait', (tx) => tx.start(deleteSnapshot, next, { id, ...(rest.length > 0 && { behind: rest }) }));
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
export default deleteSnapshot;
