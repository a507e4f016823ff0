import { DriverError, type MachineSpec } from '../../../ports/driver.ts';
import { findFirmware, firmwareOf } from '../firmware.ts';
import type { Folders } from '../folders.ts';
import { kernelFile } from '../images/importKernel.ts';
import type { Asked, Boot } from './commandLine.ts';

/** What every kernel is told. Consoles are the screen and the serial port, which is the main one; a kernel that gave up starts anew. */
const words = 'rw console=tty0 console=ttyS0 quiet panic=5';

/** How a machine boots: by which firmware, if not by BIOS, and by which kernel, if not from its disk. */
export async function bootOf(
  id: string,
  spec: MachineSpec,
  folders: Folders,
): Promise<Pick<Asked, 'firmware' | 'boot'>> {
  const kernel = await kernelOf(spec, folders);
  const firmware = spec.bootMode === 'uefi' ? await firmwareOf(folders.machine(id), findFirmware()) : undefined;
  return { ...(firmware && { firmware }), ...(kernel && { boot: kernel }) };
}

/** A ramdisk finds the root by its first partition; a kernel without one has the driver of NVMe built in. */
async function kernelOf({ kernel, ramdisk }: MachineSpec, folders: Folders): Promise<Boot | undefined> {
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
