import { operation } from '../../operation/operation.ts';
import { leaveRefusal } from '../../operation/refused.ts';
import { address } from '../address.ts';
import { addressesOf, addressOrder, saidOf } from '../inCloud.ts';

/** Lets the cloud choose a public address, and makes it the account's. */
export default operation<{ readonly id: string }>(
  'address.allocate',
  async (op, { id }) => {
    const { publicIp } = await op.ensure('address', {
      do: (driver, call) => addressesOf(driver).ensure(id, {}, call),
      undo: (driver, call) => addressesOf(driver).absent(id, call),
    });
    await op.finish('allocated', async (tx) => {
      // Withdrawn meanwhile: nobody knows of it, so it is given back.
      const order = await tx.need(addressOrder, id);
      await tx.remove(addressOrder, order);
      const { networkBorderGroup, tags } = order;
      await tx.insert(address, { id, publicIp, domain: 'vpc', networkBorderGroup, tags });
    });
  },
  {
    giveUp: async (tx, { id }, why) => {
      const order = await tx.find(addressOrder, id);
      if (order !== undefined) await tx.remove(addressOrder, order);
      await leaveRefusal(tx, why, saidOf(why, id));
    },
  },
);
