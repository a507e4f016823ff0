import type { Clock } from '../../ports/clock.ts';
import { type Call, DriverError, type Seen, type VolumeSpec } from '../../ports/driver.ts';
import type { Shelf } from '../../ports/store.ts';
import { createKept, type KeptKind } from './kept.ts';
import type { Delays } from './settings.ts';

/** Pretend volumes. `hasSnapshot` tells whether the region has a snapshot, of ours or public. */
export function createVolumes(
  shelf: Shelf,
  clock: Clock,
  delays: Delays,
  hasSnapshot: (id: string, call: Call) => Promise<boolean>,
): KeptKind<VolumeSpec, Seen> {
  return createKept<VolumeSpec, Seen>(shelf, clock, {
    name: 'volume',
    async prepare(id, { snapshot }, call) {
      if (snapshot !== undefined && !(await hasSnapshot(snapshot, call))) {
        throw new DriverError('invalid', `the volume ${id} cannot be made: there is no snapshot ${snapshot}`);
      }
      return delays.volume;
    },
    deleteMs: delays.volumeDelete,
    changeMs: delays.volume,
    see: (_, seen) => seen,
  });
}
