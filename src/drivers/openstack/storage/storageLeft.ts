import { DriverError, type StorageAsked, type StorageLeft, type StorageRoom } from '../../../ports/driver.ts';
import type { Place } from '../places.ts';
import { type QuotaUse, storageQuotas, volumeLimits, volumesGiB } from '../rest/cinder.ts';
import type { Session } from '../rest/session.ts';

type Quotas = Readonly<Record<string, QuotaUse>>;

/**
 * What Cinder's quotas leave to a project.
 * @param typeOf the name of Cinder's volume type that what is asked about has, or will have; undefined: nobody knows
 */
export async function storageLeft(
  { project, session }: Place,
  asked: readonly StorageAsked[],
  typeOf: (asked: StorageAsked) => Promise<string | undefined>,
  signal?: AbortSignal,
): Promise<StorageLeft> {
  const quotas = await quotasOf(session, project, signal);
  const types = hasTypeQuotas(quotas) ? await Promise.all(asked.map(typeOf)) : [];
  const limited = [...new Set(types.flatMap((type) => type ?? []))].filter((type) => hasTypeQuotas(quotas, type));
  const takes = await snapshotsTake(session, quotas, ['', ...limited.map((type) => `_${type}`)], signal);
  const largest = quotas.per_volume_gigabytes?.limit ?? -1;
  return {
    ...roomIn(quotas, '', takes),
    ...(largest >= 0 && { largestGiB: largest }),
    ...(limited.length > 0 && {
      ofTypes: limited.map((type) => ({
        ...roomIn(quotas, `_${type}`, takes),
        asked: asked.filter((_, at) => types[at] === type),
      })),
    }),
  };
}

/** Where a policy lets nobody see the quotas, the limits tell of those that are not of single types. */
async function quotasOf(session: Session, project: string, signal: AbortSignal | undefined): Promise<Quotas> {
  try {
    return await storageQuotas(session, project, signal);
  } catch (error) {
    if (!(error instanceof DriverError) || error.trouble !== 'denied') throw error;
    const limits = await volumeLimits(session, signal);
    const use = (limit: number, in_use: number): QuotaUse => ({ limit, in_use, reserved: 0 });
    return {
      volumes: use(limits.maxTotalVolumes, limits.totalVolumesUsed),
      gigabytes: use(limits.maxTotalVolumeGigabytes, limits.totalGigabytesUsed),
      snapshots: use(limits.maxTotalSnapshots, limits.totalSnapshotsUsed),
    };
  }
}

/** Whether any volume type, or the one, has a quota of its own. */
const hasTypeQuotas = (quotas: Quotas, type?: string): boolean =>
  Object.entries(quotas).some(([name, { limit }]) => {
    const [, of] = /^(?:volumes|gigabytes|snapshots)_(.+)$/.exec(name) ?? [];
    return limit >= 0 && of !== undefined && (type ?? of) === of;
  });

/**
 * Whether snapshots take of the sizes (Cinder's `no_snapshot_gb_quota`): it shows where more is taken than the volumes have.
 * Undefined where that matters to nobody (no snapshot is larger than the volumes together: where as much is left as is
 * taken, each has room), and where there are no snapshots that it could show of.
 */
async function snapshotsTake(
  session: Session,
  quotas: Quotas,
  pools: readonly string[],
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> {
  const isTight = pools.some((pool) => left(quotas[`gigabytes${pool}`]) < used(quotas[`gigabytes${pool}`]));
  if (!isTight || used(quotas.snapshots) === 0) return undefined;
  return used(quotas.gigabytes) > (await volumesGiB(session, signal));
}

/** Of all types (`''`), or of one (`_name`). */
function roomIn(quotas: Quotas, pool: string, snapshotsTakeSizes: boolean | undefined): StorageRoom {
  const volumeGiB = left(quotas[`gigabytes${pool}`]);
  return {
    volumes: left(quotas[`volumes${pool}`]),
    volumeGiB,
    snapshots: left(quotas[`snapshots${pool}`]),
    ...(snapshotsTakeSizes !== undefined && { snapshotGiB: snapshotsTakeSizes ? volumeGiB : Number.MAX_SAFE_INTEGER }),
  };
}

const used = (use: QuotaUse | undefined): number => (use === undefined ? 0 : use.in_use + use.reserved);

const left = (use: QuotaUse | undefined): number =>
  use === undefined || use.limit < 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, use.limit - used(use));
