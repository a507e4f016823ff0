import type { Snapshot } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import type { SnapshotRow } from './row.ts';

const absent = (ids: readonly string[]): string =>
  ids.length === 1 ? `The snapshot '${ids[0]}' does not exist.` : `The snapshots '${ids.join(', ')}' do not exist.`;

/** EBS snapshots. Filters as documented for DescribeSnapshots. */
export const snapshot = resource<SnapshotRow>()({
  kind: 'snapshot',
  prefix: 'snap',
  tagged: 'snapshot',
  codes: { missing: 'InvalidSnapshot.NotFound', malformed: 'InvalidSnapshotID.Malformed', noun: 'snapshot', absent },
  states: states(
    { pending: { ready: 'completed', failed: 'error' }, completed: {}, error: {} },
    { transient: ['pending'], refuse: 'IncorrectState' },
  ),
  audience: (s) => s.permissions,
  indexes: {
    owner: (s) => (s.ownerAlias === undefined ? s.account : [s.account, s.ownerAlias]),
    // Owners need no permission for their own; images ask for explicit permissions (API reference, RestorableBy, ExecutableBy).
    'restorable-by': (s) => [s.account, ...s.permissions],
  },
  filters: {
    description: { of: (s) => s.description, doc: 'the description' },
    encrypted: { of: (s) => s.encrypted, doc: 'whether the snapshot is encrypted' },
    'owner-alias': { of: (s) => s.ownerAlias, doc: 'the alias of an owner known to the cloud (amazon)' },
    'owner-id': { of: (s) => s.account, doc: 'the account that owns the snapshot', indexed: true },
    progress: { of: (s) => `${s.progress}%`, doc: 'the progress, such as 80%' },
    'snapshot-id': { of: (s) => s.id, doc: 'the id of the snapshot' },
    'start-time': { of: (s) => new Date(s.createdAt).toISOString(), doc: 'the time when the snapshot was begun' },
    status: { of: (s) => s.state, doc: 'the state (pending, completed, error)', indexed: true },
    'storage-tier': { of: () => 'standard', doc: 'the storage tier (archive, standard)' },
    'transfer-type': { of: () => undefined, doc: 'how a copy was made (time-based, standard)' },
    'volume-id': { of: (s) => s.volume, doc: 'the volume that the snapshot is of', indexed: true },
    'volume-size': { of: (s) => s.sizeGiB, doc: 'the size of the volume in GiB' },
  },
  view: (s): Snapshot => ({
    SnapshotId: s.id,
    VolumeId: s.volume,
    State: s.state,
    StateMessage: s.note,
    StartTime: new Date(s.createdAt),
    CompletionTime: s.completedAt === undefined ? undefined : new Date(s.completedAt),
    Progress: `${s.progress}%`,
    OwnerId: s.account,
    OwnerAlias: s.ownerAlias,
    Description: s.description,
    VolumeSize: s.sizeGiB,
    Encrypted: s.encrypted,
    KmsKeyId: s.kmsKey,
    StorageTier: 'standard',
    ...viewTags(s.tags),
  }),
});
