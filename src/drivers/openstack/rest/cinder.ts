import { lookUp, member, pages, remove } from './reading.ts';
import { type Query, type Session, segment } from './session.ts';

/** A volume. Sizes in GiB. */
export interface Volume {
  readonly id: string;
  /** creating, available, reserved, attaching, in-use, detaching, deleting, error, error_deleting, error_extending, extending, … */
  readonly status: string;
  readonly size: number;
  readonly name: string | null;
  readonly description: string | null;
  readonly availability_zone: string;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly volume_type: string | null;
  readonly snapshot_id: string | null;
  readonly source_volid: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** A text, `true` or `false`. */
  readonly bootable: string;
  readonly encrypted: boolean;
  readonly multiattach: boolean;
  readonly user_id: string;
  readonly attachments: readonly {
    readonly server_id: string;
    readonly attachment_id: string;
    readonly volume_id: string;
    readonly device: string;
    readonly attached_at: string;
  }[];
  readonly volume_image_metadata?: Readonly<Record<string, string>>;
  readonly 'os-vol-tenant-attr:tenant_id'?: string;
}

export interface NewVolume {
  readonly size: number;
  readonly name?: string;
  readonly description?: string;
  readonly availability_zone?: string;
  readonly volume_type?: string;
  readonly snapshot_id?: string;
  readonly source_volid?: string;
  readonly imageRef?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface VolumeFilters {
  readonly name?: string;
  readonly status?: string;
  /** `gte:2026-01-01T00:00:00`; asks for 3.60. */
  readonly updated_at?: string;
  readonly created_at?: string;
  /** Volumes that have all these members in their metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** For administrators. */
  readonly all_tenants?: boolean;
  readonly limit?: number;
  readonly sort?: string;
}

/**
 * 3.0 is enough, but for comparing times, which is 3.60 (Ussuri), and for snapshots by metadata, which is 3.22:
 * below it that filter is ignored, not refused.
 * Cinder wants a filter by metadata as a mapping in Python's words, `{'key': 'value'}`.
 */
function listing({ metadata, ...rest }: VolumeFilters): { readonly query: Query; readonly microversion?: string } {
  const query = { ...rest, ...(metadata !== undefined && { metadata: pythonMapping(metadata) }) };
  if ((rest.updated_at ?? rest.created_at) !== undefined) return { query, microversion: '3.60' };
  return metadata === undefined ? { query } : { query, microversion: '3.22' };
}

function pythonMapping(members: Readonly<Record<string, string>>): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  return `{${Object.entries(members)
    .map(([name, value]) => `${quoted(name)}: ${quoted(value)}`)
    .join(', ')}}`;
}

/** Accepted, in status creating. A repeat makes a second volume. */
export async function createVolume(session: Session, volume: NewVolume, signal?: AbortSignal): Promise<Volume> {
  const reply = await session.ask({
    service: 'block-storage',
    method: 'POST',
    path: '/volumes',
    body: { volume },
    signal,
  });
  return member(reply, 'block-storage', 'volume');
}

export const volume = (session: Session, id: string, signal?: AbortSignal): Promise<Volume | undefined> =>
  lookUp(session, { service: 'block-storage', path: `/volumes/${segment(id)}`, signal }, 'volume');

export const volumes = (session: Session, filters: VolumeFilters = {}, signal?: AbortSignal): AsyncIterable<Volume> =>
  pages(session, { service: 'block-storage', path: '/volumes/detail', ...listing(filters), signal }, 'volumes');

/** True: going. False: there was none. In use, or with snapshots: trouble `invalid` (Cinder says 400). */
export const deleteVolume = (session: Session, id: string, signal?: AbortSignal): Promise<boolean> =>
  remove(session, { service: 'block-storage', path: `/volumes/${segment(id)}`, signal });

/** Makes an available volume larger; one in use needs 3.42, which is asked for always (an available one may use it too). */
export async function extendVolume(session: Session, id: string, sizeGiB: number, signal?: AbortSignal): Promise<void> {
  const path = `/volumes/${segment(id)}/action`;
  const body = { 'os-extend': { new_size: sizeGiB } };
  await session.ask({ service: 'block-storage', method: 'POST', path, body, microversion: '3.42', signal });
}

type Metadata = Readonly<Record<string, string>>;

/** How the metadata of volumes, and that of snapshots, is changed. */
const metadataAt = (things: 'volumes' | 'snapshots') => ({
  /** Adds to or replaces members; others stay. Answers all of it. */
  update: async (session: Session, id: string, metadata: Metadata, signal?: AbortSignal): Promise<Metadata> => {
    const path = `/${things}/${segment(id)}/metadata`;
    const ask = { service: 'block-storage', method: 'POST', path, body: { metadata }, safe: true, signal } as const;
    return member(await session.ask(ask), 'block-storage', 'metadata');
  },
  /** False: there was no such member, or no such thing. */
  delete: (session: Session, id: string, key: string, signal?: AbortSignal): Promise<boolean> =>
    remove(session, { service: 'block-storage', path: `/${things}/${segment(id)}/metadata/${segment(key)}`, signal }),
});

