import type { BlockDeviceMapping, EbsBlockDevice } from '@aws-sdk/client-ec2';
import { fail, invalid, missing } from '../../kernel/errors.ts';
import type { Reading } from '../context/reading.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import { needOffered } from '../volume/offered.ts';
import { shapeVolume, type VolumeShape } from '../volume/types.ts';
import type { BlockDeviceRow } from './row.ts';

/** A line of a request's block device mapping whose form is right: exactly one of the three is there. */
export interface AskedDevice {
  readonly device: string;
  readonly noDevice?: true;
  readonly virtualName?: string;
  readonly ebs?: EbsBlockDevice;
}

/** Checks the form of a block device mapping: each device once, and each line one thing. */
export function readMapping(mapping: readonly BlockDeviceMapping[] | undefined): readonly AskedDevice[] {
  const devices = new Set<string>();
  return (mapping ?? []).map((line, at) => {
    const device = line.DeviceName || missing(`BlockDeviceMapping.${at + 1}.DeviceName`);
    if (devices.has(device))
      fail('InvalidBlockDeviceMapping', `The device '${device}' is used in more than one block-device mapping`);
    devices.add(device);
    if (line.NoDevice !== undefined) return { device, noDevice: true };
    if (line.Ebs !== undefined && line.VirtualName !== undefined) {
      fail('InvalidBlockDeviceMapping', `The device '${device}' cannot be both an EBS volume and ${line.VirtualName}`);
    }
    if (line.Ebs !== undefined) return { device, ebs: line.Ebs };
    const virtualName =
      line.VirtualName ??
      fail('InvalidBlockDeviceMapping', `The device '${device}' has no Ebs, VirtualName or NoDevice`);
    if (!/^ephemeral\d{1,2}$/.test(virtualName))
      invalid(virtualName, `BlockDeviceMapping.${at + 1}.VirtualName`, 'It must be ephemeralN.');
    return { device, virtualName };
  });
}

/** The line of an image for a device that a request describes anew: an empty volume, a snapshot's, or a machine's own disk. */
export async function newDevice(cx: Reading, asked: AskedDevice): Promise<BlockDeviceRow> {
  const { device, ebs } = asked;
  if (ebs === undefined)
    return { device, ...(asked.noDevice ? { noDevice: true } : { virtualName: asked.virtualName! }) };
  refuseUnsupported(ebs);
  const source = ebs.SnapshotId === undefined ? undefined : await cx.needVisible(snapshot, ebs.SnapshotId);
  if (source !== undefined && source.state !== 'completed')
    fail('IncorrectState', `Snapshot is in invalid state - ${source.state} (${source.id})`);
  if (source !== undefined && ebs.Encrypted !== undefined) {
    fail(
      'InvalidBlockDeviceMapping',
      `The parameter Encrypted cannot be used with the snapshot of device '${device}': a snapshot determines it`,
    );
  }
  const shape = shapeVolume(
    {
      type: ebs.VolumeType,
      sizeGiB: ebs.VolumeSize,
      iops: ebs.Iops,
      throughput: ebs.Throughput,
      snapshotGiB: source?.sizeGiB,
    },
    'gp2',
  );
  needOffered(cx.here.driver.can, {
    encrypted: ebs.Encrypted === true,
    performance: { type: shape.type, iops: ebs.Iops, throughput: ebs.Throughput },
  });
  return {
    device,
    ebs: {
      ...volumeOf(shape),
      deleteOnTermination: ebs.DeleteOnTermination ?? true,
      encrypted: source?.encrypted ?? ebs.Encrypted ?? false,
      ...(source === undefined ? {} : { snapshot: source.id }),
      ...(source?.kmsKey === undefined ? {} : { kmsKey: source.kmsKey }),
    },
  };
}

/** What an image says of a volume: its IOPS only where its type lets them be chosen. */
export const volumeOf = ({ type, sizeGiB, iops, throughput }: VolumeShape): VolumeShape => ({
  type,
  sizeGiB,
  ...(iops === undefined || !/^(gp3|io1|io2)$/.test(type) ? {} : { iops }),
  ...(throughput === undefined ? {} : { throughput }),
});

/** API reference, EbsBlockDevice: members that images do not take. */
function refuseUnsupported(ebs: EbsBlockDevice): void {
  for (const name of [
    'KmsKeyId',
    'OutpostArn',
    'AvailabilityZone',
    'AvailabilityZoneId',
    'VolumeInitializationRate',
    'EbsCardIndex',
  ] as const) {
    if (ebs[name] !== undefined)
      fail(
        'InvalidParameterCombination',
        `The parameter ${name} is not supported in the block device mapping of an image.`,
      );
  }
}
