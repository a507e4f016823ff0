import { operation } from '../../operation/operation.ts';
import { leaveRefusal } from '../../operation/refused.ts';
import { address } from '../address.ts';
import { addressesOf, saidOf } from '../inCloud.ts';
import type { AddressRow } from '../row.ts';

/** Gives an Elastic IP back to the cloud. One that the cloud does not take back stays the account's. */
export default operation<{ readonly row: AddressRow }>(
  'address.release',
  async (op, { row }) => {
    await op.ensure('gone', { do: (driver, call) => addressesOf(driver).absent(row.id, call) });
  },
  {
    giveUp: async (tx, { row }, why) => {
      await tx.insert(address, row);
      await leaveRefusal(tx, why, saidOf(why, row.id));
    },
  },
);
