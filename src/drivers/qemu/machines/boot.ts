import { DriverError, type MachineSpec } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';
import { kernelFile } from '../images/importKernel.ts';
import type { Boot } from './commandLine.ts';

/** What every kernel is told. Consoles are the screen and the serial port, which is the main one; a kernel that gave up starts anew. */
const words = 'rw console=tty0 console=ttyS0 quiet panic=5';

/**
 * How a machine boots: by the kernel and ramdisk of its specification, else (undefined) from its disk. A ramdisk finds the
 * root by its first partition; a kernel without one has the driver of NVMe built in.
 */
export async function bootOf({ kernel, ramdisk }: MachineSpec, folders: Folders): Promise<Boot | undefined> {
  if (kernel === undefined) return undefined;
  const fileOf = async (id: string): Promise<string> => {
    const file = await kernelFile(id, folders);
    if (file === undefined) throw new DriverError('invalid', `there is no kernel or ramdisk ${id}`);
    return file;
  };
  if (ramdisk === undefined)
    return { kernel: await fileOf(kernel), commandLine: `root=/dev/nvme0n1p1 rootwait ${words}` };
  return { kernel: await fileOf(kernel), ramdisk: await fileOf(ramdisk), commandLine: `root=/dev/vda1 ${words}` };
}
