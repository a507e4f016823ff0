import type { StorageLeft } from '../../../ports/driver.ts';
import { volumeLimits, volumesGiB } from '../rest/cinder.ts';
import type { Session } from '../rest/session.ts';

/** What Cinder's quotas leave to a project. Those of single volume types are told to nobody. */
export async function storageLeft(session: Session, signal?: AbortSignal): Promise<StorageLeft> {
  const limits = await volumeLimits(session, signal);
  const left = (most: number, used: number): number => (most < 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, most - used));
  const volumeGiB = left(limits.maxTotalVolumeGigabytes, limits.totalGigabytesUsed);
  // No snapshot is larger than the volumes together: where as much is left as is taken, each has room.
  const isTight = volumeGiB < limits.totalGigabytesUsed && limits.totalSnapshotsUsed > 0;
  // Whether snapshots take of it (`no_snapshot_gb_quota`) shows where more is taken than the volumes have.
  const isKnown = isTight && limits.totalGigabytesUsed > (await volumesGiB(session, signal));
  return {
    volumes: left(limits.maxTotalVolumes, limits.totalVolumesUsed),
    volumeGiB,
    snapshots: left(limits.maxTotalSnapshots, limits.totalSnapshotsUsed),
    ...(isKnown && { snapshotGiB: volumeGiB }),
  };
}
