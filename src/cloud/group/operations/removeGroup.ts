import { operation } from '../../operation/operation.ts';
import { leaveRefusal } from '../../operation/refused.ts';
import { group } from '../group.ts';
import { groupsOf, saidOf } from '../inCloud.ts';
import type { GroupRow } from '../row.ts';

/** Takes a security group out of the cloud. One that the cloud does not let go stays. */
export default operation<{ readonly row: GroupRow }>(
  'group.remove',
  async (op, { row }) => {
    await op.ensure('gone', { do: (driver, call) => groupsOf(driver).absent(row.id, call) });
  },
  {
    giveUp: async (tx, { row }, why) => {
      await tx.insert(group, row);
      await leaveRefusal(tx, why, saidOf(why, row.id, false));
    },
  },
);
