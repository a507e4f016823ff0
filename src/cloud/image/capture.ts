import type { BlockDeviceMapping, EbsBlockDevice } from '@aws-sdk/client-ec2';
import { fail } from '../../kernel/errors.ts';
import type { Writing } from '../context/writing.ts';
import type { InstanceBlockDevice, InstanceRow } from '../instance/row.ts';
import { snapshot } from '../snapshot/snapshot.ts';
import type { VolumeRow } from '../volume/row.ts';
import { volume } from '../volume/volume.ts';
import { type AskedDevice, newDevice, readMapping, volumeOf } from './mapping.ts';
import type { BlockDeviceRow } from './row.ts';

/** A device of an image in the making; with `volume`, its snapshot has a new id and is to be taken of that volume. */
export interface CapturedDevice {
  readonly line: BlockDeviceRow;
  readonly volume?: VolumeRow;
}

/**
 * The devices of an image of an instance: each attached volume with a snapshot to be taken, less those that the
 * request's mapping leaves out, and the devices that it adds. Of a volume only DeleteOnTermination can be changed.
 */
export async function captureDevices(
  tx: Writing,
  source: InstanceRow,
  mapping: readonly BlockDeviceMapping[] | undefined,
): Promise<readonly CapturedDevice[]> {
  const asked = new Map(readMapping(mapping).map((line) => [line.device, line]));
  const captured: CapturedDevice[] = [];
  for (const attached of source.blockDevices) {
    const line = asked.get(attached.device);
    asked.delete(attached.device);
    if (line?.noDevice) continue;
    captured.push(capture(tx, attached, await tx.need(volume, attached.volume), line));
  }
  if (source.rootDeviceType === 'ebs' && !captured.some(({ line }) => line.device === source.rootDeviceName)) {
    fail(
      'InvalidParameterValue',
      `Instance does not have a volume attached at root (${source.rootDeviceName ?? 'none'})`,
    );
  }
  for (const line of asked.values()) captured.push({ line: await newDevice(tx, line) });
  return captured;
}

function capture(
  tx: Writing,
  attached: InstanceBlockDevice,
  of: VolumeRow,
  asked: AskedDevice | undefined,
): CapturedDevice {
  if (asked?.virtualName !== undefined) {
    fail(
      'InvalidBlockDeviceMapping',
      `The device '${attached.device}' is the volume ${of.id} and cannot be ${asked.virtualName}`,
    );
  }
  if (asked?.ebs !== undefined) checkUnchanged(attached.device, of, asked.ebs);
  return {
    volume: of,
    line: {
      device: attached.device,
      ebs: {
        snapshot: tx.newId(snapshot),
        ...volumeOf(of),
        deleteOnTermination: asked?.ebs?.DeleteOnTermination ?? attached.deleteOnTermination,
        encrypted: of.encrypted,
        ...(of.kmsKey === undefined ? {} : { kmsKey: of.kmsKey }),
      },
    },
  };
}

/** API reference, CreateImage: of an existing mapping, nothing but DeleteOnTermination can be changed. */
function checkUnchanged(device: string, of: VolumeRow, asked: EbsBlockDevice): void {
  const changed =
    asked.SnapshotId !== undefined ||
    (asked.VolumeSize ?? of.sizeGiB) !== of.sizeGiB ||
    (asked.VolumeType ?? of.type) !== of.type ||
    (asked.Iops ?? of.iops) !== of.iops ||
    (asked.Throughput ?? of.throughput) !== of.throughput ||
    (asked.Encrypted === true && !of.encrypted);
  if (changed)
    fail(
      'InvalidBlockDeviceMapping',
      `Only DeleteOnTermination can be changed for the device '${device}' of the instance`,
    );
}
