import type { Reading } from '../context/reading.ts';

/**
 * Whether an instance with such a root device can be stopped: the device has to outlive the power. EC2's own disks of a
 * machine do not; those of other clouds may.
 */
export const stoppable = (cx: Reading, rootDeviceType: 'ebs' | 'instance-store'): boolean =>
  rootDeviceType === 'ebs' || cx.here.driver.can.localDisksStay;
