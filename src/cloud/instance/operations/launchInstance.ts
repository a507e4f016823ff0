import type { Call, Driver, MachineSpec, Seen, VolumeSpec } from '../../../ports/driver.ts';
import type { Writing } from '../../context/writing.ts';
import { operation } from '../../operation/operation.ts';
import type { VolumeRow } from '../../volume/row.ts';
import { volume } from '../../volume/volume.ts';
import { instance } from '../instance.ts';
import { reasonOf, serverReason } from '../reasons.ts';
import { releaseEverything, terminatedShape } from '../release.ts';
import type { InstanceRow } from '../row.ts';

/** The whole order is in the input, so that a launch reads nothing before its machine runs. */
interface Launch {
  readonly id: string;
  readonly machine: MachineSpec;
  readonly volumes: readonly { readonly id: string; readonly spec: VolumeSpec }[];
}

/** Makes the volumes and the machine of a new instance: one step, because both are safe to repeat and undone together. */
export default operation<Launch>(
  'instance.launch',
  async (op, { id, machine, volumes }) => {
    await op.ensure<Seen>('machine', {
      do: async (driver, call) => {
        const made = await Promise.all(volumes.map((v) => driver.volumes.ensure(v.id, v.spec, call)));
        return unsettled(made) ?? driver.compute.ensure(id, machine, call);
      },
      undo: (driver, call) =>
        takeAway(
          driver,
          call,
          id,
          volumes.map((v) => v.id),
        ),
    });
    await op.finish('running', (tx) => showRunning(tx, id));
  },
  {
    giveUp: async (tx, { id }, why) => {
      const row = await tx.need(instance, id);
      const reason = reasonOf(why);
      await releaseEverything(tx, row, () => 'forget');
      const changes = { ...terminatedShape(tx.now), stateReason: reason, transitionReason: serverReason(reason) };
      if (row.state === 'pending') await tx.on(instance, row, 'failed', changes);
      else await tx.on(instance, await tx.on(instance, row, 'terminate'), 'gone', changes);
    },
  },
);

/** Makes a machine gone, and then volumes: a volume goes only after the machine that uses it. */
export async function takeAway(
  driver: Driver,
  call: Call,
  id: string,
  volumes: readonly string[],
  how?: { readonly force: boolean },
): Promise<Seen> {
  const machine = await driver.compute.absent(id, call, how);
  if (!machine.settled) return machine;
  const gone = await Promise.all(volumes.map((v) => driver.volumes.absent(v, call)));
  return unsettled(gone) ?? { settled: true };
}

/** The longest wait of things that are on their way; undefined when all are there. */
function unsettled(seen: readonly Seen[]): Seen | undefined {
  const waiting = seen.filter((s) => !s.settled);
  if (waiting.length === 0) return undefined;
  const hints = waiting.flatMap((s) => s.lookAgainMs ?? []);
  return { settled: false, ...(hints.length > 0 && { lookAgainMs: Math.max(...hints) }) };
}

/** The machine runs, with all that it was launched with. */
export async function showRunning(tx: Writing, id: string): Promise<void> {
  const row = await tx.need(instance, id);
  const attached: Partial<InstanceRow> = {
    interfaces: row.interfaces.map((n) => (n.state === 'attaching' ? { ...n, state: 'attached' } : n)),
    blockDevices: row.blockDevices.map((d) => (d.state === 'attaching' ? { ...d, state: 'attached' } : d)),
  };
  // It was shown already, and may have been asked to end or to stop meanwhile: that goes on from a complete instance.
  if (row.state !== 'pending') await tx.update(instance, row, attached);
  else await tx.on(instance, row, 'ready', { ...attached, stateReason: undefined } as Partial<InstanceRow>);
  if (row.blockDevices.length === 0) return;
  for (const v of await tx.needAll(
    volume,
    row.blockDevices.map((d) => d.volume),
  )) {
    // Volumes of a launch go from creating to in-use at once: nobody else can have them in between.
    const attachments = v.attachments.map((a) =>
      a.instance === id && a.state === 'attaching' ? { ...a, state: 'attached' as const } : a,
    );
    await tx.update<VolumeRow>(volume, v, { state: 'in-use', attachments });
  }
}
