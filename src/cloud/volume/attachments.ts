import type { Writing } from '../context/writing.ts';
import { instance } from '../instance/instance.ts';
import type { InstanceRow } from '../instance/row.ts';
import type { VolumeAttachmentRow, VolumeRow } from './row.ts';
import { volume } from './volume.ts';

/**
 * An attachment is shown by the volume and by the instance, so it stands in both rows; the functions here change both
 * in one transaction. The rows must have been read in it.
 */

/** Begins an attachment: the volume is in use from now on. */
export async function beginAttachment(
  tx: Writing,
  v: VolumeRow,
  i: InstanceRow,
  device: string,
): Promise<VolumeAttachmentRow> {
  const common = { device, state: 'attaching', attachedAt: tx.now, deleteOnTermination: false } as const;
  const attachment: VolumeAttachmentRow = { instance: i.id, ...common };
  const place = v.anyZone && { zone: i.zone, ...(i.zoneId !== undefined && { zoneId: i.zoneId }) };
  await tx.on(volume, v, 'attach', { attachments: [...v.attachments, attachment], ...place });
  await tx.update(instance, i, { blockDevices: [...i.blockDevices, { volume: v.id, ...common }] });
  return attachment;
}

/** Moves an attachment to another state. A device that is `busy` still counts as attached for the instance. */
export async function moveAttachment(
  tx: Writing,
  v: VolumeRow,
  i: InstanceRow | undefined,
  machine: string,
  state: VolumeAttachmentRow['state'],
): Promise<VolumeRow> {
  const shown = state === 'busy' ? 'attached' : state;
  if (i !== undefined) {
    await tx.update(instance, i, {
      blockDevices: i.blockDevices.map((b) => (b.volume === v.id ? { ...b, state: shown } : b)),
    });
  }
  return tx.update(volume, v, {
    attachments: v.attachments.map((a) => (a.instance === machine ? { ...a, state } : a)),
  });
}

/** Ends an attachment: the volume is available again once nothing else is attached to it. */
export async function endAttachment(
  tx: Writing,
  v: VolumeRow,
  i: InstanceRow | undefined,
  machine: string,
): Promise<void> {
  if (i !== undefined) {
    await tx.update(instance, i, { blockDevices: i.blockDevices.filter((b) => b.volume !== v.id) });
  }
  const attachments = v.attachments.filter((a) => a.instance !== machine);
  if (attachments.length > 0) await tx.update(volume, v, { attachments });
  else await tx.on(volume, v, 'detach', { attachments });
}
