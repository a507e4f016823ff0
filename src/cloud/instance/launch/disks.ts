import type { BlockDeviceMapping, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import type { VolumeAsked } from '../../../ports/driver.ts';
import { rowOf } from '../../context/rows.ts';
import type { Writing } from '../../context/writing.ts';
import type { BlockDeviceRow, ImageRow } from '../../image/row.ts';
import type { SnapshotRow } from '../../snapshot/row.ts';
import { snapshot } from '../../snapshot/snapshot.ts';
import { defaultKeyArn } from '../../volume/arn.ts';
import { needOffered, type WantedPerformance } from '../../volume/offered.ts';
import { shapeVolume, usualType, type VolumeShape } from '../../volume/types.ts';
import { checkMapping } from './mapping.ts';

/** A volume that an instance is launched with. */
export interface PlannedDisk {
  readonly device: string;
  readonly deleteOnTermination: boolean;
  readonly volume: VolumeShape & { readonly encrypted: boolean; readonly snapshot?: string; readonly kmsKey?: string };
}

type AskedEbs = NonNullable<BlockDeviceMapping['Ebs']>;
type ImageEbs = NonNullable<BlockDeviceRow['ebs']>;

/**
 * The volumes of each instance: the image's mapping with the request's laid over it, device by device. Disks of the
 * machine itself (`ephemeral0`) come with the type and are not listed. Refuses with InvalidBlockDeviceMapping.
 */
export async function planDisks(
  tx: Writing,
  asked: readonly BlockDeviceMapping[] | undefined,
  image: ImageRow,
  type: InstanceTypeInfo,
  zone: string,
): Promise<readonly PlannedDisk[]> {
  const merged = new Map<string, { readonly image: ImageEbs | undefined; readonly asked: AskedEbs | undefined }>();
  for (const { device, ebs } of image.blockDevices)
    if (ebs !== undefined) merged.set(device, { image: ebs, asked: undefined });
  const seen = new Set<string>();
  for (const mapping of asked ?? []) {
    const device = checkMapping(mapping, image, zone, seen, tx.here.driver.can);
    if (mapping.Ebs === undefined) merged.delete(device);
    else merged.set(device, { image: merged.get(device)?.image, asked: mapping.Ebs });
  }
  const most = type.EbsInfo?.MaximumEbsAttachments;
  if (most !== undefined && most > 0 && merged.size > most) {
    fail('AttachmentLimitExceeded', `Volume count ${merged.size} exceeds the limit for ${type.InstanceType}`);
  }
  const snapshots = await readSnapshots(tx, [...merged.values()]);
  return [...merged].map(([device, parts]) => planDisk(tx, device, parts.image, parts.asked, snapshots));
}

/**
 * The volumes that a launch may make, before anybody has looked at its request: each device's that the image and the request
 * say.
 */
export function askedVolumes(
  asked: readonly BlockDeviceMapping[] | undefined,
  image: ImageRow | undefined,
): readonly VolumeAsked[] {
  const own = new Map((image?.blockDevices ?? []).flatMap(({ device, ebs }) => (ebs ? [[device, ebs] as const] : [])));
  const named = new Map((asked ?? []).map(({ DeviceName = '', Ebs }) => [DeviceName, Ebs]));
  return [...new Set([...own.keys(), ...named.keys()])].flatMap((device) => {
    const of = own.get(device);
    const ebs = named.get(device);
    if (ebs === undefined && (of === undefined || named.has(device))) return [];
    const snapshot = ebs?.SnapshotId || of?.snapshot;
    return [{ type: ebs?.VolumeType ?? of?.type ?? usualType, ...(snapshot !== undefined && { snapshot }) }];
  });
}

/**
 * The snapshots whose size or encryption must be known. Whoever may launch an image may use its snapshots; one that the
 * request names must be visible to the caller.
 */
async function readSnapshots(
  tx: Writing,
  parts: readonly { readonly image: ImageEbs | undefined; readonly asked: AskedEbs | undefined }[],
): Promise<ReadonlyMap<string, SnapshotRow>> {
  const found = new Map<string, SnapshotRow>();
  const ofImage: string[] = [];
  for (const { image, asked } of parts) {
    const own = image?.snapshot;
    const named = asked?.SnapshotId || undefined;
    if (named !== undefined && named !== own) found.set(named, await completed(tx, named));
    else if (
      own !== undefined &&
      (image?.sizeGiB === undefined || (asked?.VolumeSize ?? image.sizeGiB) < image.sizeGiB)
    )
      ofImage.push(own);
  }
  if (ofImage.length > 0) {
    for (const item of await tx.reader.items({ kind: snapshot.kind, region: tx.region, ids: ofImage })) {
      found.set(item.id, rowOf<SnapshotRow>(item));
    }
  }
  return found;
}

async function completed(tx: Writing, id: string): Promise<SnapshotRow> {
  const row = await tx.needVisible(snapshot, id);
  return row.state === 'completed' ? row : fail('InvalidSnapshot', `Snapshot ${id} is not in the completed state.`);
}

function planDisk(
  tx: Writing,
  device: string,
  image: ImageEbs | undefined,
  asked: AskedEbs | undefined,
  snapshots: ReadonlyMap<string, SnapshotRow>,
): PlannedDisk {
  const source = asked?.SnapshotId || image?.snapshot;
  const row = source === undefined ? undefined : snapshots.get(source);
  // A snapshot that was not read is the image's, and not larger than the image says.
  const snapshotGiB = row?.sizeGiB ?? (source === undefined ? undefined : image?.sizeGiB);
  const sizeGiB = asked?.VolumeSize ?? (source === image?.snapshot ? image?.sizeGiB : undefined);
  if (sizeGiB !== undefined && snapshotGiB !== undefined && sizeGiB < snapshotGiB) {
    fail(
      'InvalidBlockDeviceMapping',
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${source}', expect size >= ${snapshotGiB}GB`,
    );
  }
  const wantedType = asked?.VolumeType ?? image?.type;
  const sameType = wantedType === image?.type;
  const shape = shapeVolume(
    {
      type: wantedType,
      sizeGiB,
      iops: asked?.Iops ?? (sameType ? statedIops(image) : undefined),
      throughput: asked?.Throughput ?? (sameType ? image?.throughput : undefined),
      snapshotGiB,
    },
    usualType,
  );
  const isCopy = image?.encrypted === true || row?.encrypted === true;
  const encrypted = asked?.Encrypted === true || isCopy;
  const performance = asked && performanceOf(asked, image);
  needOffered(tx.here.driver.can, { encrypted: encrypted && !isCopy, ...(performance && { performance }) });
  if (asked?.Encrypted === false && encrypted) {
    fail(
      'InvalidBlockDeviceMapping',
      `The volume of device ${device} is made of an encrypted snapshot: it cannot be unencrypted.`,
    );
  }
  if (asked?.KmsKeyId && !encrypted) {
    fail('InvalidParameterDependency', 'The parameter KmsKeyId requires the parameter Encrypted to be set.');
  }
  const kmsKey = asked?.KmsKeyId || image?.kmsKey || row?.kmsKey || defaultKeyArn(tx.region, tx.account);
  return {
    device,
    deleteOnTermination: asked?.DeleteOnTermination ?? image?.deleteOnTermination ?? true,
    volume: { ...shape, encrypted, ...(source !== undefined && { snapshot: source }), ...(encrypted && { kmsKey }) },
  };
}

/** What a request wants of a volume's performance beside what its image says. */
function performanceOf(asked: AskedEbs, image: ImageEbs | undefined): WantedPerformance | undefined {
  const { VolumeType, Iops: iops, Throughput: throughput, VolumeInitializationRate: initializationRate } = asked;
  const isOfImage = VolumeType === undefined || VolumeType === image?.type;
  if (isOfImage && (iops ?? throughput ?? initializationRate) === undefined) return undefined;
  return { type: VolumeType ?? image?.type, iops, throughput, initializationRate };
}

/** IOPS that an image states; gp2 has them by its size alone. */
const statedIops = (image: ImageEbs | undefined): number | undefined =>
  image?.type === 'gp2' ? undefined : image?.iops;
