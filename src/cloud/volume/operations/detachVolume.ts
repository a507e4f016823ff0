import { instance } from '../../instance/instance.ts';
import { operation } from '../../operation/operation.ts';
import { endAttachment, moveAttachment } from '../attachments.ts';
import { volume } from '../volume.ts';
import type { Attaching } from './attachVolume.ts';

export interface Detaching extends Attaching {
  readonly force: boolean;
}

/** Takes a disk from a machine. Nothing is to be undone: a disk that cannot be taken stays, and is shown as busy. */
export default operation<Detaching>(
  'volume.detach',
  async (op, { volume: id, instance: machine, device, force }) => {
    await op.ensure('disk', {
      do: (driver, call) => driver.compute.detach(machine, { device, volume: id }, { force }, call),
    });
    await op.finish('detached', async (tx) => {
      const v = await tx.find(volume, id);
      // Gone already, or attached anew after an earlier request to detach it: nothing of this request is left.
      const detaching = v?.attachments.some((a) => a.instance === machine && a.state === 'detaching');
      if (v !== undefined && detaching) await endAttachment(tx, v, await tx.find(instance, machine), machine);
    });
  },
  {
    giveUp: async (tx, { volume: id, instance: machine }) => {
      const v = await tx.need(volume, id);
      if (v.attachments.some((a) => a.instance === machine))
        await moveAttachment(tx, v, await tx.find(instance, machine), machine, 'busy');
    },
  },
);