export const { update: updateVolumeMetadata, delete: deleteVolumeMetadata } = metadataAt('volumes');
export const { update: updateSnapshotMetadata, delete: deleteSnapshotMetadata } = metadataAt('snapshots');

/** New name or description. */
export async function updateVolume(
  session: Session,
  id: string,
  change: { readonly name?: string; readonly description?: string },
  signal?: AbortSignal,
): Promise<void> {
  const path = `/volumes/${segment(id)}`;
  await session.ask({ service: 'block-storage', method: 'PUT', path, body: { volume: change }, signal });
}

/** A snapshot of a volume. Size in GiB. */
export interface Snapshot {
  readonly id: string;
  /** creating, available, backing-up, deleting, error, error_deleting, deleted. */
  readonly status: string;
  readonly size: number;
  readonly volume_id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** `42%`. */
  readonly 'os-extended-snapshot-attributes:progress'?: string;
  readonly 'os-extended-snapshot-attributes:project_id'?: string;
}

export interface NewSnapshot {
  readonly volume_id: string;
  readonly name?: string;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export type SnapshotFilters = Omit<VolumeFilters, 'updated_at' | 'created_at'> & { readonly volume_id?: string };

/** Begins a snapshot; `force` is needed for a volume in use below 3.66 and does no harm there. */
export async function createSnapshot(session: Session, snapshot: NewSnapshot, signal?: AbortSignal): Promise<Snapshot> {
  const body = { snapshot: { ...snapshot, force: true } };
  const reply = await session.ask({ service: 'block-storage', method: 'POST', path: '/snapshots', body, signal });
  return member(reply, 'block-storage', 'snapshot');
}

export const snapshot = (session: Session, id: string, signal?: AbortSignal): Promise<Snapshot | undefined> =>
  lookUp(session, { service: 'block-storage', path: `/snapshots/${segment(id)}`, signal }, 'snapshot');

export const snapshots = (
  session: Session,
  filters: SnapshotFilters = {},
  signal?: AbortSignal,
): AsyncIterable<Snapshot> =>
  pages(session, { service: 'block-storage', path: '/snapshots/detail', ...listing(filters), signal }, 'snapshots');

/** True: going. False: there was none. */
export const deleteSnapshot = (session: Session, id: string, signal?: AbortSignal): Promise<boolean> =>
  remove(session, { service: 'block-storage', path: `/snapshots/${segment(id)}`, signal });

export interface VolumeType {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly is_public: boolean;
  readonly extra_specs?: Readonly<Record<string, string>>;
}

export const volumeTypes = (session: Session, signal?: AbortSignal): AsyncIterable<VolumeType> =>
  pages(session, { service: 'block-storage', path: '/types', signal }, 'volume_types');

/** The type of volumes that name none. */
export const defaultVolumeType = (session: Session, signal?: AbortSignal): Promise<VolumeType | undefined> =>
  lookUp(session, { service: 'block-storage', path: '/types/default', signal }, 'volume_type');

export interface VolumeZone {
  readonly zoneName: string;
  readonly zoneState: { readonly available: boolean };
}

export const volumeZones = (session: Session, signal?: AbortSignal): AsyncIterable<VolumeZone> =>
  pages(session, { service: 'block-storage', path: '/os-availability-zone', signal }, 'availabilityZoneInfo');

/** What the project may have and has; -1: no limit. */
export interface VolumeLimits {
  readonly maxTotalVolumes: number;
  readonly maxTotalSnapshots: number;
  readonly maxTotalVolumeGigabytes: number;
  readonly totalVolumesUsed: number;
  readonly totalSnapshotsUsed: number;
  readonly totalGigabytesUsed: number;
}

/** The size of all volumes of the project together, in GiB; without snapshots. Asks for 3.12 (Newton). */
export async function volumesGiB(session: Session, signal?: AbortSignal): Promise<number> {
  const path = '/volumes/summary';
  const reply = await session.ask({ service: 'block-storage', method: 'GET', path, microversion: '3.12', signal });
  return member<{ readonly total_size: number }>(reply, 'block-storage', 'volume-summary').total_size;
}

/** One quota of a project: -1 is no limit. `reserved`: for what is being made. */
export interface QuotaUse {
  readonly limit: number;
  readonly in_use: number;
  readonly reserved: number;
}

/**
 * A project's quotas by name, with what is used: `volumes`, `gigabytes`, `snapshots`, each also of single volume types
 * (`volumes_TYPE`), and `per_volume_gigabytes`. By Cinder's own policy any reader of the project may see them.
 */
export async function storageQuotas(
  session: Session,
  project: string,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, QuotaUse>>> {
  const path = `/os-quota-sets/${segment(project)}`;
  const ask = { service: 'block-storage', method: 'GET', path, query: { usage: 'True' }, signal } as const;
  const { id: _, ...quotas } = member<Readonly<Record<string, QuotaUse>>>(
    await session.ask(ask),
    'block-storage',
    'quota_set',
  );
  return quotas;
}

export async function volumeLimits(session: Session, signal?: AbortSignal): Promise<VolumeLimits> {
  const reply = await session.ask({ service: 'block-storage', method: 'GET', path: '/limits', signal });
  return member<{ readonly absolute: VolumeLimits }>(reply, 'block-storage', 'limits').absolute;
}
