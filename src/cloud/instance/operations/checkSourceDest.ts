import { type Call, type Driver, DriverError, type Seen } from '../../../ports/driver.ts';
import type { Writing } from '../../context/writing.ts';
import { networkInterface } from '../../interface/interface.ts';
import { operation } from '../../operation/operation.ts';
import { leaveRefusal } from '../../operation/refused.ts';
import { instance } from '../instance.ts';

interface Check {
  readonly id: string;
  readonly interface: string;
  /** What was asked for; before, it was the other. */
  readonly check: boolean;
}

/** Has source and destination of an interface's traffic checked in the cloud, or not, as its row says. */
export default operation<Check>(
  'instance.check-source-dest',
  async (op, { id, interface: on, check: asked }) => {
    const check = await op.read('check', async (cx) => {
      const row = await cx.find(instance, id);
      const shown = row?.state === 'shutting-down' ? undefined : row?.interfaces.find((n) => n.id === on);
      return shown?.sourceDestCheck;
    });
    // Its end came first.
    if (check === undefined) return;
    await op.ensure<Seen>('check set', {
      do: (driver, call) => set(driver, call, id, on, check),
      undo: async (driver, call) => {
        const there = await driver.compute.look(id, call);
        return there === undefined ? { settled: true } : set(driver, call, id, on, !asked);
      },
    });
  },
  {
    giveUp: async (tx, check, why) => {
      await restore(tx, check);
      await leaveRefusal(tx, why, undefined);
    },
  },
);

async function set({ networks }: Driver, call: Call, id: string, on: string, check: boolean): Promise<Seen> {
  if (networks?.setSourceDestCheck === undefined)
    throw new DriverError('unsupported', 'the cloud always checks source and destination');
  return networks.setSourceDestCheck(id, on, check, call);
}

/** Shows what was before, unless a later change has come. */
async function restore(tx: Writing, { id, interface: on, check }: Check): Promise<void> {
  const row = await tx.find(instance, id);
  const shown = row?.interfaces.find((n) => n.id === on);
  if (row === undefined || shown === undefined || shown.sourceDestCheck !== check) return;
  const sourceDestCheck = !check;
  const eni = await tx.find(networkInterface, on);
  if (eni !== undefined) await tx.update(networkInterface, eni, { sourceDestCheck });
  await tx.update(instance, row, {
    ...(shown.deviceIndex === 0 && { sourceDestCheck }),
    interfaces: row.interfaces.map((n) => (n.id === on ? { ...n, sourceDestCheck } : n)),
  });
}
