import type { ForeignVolume } from '../../../ports/foreign.ts';
import type { Writing } from '../../context/writing.ts';
import type { Adopter, Adoption } from '../../foreign/adopter.ts';
import { compared } from '../../foreign/compared.ts';
import { instance } from '../../instance/instance.ts';
import { mergedTags } from '../../tag/mergedTags.ts';
import deleteVolume from '../operations/deleteVolume.ts';
import type { VolumeAttachmentRow, VolumeRow } from '../row.ts';
import { volume } from '../volume.ts';
import { followAttachments, offInstances } from './attachments.ts';

const adopt: Adopter<ForeignVolume> = async (tx, changes, unsettled) => {
  const { there, ended } = await compared<ForeignVolume, VolumeRow>(tx, volume, changes, unsettled);
  for (const [thing, row] of there) {
    if (row !== undefined) await follow(tx, row, thing);
    else if (thing.state !== 'deleting') await add(tx, thing);
  }
  for (const row of ended) await end(tx, row);
};

/** How volumes that others make, change and delete show here. */
export const volumeAdoption: Adoption<ForeignVolume> = { kinds: [volume.kind, instance.kind], adopt };

async function add(tx: Writing, told: ForeignVolume): Promise<void> {
  const { id, sizeGiB, type, encrypted, multiAttach, createdAt, snapshot } = told;
  const attachments = await followAttachments(tx, id, [], told.attachments);
  await tx.give('volumes', -1);
  await tx.give('volume-gib', -sizeGiB);
  await tx.insert(volume, {
    ...{ id, createdAt, sizeGiB, type, encrypted, multiAttach, attachments },
    adopted: true,
    ...(await placeOf(tx, told, attachments)),
    ...stateOf(told, attachments),
    ...mergedTags({ tags: {} }, told),
    ...(snapshot !== undefined && { snapshot }),
  });
}

async function follow(tx: Writing, row: VolumeRow, told: ForeignVolume): Promise<void> {
  if (told.sizeGiB !== row.sizeGiB) await tx.give('volume-gib', row.sizeGiB - told.sizeGiB);
  const attachments = await followAttachments(tx, row.id, row.attachments, told.attachments);
  const place = row.anyZone && attachments.length > 0 ? await placeOf(tx, told, attachments) : {};
  await tx.update<VolumeRow>(volume, row, {
    sizeGiB: told.sizeGiB,
    attachments,
    ...place,
    ...stateOf(told, attachments),
    ...mergedTags(row, told),
  });
}

/** A volume is in use exactly where it is attached to something, whatever the cloud prepares. */
function stateOf(
  { state, fault }: ForeignVolume,
  attachments: readonly VolumeAttachmentRow[],
): Pick<VolumeRow, 'state'> & Partial<VolumeRow> {
  const rests = state === 'available' || state === 'in-use';
  const shown = rests ? (attachments.length > 0 ? 'in-use' : 'available') : state;
  return { state: shown, ...({ note: fault } as Partial<VolumeRow>) };
}

/**
 * The zone of a volume. One that the cloud can use everywhere is shown where its instance is, or else in the first zone,
 * and can be attached in any.
 */
async function placeOf(tx: Writing, { zone }: ForeignVolume, attachments: readonly VolumeAttachmentRow[]) {
  const { zones } = tx.here.facts;
  const host = attachments[0] && (await tx.find(instance, attachments[0].instance));
  const name = zone ?? host?.zone ?? zones[0]?.name ?? '';
  const zoneId = zones.find((each) => each.name === name)?.id ?? name;
  return { zone: name, zoneId, ...(zone === undefined && { anyZone: true }) };
}

/** The cloud has it no more. One that failed to be made here, and never was there, stays until somebody deletes it. */
async function end(tx: Writing, row: VolumeRow): Promise<void> {
  if (row.state === 'error' && !row.adopted) return;
  await offInstances(tx, row);
  await tx.update<VolumeRow>(volume, row, { state: 'deleting', attachments: [] });
  await tx.start(deleteVolume, row.id, { id: row.id });
}
