import { operation } from '../../operation/operation.ts';
import { volume } from '../../volume/volume.ts';
import { instance } from '../instance.ts';
import { stateReasons } from '../reasons.ts';
import { releaseEverything, terminatedShape } from '../release.ts';
import { takeAway } from './launchInstance.ts';

/** Makes the machine gone, then the volumes that go with it, and gives back what the instance held. */
export default operation<{ readonly id: string; readonly force?: boolean }>(
  'instance.terminate',
  async (op, { id, force = false }) => {
    const doomed = await op.read('volumes', async (cx) => {
      const row = await cx.find(instance, id);
      // Nothing is left to do where an earlier termination came to its end.
      if (row?.state !== 'shutting-down') return undefined;
      const ids = row.blockDevices.filter((d) => d.deleteOnTermination).map((d) => d.volume);
      // One that others made may not be known here: then it is theirs to delete.
      const known = (await Promise.all(ids.map((each) => cx.find(volume, each)))).filter((v) => v !== undefined);
      // A volume of several instances goes with the last of them.
      return known.filter((v) => v.attachments.length < 2).map((v) => v.id);
    });
    if (doomed === undefined) return;
    await op.ensure('machine', { do: (driver, call) => takeAway(driver, call, id, doomed, { force }) });
    await op.finish('terminated', async (tx) => {
      const row = await tx.need(instance, id);
      await releaseEverything(tx, row, (device) => (doomed.includes(device.volume) ? 'forget' : 'keep'));
      await tx.on(instance, row, 'gone', terminatedShape(tx.now));
    });
  },
  {
    // The instance goes on shutting down; TerminateInstances tries again.
    giveUp: async (tx, { id }) => {
      await tx.update(instance, await tx.need(instance, id), { stateReason: stateReasons.internal });
    },
  },
);
