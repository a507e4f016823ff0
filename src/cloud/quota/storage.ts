import { fail } from '../../kernel/errors.ts';
import { type Call, DriverError, type StorageAsked, type StorageLeft, type VolumeAsked } from '../../ports/driver.ts';
import type { Reading } from '../context/reading.ts';
import { refuseQuota } from './quota.ts';

/** How long a request waits for what the cloud's quotas leave. */
const patienceMs = 2_000;

/**
 * Asks the cloud what its own quotas leave of volumes and snapshots, those in particular. Undefined where it has none, or
 * does not say so in time: it still refuses what is beyond them when that is made.
 */
export async function storageLeft(cx: Reading, asked: readonly StorageAsked[]): Promise<StorageLeft | undefined> {
  const { account, region, here, world } = cx;
  const { driver } = here;
  if (driver.storageQuota === undefined) return undefined;
  const cut = new AbortController();
  const call: Call = { account, region, operation: 'probe', signal: cut.signal };
  const answer = driver.storageQuota(asked, call).catch((error: unknown) => {
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

/** A volume that is to be made, or a snapshot of one that is to be taken. */
type Wanted<A extends StorageAsked> = A & { readonly sizeGiB: number };

/** What is wanted, by the quotas that it takes of: all of it of the first. */
const byQuota = <A extends StorageAsked>(left: StorageLeft, wanted: readonly Wanted<A>[]) => [
  { room: left, of: wanted },
  ...(left.ofTypes ?? []).map((room) => ({
    room,
    of: wanted.filter((one) => room.asked.some((asked) => isSame(asked, one))),
  })),
];

function isSame(asked: StorageAsked, wanted: StorageAsked): boolean {
  if ('volume' in asked || 'volume' in wanted)
    return 'volume' in asked && 'volume' in wanted && asked.volume === wanted.volume;
  return asked.type === wanted.type && asked.snapshot === wanted.snapshot;
}

const sizeOf = (wanted: readonly { readonly sizeGiB: number }[]): number =>
  wanted.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0);

/** Refuses volumes that the cloud's quotas have no room for, so many times. */
export function refuseVolumesBeyond(
  left: StorageLeft | undefined,
  wanted: readonly Wanted<VolumeAsked>[],
  times = 1,
): void {
  if (left === undefined) return;
  refuseLargerThan(left, Math.max(0, ...wanted.map(({ sizeGiB }) => sizeGiB)));
  for (const { room, of } of byQuota(left, wanted)) {
    if (room.volumes < times * of.length) refuseQuota('volumes');
    if (room.volumeGiB < times * sizeOf(of)) refuseQuota('volume-gib');
  }
}

/** Refuses that a volume grows to a size, where the cloud's quotas have no room for what it grows by. */
export function refuseGrowthBeyond(
  left: StorageLeft | undefined,
  toGiB: number,
  growth: Wanted<{ readonly type: string }>,
): void {
  if (left === undefined || growth.sizeGiB === 0) return;
  refuseLargerThan(left, toGiB);
  for (const { room, of } of byQuota(left, [growth])) if (room.volumeGiB < sizeOf(of)) refuseQuota('volume-gib');
}

function refuseLargerThan({ largestGiB }: StorageLeft, sizeGiB: number): void {
  if (largestGiB !== undefined && sizeGiB > largestGiB)
    fail('VolumeLimitExceeded', `Maximum size of a single volume exceeded: it is ${largestGiB} GiB.`);
}

/** How many times the volumes have room within the cloud's quotas. */
export function timesVolumesFit(left: StorageLeft | undefined, wanted: readonly Wanted<VolumeAsked>[]): number {
  if (left === undefined) return Number.MAX_SAFE_INTEGER;
  const times = byQuota(left, wanted).flatMap(({ room, of }) =>
    of.length === 0 ? [] : [room.volumes / of.length, room.volumeGiB / sizeOf(of)],
  );
  return Math.floor(Math.min(Number.MAX_SAFE_INTEGER, ...times));
}

/** A volume that a snapshot is to be taken of. */
export type SnapshotWanted = Wanted<{ readonly volume: string }>;

/** Refuses snapshots that the cloud's quotas have no room for. */
export function refuseSnapshotsBeyond(left: StorageLeft | undefined, wanted: readonly SnapshotWanted[]): void {
  if (left === undefined) return;
  for (const { room, of } of byQuota(left, wanted)) {
    if (room.snapshots < of.length || (room.snapshotGiB ?? Number.MAX_SAFE_INTEGER) < sizeOf(of))
      refuseQuota('snapshots');
  }
}

/** Whether only the cloud can say if it has room for these snapshots: they take of its quotas of sizes, or they do not. */
export const isRoomUnknown = (left: StorageLeft | undefined, wanted: readonly SnapshotWanted[]): boolean =>
  left !== undefined &&
  byQuota(left, wanted).some(({ room, of }) => room.snapshotGiB === undefined && room.volumeGiB < sizeOf(of));
