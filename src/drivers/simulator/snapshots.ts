import type { Clock } from '../../ports/clock.ts';
import { type Call, DriverError, type SeenSnapshot, type SnapshotSpec } from '../../ports/driver.ts';
import type { Shelf } from '../../ports/store.ts';
import { createKept, type KeptKind } from './kept.ts';
import type { Delays } from './settings.ts';

/** Pretend snapshots; a large volume takes longer. `hasVolume` tells whether the region has a volume. */
export function createSnapshots(
  shelf: Shelf,
  clock: Clock,
  delays: Delays,
  hasVolume: (id: string, call: Call) => Promise<boolean>,
): KeptKind<SnapshotSpec, SeenSnapshot> {
  return createKept<SnapshotSpec, SeenSnapshot>(shelf, clock, {
    name: 'snapshot',
    async prepare(id, { volume, sizeGiB }, call) {
      if (!(await hasVolume(volume, call))) {
        throw new DriverError('invalid', `the snapshot ${id} cannot be made: there is no volume ${volume}`);
      }
      return delays.snapshot + sizeGiB * delays.snapshotPerGiB;
    },
    deleteMs: delays.snapshotDelete,
    see: ({ since, readyAt }, seen, now) => ({
      ...seen,
      progress: readyAt <= now ? 100 : Math.floor((100 * (now - since)) / (readyAt - since)),
    }),
  });
}
