import { operation } from '../../operation/operation.ts';

/** Takes away what the cloud keeps of an image. Its row is gone already, so there is nobody to tell but the log. */
export default operation<{ readonly id: string }>(
  'image.remove',
  async (op, { id }) => {
    await op.ensure('image', { do: (driver, call) => driver.images.absent(id, call) });
  },
  {
    giveUp: async (tx, { id }, why) => {
      tx.world.log.error(
        { image: id, trouble: why.trouble, why: why.message },
        'the cloud keeps an image that was deregistered',
      );
    },
  },
);
