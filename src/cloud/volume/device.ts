import { fail } from '../../kernel/errors.ts';

/**
 * Device names that EC2 takes for an EBS volume (EC2 user guide, "Device names for volumes"): `/dev/sda` to `/dev/sdz`,
 * those with a partition number 1–15, and `/dev/xvda` to `/dev/xvdzz`; also without `/dev/`, as Windows names them.
 */
const everywhere = /^(\/dev\/)?(sd[a-z]([1-9]|1[0-5])?|xvd[a-z]{1,2})$/;

/** Names that only a paravirtual machine knows. */
const paravirtual = /^(\/dev\/)?hd[a-z]([1-9]|1[0-5])?$/;

/** True for a name that an EBS volume may have on a machine of that virtualization type. */
export const isDeviceName = (device: string, virtualization: 'hvm' | 'paravirtual'): boolean =>
  everywhere.test(device) || (virtualization === 'paravirtual' && paravirtual.test(device));

/** Refuses a name that no EBS volume can have. */
export function checkDeviceName(device: string, virtualization: 'hvm' | 'paravirtual'): void {
  if (isDeviceName(device, virtualization)) return;
  fail(
    'InvalidParameterValue',
    `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
  );
}
