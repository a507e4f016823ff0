import { CreateVolume$, type CreateVolumeRequest, type Volume } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../../kernel/errors.ts';
import type { StorageLeft } from '../../../ports/driver.ts';
import { write } from '../../action/action.ts';
import type { Writing } from '../../context/writing.ts';
import { refuseVolumesBeyond, storageLeft } from '../../quota/storage.ts';
import { snapshot } from '../../snapshot/snapshot.ts';
import { mirror } from '../../tag/mirror.ts';
import { tagSpecifications } from '../../tag/tagSpecifications.ts';
import { needZone, needZoneById } from '../../zone/zone.ts';
import { defaultKeyArn } from '../arn.ts';
import { needOffered } from '../offered.ts';
import provisionVolume from '../operations/provisionVolume.ts';
import { shapeVolume, usualType, volumeTypes } from '../types.ts';
import { volume } from '../volume.ts';

export default write<CreateVolumeRequest, Volume, StorageLeft | undefined>(CreateVolume$, {
  doc: 'Creates an empty volume, or one filled from a snapshot.',
  idempotent: 'ClientToken',
  prepare: (cx, { VolumeType: type = usualType, SnapshotId: snapshot }) =>
    storageLeft(cx, [{ type, ...(snapshot !== undefined && { snapshot }) }]),
  async run(tx, input, left) {
    if (!tx.here.driver.can.volumes) fail('Unsupported', 'Volumes are not offered in this region.');
    const zone = zoneOf(tx, input);
    const source = input.SnapshotId === undefined ? undefined : await tx.needVisible(snapshot, input.SnapshotId);
    if (source !== undefined && source.state !== 'completed') {
      fail('IncorrectState', `Snapshot is in invalid state - ${source.state} (${source.id})`);
    }
    const shape = shapeVolume(
      {
        type: input.VolumeType,
        sizeGiB: input.Size,
        iops: input.Iops,
        throughput: input.Throughput,
        snapshotGiB: source?.sizeGiB,
      },
      usualType,
    );
    needOffered(tx.here.driver.can, {
      encrypted: input.Encrypted === true && source?.encrypted !== true,
      multiAttach: input.MultiAttachEnabled === true,
      performance: {
        type: shape.type,
        iops: input.Iops,
        throughput: input.Throughput,
        initializationRate: input.VolumeInitializationRate,
      },
    });
    if (input.MultiAttachEnabled && !volumeTypes[shape.type]!.multiAttach) {
      fail('InvalidParameterCombination', `Multi-Attach is not supported for ${shape.type} volumes.`);
    }
    if (input.KmsKeyId !== undefined && input.Encrypted !== true) {
      fail('InvalidParameterDependency', 'The parameter KmsKeyId requires the parameter Encrypted to be set.');
    }
    if (input.OutpostArn !== undefined) invalid(input.OutpostArn, 'OutpostArn', 'No Outpost exists in this region.');
    checkInitializationRate(input);
    const encrypted = input.Encrypted === true || source?.encrypted === true;
    const kmsKey = encrypted ? (input.KmsKeyId ?? source?.kmsKey ?? defaultKeyArn(tx.region, tx.account)) : undefined;
    refuseVolumesBeyond(left, [{ ...shape, ...(source !== undefined && { snapshot: source.id }) }]);
    await tx.take('volumes', 1);
    await tx.take('volume-gib', shape.sizeGiB);
    const row = await tx.insert(volume, {
      ...shape,
      state: 'creating',
      zone: zone.name,
      zoneId: zone.id,
      encrypted,
      multiAttach: input.MultiAttachEnabled === true,
      attachments: [],
      tags: tagSpecifications(input.TagSpecifications, ['volume']).volume ?? {},
      ...(source === undefined ? {} : { snapshot: source.id }),
      ...(kmsKey === undefined ? {} : { kmsKey }),
      ...(input.VolumeInitializationRate === undefined ? {} : { initializationRate: input.VolumeInitializationRate }),
    });
    await tx.start(provisionVolume, row.id, { id: row.id });
    await mirror(tx, volume.kind, { ...row, tags: {} }, row.tags);
    return volume.view(row);
  },
});

/** API reference, CreateVolume: 100 to 300 MiB/s, only for a volume that a snapshot fills. */
function checkInitializationRate({ VolumeInitializationRate: rate, SnapshotId }: CreateVolumeRequest): void {
  if (rate === undefined) return;
  if (SnapshotId === undefined) {
    fail(
      'InvalidParameterCombination',
      'The parameter VolumeInitializationRate is only supported for volumes created from a snapshot.',
    );
  }
  if (rate < 100 || rate > 300) invalid(rate, 'VolumeInitializationRate', 'It must be between 100 and 300 MiB/s.');
}

function zoneOf(tx: Writing, input: CreateVolumeRequest) {
  if (input.AvailabilityZone !== undefined && input.AvailabilityZoneId !== undefined) {
    fail(
      'InvalidParameterCombination',
      'The parameters AvailabilityZone and AvailabilityZoneId cannot be used together.',
    );
  }
  if (input.AvailabilityZoneId !== undefined) return needZoneById(tx, input.AvailabilityZoneId);
  return needZone(tx, input.AvailabilityZone ?? missing('AvailabilityZone'));
}
