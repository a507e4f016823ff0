import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { fail, invalid } from '../../../kernel/errors.ts';
import type { Capabilities } from '../../../ports/driver.ts';
import type { ImageRow } from '../../image/row.ts';
import { isVirtioName } from '../../volume/device.ts';

/** Device names that instances can have (user guide, "Device names for volumes on Amazon EC2 instances"). */
const deviceName = /^(\/dev\/)?(sd[a-z]{1,2}|xvd[a-z]{1,2}|hd[a-z])\d{0,2}$/;

/** Checks one block device mapping of a request and gives its device. `seen` collects the devices of the request. */
export function checkMapping(
  mapping: BlockDeviceMapping,
  image: ImageRow,
  zone: string,
  seen: Set<string>,
  can: Capabilities,
): string {
  const { DeviceName: device, NoDevice, VirtualName, Ebs } = mapping;
  if (!device) return fail('InvalidBlockDeviceMapping', 'Each block device mapping requires a device name.');
  // The cloud behind the region may call its images' root otherwise.
  if (!deviceName.test(device) && device !== image.rootDeviceName && !isVirtioName(device, can))
    fail('InvalidBlockDeviceMapping', `Invalid device name ${device}`);
  if (seen.has(device)) {
    fail('InvalidBlockDeviceMapping', `The device '${device}' is used in more than one block-device mapping`);
  }
  seen.add(device);
  const kinds = [NoDevice !== undefined, Boolean(VirtualName), Ebs !== undefined].filter(Boolean).length;
  if (kinds !== 1) {
    fail(
      'InvalidBlockDeviceMapping',
      `The mapping of device '${device}' requires exactly one of noDevice, virtualName and ebs.`,
    );
  }
  const root = device === image.rootDeviceName && image.rootDeviceType === 'ebs';
  if (root && Ebs === undefined)
    fail('InvalidBlockDeviceMapping', `The root device '${device}' must be an EBS volume.`);
  if (VirtualName && !/^ephemeral([0-9]|1[0-9]|2[0-3])$/.test(VirtualName)) {
    fail(
      'InvalidBlockDeviceMapping',
      `The virtual name '${VirtualName}' is not valid: expecting ephemeral0 to ephemeral23.`,
    );
  }
  if (Ebs !== undefined) checkEbs(Ebs, device, image, zone, root);
  return device;
}

function checkEbs(
  ebs: NonNullable<BlockDeviceMapping['Ebs']>,
  device: string,
  image: ImageRow,
  zone: string,
  root: boolean,
): void {
  const own = image.blockDevices.find((d) => d.device === device)?.ebs?.snapshot;
  if (root && ebs.SnapshotId && ebs.SnapshotId !== own) {
    fail('InvalidBlockDeviceMapping', 'snapshotId cannot be modified on root device');
  }
  if (!ebs.SnapshotId && own === undefined && ebs.VolumeSize === undefined) {
    fail('MissingParameter', `The request must contain the parameter size or snapshotId (device ${device})`);
  }
  if (ebs.VolumeSize !== undefined && ebs.VolumeSize < 1)
    invalid(ebs.VolumeSize, 'volumeSize', 'It must be greater than zero.');
  if (ebs.OutpostArn) invalid(ebs.OutpostArn, 'outpostArn', 'No Outpost exists in this region.');
  if (ebs.AvailabilityZone && ebs.AvailabilityZone !== zone) {
    invalid(ebs.AvailabilityZone, 'availabilityZone', `The instance is launched in ${zone}.`);
  }
  if (ebs.EbsCardIndex) invalid(ebs.EbsCardIndex, 'ebsCardIndex', 'The instance type has one EBS card.');
  const rate = ebs.VolumeInitializationRate;
  if (rate !== undefined && (rate < 100 || rate > 300)) {
    invalid(rate, 'volumeInitializationRate', 'It must be between 100 and 300 MiB/s.');
  }
}
