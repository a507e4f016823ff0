import type { ForeignVolume } from '../../../ports/foreign.ts';
import type { Writing } from '../../context/writing.ts';
import { instance } from '../../instance/instance.ts';
import type { InstanceBlockDevice } from '../../instance/row.ts';
import type { VolumeAttachmentRow, VolumeRow } from '../row.ts';

/**
 * The attachments of a volume as the cloud has them; the instances say the same afterwards. What was known of one stays:
 * its device is called as it was asked for here.
 */
export async function followAttachments(
  tx: Writing,
  id: string,
  before: readonly VolumeAttachmentRow[],
  told: ForeignVolume['attachments'],
): Promise<readonly VolumeAttachmentRow[]> {
  const known = new Map(before.map((one) => [one.instance, one]));
  const now: VolumeAttachmentRow[] = [];
  for (const { instance: machine, device, attachedAt } of told) {
    const one = known.get(machine) ?? {
      ...{ instance: machine, device, attachedAt },
      state: 'attached' as const,
      deleteOnTermination: false,
    };
    now.push(await onInstance(tx, id, one));
  }
  const there = new Set(now.map((one) => one.instance));
  for (const { instance: machine } of before) if (!there.has(machine)) await offInstance(tx, id, machine);
  return now;
}

/** Takes a volume that is gone off every instance. */
export async function offInstances(tx: Writing, { id, attachments }: VolumeRow): Promise<void> {
  for (const { instance: machine } of attachments) await offInstance(tx, id, machine);
}

/** The instance shows the volume. Gives the attachment, with what the instance knows of it. */
async function onInstance(tx: Writing, id: string, one: VolumeAttachmentRow): Promise<VolumeAttachmentRow> {
  const { instance: machine, device, attachedAt, deleteOnTermination } = one;
  const row = await tx.find(instance, machine);
  if (row === undefined || row.state === 'terminated') return one;
  const shown = row.blockDevices.find((each) => each.volume === id);
  if (shown !== undefined) return { ...one, device: shown.device, deleteOnTermination: shown.deleteOnTermination };
  const added: InstanceBlockDevice = { device, volume: id, state: 'attached', attachedAt, deleteOnTermination };
  await tx.update(instance, row, { blockDevices: [...row.blockDevices, added] });
  return one;
}

async function offInstance(tx: Writing, id: string, machine: string): Promise<void> {
  const row = await tx.find(instance, machine);
  if (!row?.blockDevices.some((each) => each.volume === id)) return;
  await tx.update(instance, row, { blockDevices: row.blockDevices.filter((each) => each.volume !== id) });
}
