import type { ForeignOwnSnapshot } from '../../../ports/foreign.ts';
import type { Writing } from '../../context/writing.ts';
import type { Adopter, Adoption } from '../../foreign/adopter.ts';
import { compared } from '../../foreign/compared.ts';
import { mergedTags } from '../../tag/mergedTags.ts';
import { volume } from '../../volume/volume.ts';
import { removeSnapshot } from '../remove.ts';
import type { SnapshotRow } from '../row.ts';
import { snapshot } from '../snapshot.ts';

const adopt: Adopter<ForeignOwnSnapshot> = async (tx, changes, unsettled) => {
  const { there, ended } = await compared<ForeignOwnSnapshot, SnapshotRow>(tx, snapshot, changes, unsettled);
  for (const [thing, row] of there) {
    if (row === undefined) await add(tx, thing);
    else await tx.update<SnapshotRow>(snapshot, row, { ...progressOf(thing, row), ...mergedTags(row, thing) });
  }
  // One that failed to be taken here, and never was there, stays until somebody deletes it.
  for (const row of ended) if (row.state !== 'error' || row.adopted) await removeSnapshot(tx, row);
};

/** How snapshots that others take and delete show here. */
export const snapshotAdoption: Adoption<ForeignOwnSnapshot> = { kinds: [snapshot.kind], adopt };

async function add(tx: Writing, told: ForeignOwnSnapshot): Promise<void> {
  const { id, description, sizeGiB, startedAt } = told;
  const source = await tx.find(volume, told.volume);
  await tx.give('snapshots', -1);
  await tx.insert(snapshot, {
    ...{ id, description, sizeGiB, volume: told.volume },
    createdAt: startedAt,
    adopted: true,
    encrypted: source?.encrypted ?? false,
    permissions: [],
    ...progressOf(told, undefined),
    ...mergedTags({ tags: {} }, told),
  });
}

/** How far it is. The cloud tells no time of completion: it is the beginning's, as for the catalogue's snapshots. */
function progressOf({ state, startedAt }: ForeignOwnSnapshot, row: SnapshotRow | undefined) {
  if (row?.state === state) return { state, progress: row.progress };
  if (state === 'completed') return { state, progress: 100, completedAt: startedAt };
  return { state, progress: row?.progress ?? 0 };
}
