import { CreateSnapshot$, type CreateSnapshotRequest, type Snapshot, SnapshotLocationEnum } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import type { StorageLeft } from '../../../ports/driver.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { refuseSnapshotBeyond, storageLeft } from '../../quota/storage.ts';
import { mirror } from '../../tag/mirror.ts';
import { tagSpecifications } from '../../tag/tagSpecifications.ts';
import type { VolumeRow } from '../../volume/row.ts';
import { volume } from '../../volume/volume.ts';
import createSnapshot from '../operations/createSnapshot.ts';
import { snapshot } from '../snapshot.ts';

/** EBS quotas, "Concurrent snapshots per volume": 5, for the throughput-optimised and cold disks 1. */
const inProgress = (type: string): number => (type === 'st1' || type === 'sc1' ? 1 : 5);

/** API reference, CreateSnapshot. */
const longestDescription = 255;

export default write<CreateSnapshotRequest, Snapshot, StorageLeft | undefined>(CreateSnapshot$, {
  doc: 'Takes a snapshot of a volume, attached or not.',
  prepare: storageLeft,
  async run(tx, input, left) {
    if (!tx.here.driver.can.snapshots) fail('Unsupported', 'Snapshots are not offered in this region.');
    const volumeId = input.VolumeId ?? missing('VolumeId');
    const description = input.Description ?? '';
    if (description.length > longestDescription)
      invalid(description, 'description', `Character sets beyond ${longestDescription} characters are not supported.`);
    checkLocation(input);
    const tags = tagSpecifications(input.TagSpecifications, ['snapshot']).snapshot ?? {};
    const v = await tx.need(volume, volumeId);
    await checkVolume(tx, v);
    refuseSnapshotBeyond(left, v.sizeGiB);
    await tx.take('snapshots', 1);
    const row = await tx.insert(snapshot, {
      state: 'pending',
      volume: v.id,
      sizeGiB: v.sizeGiB,
      description,
      encrypted: v.encrypted,
      progress: 0,
      permissions: [],
      tags,
      ...(v.kmsKey === undefined ? {} : { kmsKey: v.kmsKey }),
    });
    await tx.start(createSnapshot, row.id, { id: row.id });
    await mirror(tx, snapshot.kind, { ...row, tags: {} }, tags);
    // The answer to CreateSnapshot shows an empty progress; DescribeSnapshots shows 0%.
    return { ...snapshot.view(row), Progress: '' };
  },
});

function checkLocation({ OutpostArn, Location }: CreateSnapshotRequest): void {
  if (OutpostArn !== undefined) invalid(OutpostArn, 'OutpostArn', 'The volume is not on an Outpost.');
  if (Location !== undefined && !Object.values(SnapshotLocationEnum).includes(Location)) invalid(Location, 'Location');
  if (Location === 'local') invalid(Location, 'Location', 'The volume is not in a Local Zone.');
}

async function checkVolume(tx: Writing, v: VolumeRow): Promise<void> {
  if (v.state !== 'available' && v.state !== 'in-use')
    fail('IncorrectState', `The volume '${v.id}' is in the '${v.state}' state.`);
  if ((await tx.count(snapshot, { 'volume-id': v.id, status: 'pending' })) >= inProgress(v.type)) {
    fail('ConcurrentSnapshotLimitExceeded', 'Maximum allowed in-progress snapshots for a single volume exceeded.');
  }
}
