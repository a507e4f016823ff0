import { instance } from '../../instance/instance.ts';
import { operation } from '../../operation/operation.ts';
import { endAttachment, moveAttachment } from '../attachments.ts';
import { volume } from '../volume.ts';

/** An attachment in the making. The operation's subject is the instance, whose own operations wait for it. */
export interface Attaching {
  readonly volume: string;
  readonly instance: string;
  readonly device: string;
}

/** Gives a machine a disk. Also a stopped machine: the cloud keeps its disks with it. */
export default operation<Attaching>(
  'volume.attach',
  async (op, { volume: id, instance: machine, device }) => {
    const disk = { device, volume: id };
    await op.ensure('disk', {
      do: (driver, call) => driver.compute.attach(machine, disk, call),
      undo: (driver, call) => driver.compute.detach(machine, disk, { force: true }, call),
    });
    await op.finish('attached', async (tx) => {
      const v = await tx.find(volume, id);
      const attaching = v?.attachments.some((a) => a.instance === machine && a.state === 'attaching');
      // A request to detach may have come meanwhile: its operation waits behind this one.
      if (v !== undefined && attaching)
        await moveAttachment(tx, v, await tx.find(instance, machine), machine, 'attached');
    });
  },
  {
    giveUp: async (tx, { volume: id, instance: machine }) => {
      await endAttachment(tx, await tx.need(volume, id), await tx.find(instance, machine), machine);
    },
  },
);
