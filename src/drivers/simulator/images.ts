import type { Clock } from '../../ports/clock.ts';
import type { Call, Compute, ImageSpec, Seen, SeenSnapshot, SnapshotSpec, VolumeSpec } from '../../ports/driver.ts';
import { DriverError } from '../../ports/driver.ts';
import type { Shelf } from '../../ports/store.ts';
import { createKept, type KeptKind } from './kept.ts';
import type { Delays } from './settings.ts';

/** What images are made of. */
export interface ImageParts {
  readonly compute: Compute;
  readonly volumes: KeptKind<VolumeSpec, Seen>;
  readonly snapshots: KeptKind<SnapshotSpec, SeenSnapshot>;
}

/**
 * Pretend images. An image of an instance takes the snapshots of its volumes that are not there yet, and reboots the
 * instance when asked to; it is ready when its slowest snapshot is.
 */
export function createImages(shelf: Shelf, clock: Clock, delays: Delays, parts: ImageParts): KeptKind<ImageSpec, Seen> {
  return createKept<ImageSpec, Seen>(shelf, clock, {
    name: 'image',
    async prepare(id, { instance, reboot, snapshots }, call) {
      const machine = instance === undefined ? undefined : await parts.compute.look(instance, call);
      if (instance !== undefined && machine === undefined) {
        throw new DriverError('invalid', `the image ${id} cannot be made: there is no machine ${instance}`);
      }
      if (instance !== undefined && reboot && machine?.power === 'on') await parts.compute.reboot(instance, call);
      const taken = [];
      for (const { snapshot, volume } of snapshots) {
        if (volume !== undefined) taken.push(await takeSnapshot(snapshot, volume, parts, call));
      }
      return Math.max(delays.image, ...taken.map(({ lookAgainMs }) => lookAgainMs ?? 0));
    },
    deleteMs: delays.imageDelete,
    see: (_, seen) => seen,
  });
}

async function takeSnapshot(id: string, volume: string, parts: ImageParts, call: Call): Promise<Seen> {
  const there = await parts.snapshots.look(id, call);
  if (there !== undefined) return there;
  const source = await parts.volumes.read(volume, call);
  if (source === undefined) {
    throw new DriverError('invalid', `the snapshot ${id} cannot be made: there is no volume ${volume}`);
  }
  return parts.snapshots.ensure(id, { volume, sizeGiB: source.spec.sizeGiB }, call);
}
