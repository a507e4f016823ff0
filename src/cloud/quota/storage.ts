import { type Call, DriverError, type StorageLeft } from '../../ports/driver.ts';
import type { Reading } from '../context/reading.ts';
import { refuseQuota } from './quota.ts';

/** How long a request waits for what the cloud's quotas leave. */
const patienceMs = 2_000;

/**
 * Asks the cloud what its own quotas leave of volumes and snapshots. Undefined where it has none, or does not say so in
 * time: it still refuses what is beyond them when that is made.
 */
export async function storageLeft(cx: Reading): Promise<StorageLeft | undefined> {
  const { account, region, here, world } = cx;
  const { driver } = here;
  if (driver.storageQuota === undefined) return undefined;
  const cut = new AbortController();
  const call: Call = { account, region, operation: 'probe', signal: cut.signal };
  const answer = driver.storageQuota(call).catch((error: unknown) => {
    if (!(error instanceof DriverError)) throw error;
    world.log.info({ account, region, err: error }, 'the cloud does not say what its quotas leave');
    return undefined;
  });
  const late = new Promise<undefined>((resolve) => cut.signal.addEventListener('abort', () => resolve(undefined)));
  const timer = world.clock.at(world.clock.now() + patienceMs, () => cut.abort());
  try {
    return await Promise.race([answer, late]);
  } finally {
    timer.cancel();
  }
}

/** Refuses volumes that the cloud's quotas have no room for. */
export function refuseVolumesBeyond(left: StorageLeft | undefined, volumes: number, sizeGiB: number): void {
  if (left === undefined) return;
  if (left.volumes < volumes) refuseQuota('volumes');
  if (left.volumeGiB < sizeGiB) refuseQuota('volume-gib');
}

/** Refuses a snapshot that the cloud's quotas have no room for. */
export function refuseSnapshotBeyond(left: StorageLeft | undefined, sizeGiB: number): void {
  if (left === undefined) return;
  if (left.snapshots < 1 || (left.snapshotGiB ?? sizeGiB) < sizeGiB) refuseQuota('snapshots');
}
