import type { ForeignMachine } from '../../../ports/foreign.ts';
import type { Writing } from '../../context/writing.ts';
import type { VolumeAttachmentRow, VolumeRow } from '../../volume/row.ts';
import { volume } from '../../volume/volume.ts';
import type { InstanceBlockDevice, InstanceRow } from '../row.ts';

type Told = ForeignMachine['disks'];

/**
 * Makes the volumes of an instance those of its machine, and the volumes say the same. What changes in the instance's row.
 * A device keeps the name that it was given here, whatever the hypervisor calls it.
 */
export async function showDisks(tx: Writing, row: InstanceRow, told: Told): Promise<Partial<InstanceRow>> {
  const before = new Map(row.blockDevices.map((one) => [one.volume, one]));
  const blockDevices = told.map(({ volume: id, device, deleteOnTermination }): InstanceBlockDevice => {
    const known = before.get(id);
    if (known !== undefined) return row.adopted ? { ...known, deleteOnTermination } : known;
    return { device, volume: id, state: 'attached', attachedAt: tx.now, deleteOnTermination };
  });
  for (const one of blockDevices) await showAttached(tx, one, row.id);
  const now = new Set(told.map((one) => one.volume));
  for (const id of before.keys()) if (!now.has(id)) await showDetached(tx, id, row.id);
  return { blockDevices: inOrder(row.blockDevices, blockDevices) };
}

/** Those that were there before stay where they were. */
function inOrder(before: readonly InstanceBlockDevice[], now: readonly InstanceBlockDevice[]) {
  const places = new Map(before.map((one, at) => [one.volume, at]));
  const placeOf = (one: InstanceBlockDevice): number => places.get(one.volume) ?? before.length;
  return [...now].sort((one, other) => placeOf(one) - placeOf(other) || (one.device < other.device ? -1 : 1));
}

async function showAttached(tx: Writing, one: InstanceBlockDevice, machine: string): Promise<void> {
  const row = await tx.find(volume, one.volume);
  if (row === undefined || row.attachments.some((a) => a.instance === machine)) return;
  const { device, attachedAt, deleteOnTermination } = one;
  const attachment: VolumeAttachmentRow = {
    instance: machine,
    device,
    state: 'attached',
    attachedAt,
    deleteOnTermination,
  };
  await tx.update<VolumeRow>(volume, row, { state: 'in-use', attachments: [...row.attachments, attachment] });
}

async function showDetached(tx: Writing, id: string, machine: string): Promise<void> {
  const row = await tx.find(volume, id);
  if (row === undefined || !row.attachments.some((a) => a.instance === machine)) return;
  const attachments = row.attachments.filter((a) => a.instance !== machine);
  const state = attachments.length === 0 && row.state === 'in-use' ? 'available' : row.state;
  await tx.update<VolumeRow>(volume, row, { state, attachments });
}
