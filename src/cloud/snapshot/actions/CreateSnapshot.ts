import { CreateSnapshot$, type CreateSnapshotRequest, type Snapshot, SnapshotLocationEnum } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import type { StorageLeft } from '../../../ports/driver.ts';
import { write } from '../../action/action.ts';
import type { NewRow, Writing } from '../../context/writing.ts';
import { isRoomUnknown, refuseSnapshotsBeyond, storageLeft } from '../../quota/storage.ts';
import { tagSpecifications } from '../../tag/tagSpecifications.ts';
import type { VolumeRow } from '../../volume/row.ts';
import { volume } from '../../volume/volume.ts';
import beginSnapshot, { takeSnapshot, withdraw } from '../operations/beginSnapshot.ts';
import { snapshotOrder } from '../order.ts';
import type { SnapshotRow } from '../row.ts';
import { snapshot } from '../snapshot.ts';

/** EBS quotas, "Concurrent snapshots per volume": 5, for the throughput-optimised and cold disks 1. */
const inProgress = (type: string): number => (type === 'st1' || type === 'sc1' ? 1 : 5);

/** API reference, CreateSnapshot. */
const longestDescription = 255;

export default write<CreateSnapshotRequest, Snapshot, StorageLeft | undefined>(CreateSnapshot$, {
  doc: 'Takes a snapshot of a volume, attached or not.',
  prepare: (cx, { VolumeId: volume = '' }) => storageLeft(cx, [{ volume }]),
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
    const size = [{ volume: v.id, sizeGiB: v.sizeGiB }];
    refuseSnapshotsBeyond(left, size);
    await tx.take('snapshots', 1);
    const wanted = { ...wantedOf(v), description, tags };
    if (isRoomUnknown(left, size)) return order(tx, wanted);
    // The answer to CreateSnapshot shows an empty progress; DescribeSnapshots shows 0%.
    return { ...snapshot.view(await takeSnapshot(tx, wanted)), Progress: '' };
  },
  settle: {
    waits: ({ State }) => State === undefined,
    answer: async (cx, { SnapshotId: id = '' }) => ({ ...snapshot.view(await cx.need(snapshot, id)), Progress: '' }),
    // Asked again, it would be a second snapshot.
    late: (tx, { SnapshotId: id = '' }) => withdraw(tx, id),
  },
});

const wantedOf = (v: VolumeRow) => ({
  state: 'pending' as const,
  volume: v.id,
  sizeGiB: v.sizeGiB,
  encrypted: v.encrypted,
  progress: 0,
  permissions: [],
  ...(v.kmsKey === undefined ? {} : { kmsKey: v.kmsKey }),
});

/** Has the cloud begin the snapshot first: nobody else knows whether its quotas have room. */
async function order(tx: Writing, wanted: NewRow<SnapshotRow>): Promise<Snapshot> {
  const { id } = await tx.insert(snapshotOrder, { id: tx.newId(snapshot), wanted });
  await tx.start(beginSnapshot, id, { id, volume: wanted.volume, sizeGiB: wanted.sizeGiB });
  return { SnapshotId: id };
}

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
