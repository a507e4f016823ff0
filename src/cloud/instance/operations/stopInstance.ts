import { operation } from '../../operation/operation.ts';
import { takeAutomatic } from '../automatic.ts';
import { instance } from '../instance.ts';
import { stateReasons } from '../reasons.ts';
import { freeVcpus } from '../vcpus.ts';

/** Powers a machine off. Its vCPUs and its automatic public address go with the power; Elastic IP addresses stay. */
export default operation<{ readonly id: string; readonly force: boolean }>(
  'instance.stop',
  async (op, { id, force }) => {
    await op.ensure('power', { do: (driver, call) => driver.compute.power(id, 'off', { force }, call) });
    await op.finish('stopped', async (tx) => {
      const row = await tx.need(instance, id);
      // Termination asked meanwhile goes on from here.
      if (row.state !== 'stopping') return;
      await tx.on(instance, row, 'off', { ...(await takeAutomatic(tx, row)), ...(await freeVcpus(tx, row)) });
    });
  },
  {
    giveUp: async (tx, { id }) => {
      await tx.on(instance, await tx.need(instance, id), 'refused', { stateReason: stateReasons.internal });
    },
  },
);
