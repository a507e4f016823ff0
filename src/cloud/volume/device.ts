import { fail } from '../../kernel/errors.ts';
import type { Capabilities } from '../../ports/driver.ts';

/**
 * Device names that EC2 takes for an EBS volume (EC2 user guide, "Device names for volumes"): `/dev/sda` to `/dev/sdz`,
 * those with a partition number 1–15, and `/dev/xvda` to `/dev/xvdzz`; also without `/dev/`, as Windows names them.
 */
const everywhere = /^(\/dev\/)?(sd[a-z]([1-9]|1[0-5])?|xvd[a-z]{1,2})$/;

/** Names that only a paravirtual machine knows. */
const paravirtual = /^(\/dev\/)?hd[a-z]([1-9]|1[0-5])?$/;

/** Names that the guests of some clouds have for their disks, in place of EC2's. The root is `/dev/vda`. */
const virtio = /^(\/dev\/)?vd[b-z]$/;

/** True for such a name, where the cloud's guests have them. */
export const isVirtioName = (device: string, can: Pick<Capabilities, 'virtioNames'>): boolean =>
  can.virtioNames && virtio.test(device);

/** Refuses a name that no EBS volume can have on a machine of that virtualization type. */
export function checkDeviceName(
  device: string,
  virtualization: 'hvm' | 'paravirtual',
  can: Pick<Capabilities, 'virtioNames'>,
): void {
  if (everywhere.test(device) || isVirtioName(device, can)) return;
  if (virtualization === 'paravirtual' && paravirtual.test(device)) return;
  fail(
    'InvalidParameterValue',
    `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
  );
}
