import { operation } from '../../operation/operation.ts';
import { takeAutomatic } from '../automatic.ts';
import { instance } from '../instance.ts';
import { machineOf } from '../machine.ts';
import { reasonOf, serverReason } from '../reasons.ts';
import type { InstanceRow } from '../row.ts';
import { freeVcpus } from '../vcpus.ts';

/** Powers a stopped machine on, with what was changed about it while it was off. */
export default operation<{ readonly id: string }>(
  'instance.start',
  async (op, { id }) => {
    const machine = await op.read('machine', async (cx) => {
      const row = await cx.find(instance, id);
      return row?.state === 'pending' ? machineOf(cx, row) : undefined;
    });
    if (machine === undefined) return;
    await op.ensure('power', {
      do: async (driver, call) => {
        const seen = await driver.compute.ensure(id, machine, call);
        return seen.settled ? driver.compute.power(id, 'on', { force: false }, call) : seen;
      },
      undo: async (driver, call) => {
        const seen = await driver.compute.look(id, call);
        return seen === undefined ? { settled: true } : driver.compute.power(id, 'off', { force: true }, call);
      },
    });
    await op.finish('running', async (tx) => {
      const row = await tx.need(instance, id);
      // Termination asked meanwhile goes on from here.
      if (row.state === 'pending')
        await tx.on(instance, row, 'ready', { stateReason: undefined } as Partial<InstanceRow>);
    });
  },
  {
    giveUp: async (tx, { id }, why) => {
      const row = await tx.need(instance, id);
      const stateReason = reasonOf(why);
      const freed = { ...(await takeAutomatic(tx, row)), ...(await freeVcpus(tx, row)) };
      const changes = { ...freed, stateReason, transitionReason: serverReason(stateReason) };
      await tx.on(instance, row, 'refused', changes);
    },
  },
);
