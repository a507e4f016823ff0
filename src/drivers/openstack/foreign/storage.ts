import type { Feed, ForeignOwnSnapshot, ForeignVolume } from '../../../ports/foreign.ts';
import { all } from '../catalogue/offered.ts';
import type { MachineRecord } from '../machines/servers.ts';
import type { PlaceOf } from '../places.ts';
import { snapshots as listSnapshots, volumes as listVolumes, type Snapshot, type Volume } from '../rest/cinder.ts';
import { timeOf } from '../rest/time.ts';
import type { SnapshotRecord } from '../snapshots.ts';
import type { VolumeRecord } from '../volumes.ts';
import type { Ids, Native } from './ids.ts';
import { tagsOf } from './tags.ts';

export interface StorageParts {
  readonly placeOf: PlaceOf;
  /** Names of the region's zones. */
  readonly zones: () => readonly string[];
  readonly machines: Ids<Native, MachineRecord>;
  readonly volumes: Ids<Native, VolumeRecord>;
  readonly snapshots: Ids<Snapshot, SnapshotRecord>;
  /** The name in EC2 of a type of Cinder. */
  readonly shownAs: (type: string) => string;
}

/** Cinder's volumes: all of them each time, in one request. Attachments and metadata change without a date there. */
export const createVolumeFeed = ({
  placeOf,
  zones,
  machines,
  volumes,
  snapshots,
  shownAs,
}: StorageParts): Feed<ForeignVolume> => ({
  async changes(_since, call) {
    const { session, project } = await placeOf(call.account);
    const found = await all<Volume>(listVolumes(session, {}, call.signal));
    const own = found.filter((one) => (one['os-vol-tenant-attr:tenant_id'] ?? project) === project);
    const ids = await volumes.shown(own, call);
    const hosts = await machines.named([...new Set(own.flatMap(hostsOf))], call);
    const sources = await snapshots.named([...new Set(own.flatMap(({ snapshot_id: id }) => id ?? []))], call);
    const places = new Set(zones());
    const things = own.flatMap((one): ForeignVolume[] => {
      const id = ids.get(one.id);
      if (id === undefined) return [];
      const snapshot = one.snapshot_id ? sources.get(one.snapshot_id) : undefined;
      return [
        {
          id,
          name: one.name ?? '',
          state: volumeStateOf(one),
          ...(one.status.startsWith('error') && { fault: `the cloud says ${one.status}` }),
          ...(places.has(one.availability_zone) && { zone: one.availability_zone }),
          sizeGiB: one.size,
          type: shownAs(one.volume_type ?? 'standard'),
          ...(snapshot !== undefined && { snapshot }),
          encrypted: one.encrypted,
          multiAttach: one.multiattach,
          createdAt: timeOf(one.created_at),
          attachments: one.attachments.map((at) => ({
            instance: hosts.get(at.server_id) ?? '',
            device: at.device,
            attachedAt: timeOf(at.attached_at),
          })),
          tags: tagsOf(one.metadata),
        },
      ];
    });
    return { whole: true, things, gone: [] };
  },
});

const hostsOf = ({ attachments }: Volume): readonly string[] => attachments.map((at) => at.server_id);

/** Cinder's state in EC2's words: what it does to a volume that stays what it is does not show. */
function volumeStateOf({ status, attachments }: Volume): ForeignVolume['state'] {
  if (status === 'creating' || status === 'downloading') return 'creating';
  if (status === 'deleting') return 'deleting';
  if (status.startsWith('error')) return 'error';
  return attachments.length > 0 ? 'in-use' : 'available';
}

/** Cinder's snapshots of the project: all of them each time, in one request. */
export const createSnapshotFeed = ({ placeOf, volumes, snapshots }: StorageParts): Feed<ForeignOwnSnapshot> => ({
  async changes(_since, call) {
    const { session, project } = await placeOf(call.account);
    const found = await all<Snapshot>(listSnapshots(session, {}, call.signal));
    const own = found.filter(
      (one) => (one['os-extended-snapshot-attributes:project_id'] ?? project) === project && !going.has(one.status),
    );
    const ids = await snapshots.shown(own, call);
    const sources = await volumes.named([...new Set(own.map(({ volume_id: id }) => id))], call);
    const things = own.flatMap((one): ForeignOwnSnapshot[] => {
      const id = ids.get(one.id);
      if (id === undefined) return [];
      return [
        {
          id,
          name: one.name ?? '',
          description: one.description ?? '',
          state: snapshotStateOf(one),
          volume: sources.get(one.volume_id)!,
          sizeGiB: one.size,
          startedAt: timeOf(one.created_at),
          tags: tagsOf(one.metadata),
        },
      ];
    });
    return { whole: true, things, gone: [] };
  },
});

/** A snapshot that is on its way out is gone for EC2. */
const going: ReadonlySet<string> = new Set(['deleting', 'deleted']);

function snapshotStateOf({ status }: Snapshot): ForeignOwnSnapshot['state'] {
  if (status === 'creating') return 'pending';
  return status.startsWith('error') ? 'error' : 'completed';
}
