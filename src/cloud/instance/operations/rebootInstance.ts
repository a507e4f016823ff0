import { operation } from '../../operation/operation.ts';
import { instance } from '../instance.ts';
import { stateReasons } from '../reasons.ts';

/** Reboots a machine. The instance runs all the while, as EC2 counts it. */
export default operation<{ readonly id: string }>(
  'instance.reboot',
  async (op, { id }) => {
    const running = await op.read('state', async (cx) => (await cx.find(instance, id))?.state === 'running');
    if (!running) return;
    await op.ensure('reboot', { do: (driver, call) => driver.compute.reboot(id, call) });
  },
  {
    giveUp: async (tx, { id }) => {
      await tx.update(instance, await tx.need(instance, id), { stateReason: stateReasons.internal });
    },
  },
);
