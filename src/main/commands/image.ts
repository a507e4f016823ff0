import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createQemuImg, type QemuImgParts } from '../../drivers/qemu/disks/qemuImg.ts';
import type { Folders } from '../../drivers/qemu/folders.ts';
import { diskTool, onPath } from '../../drivers/qemu/host.ts';
import { readImages } from '../../drivers/qemu/images/catalogue.ts';
import { type Import, importImage } from '../../drivers/qemu/images/importImage.ts';
import { importKernel, kernelFile } from '../../drivers/qemu/images/importKernel.ts';
import { removeImage } from '../../drivers/qemu/images/removeImage.ts';
import { removeLeftOver, workFolder } from '../../drivers/qemu/leftOver.ts';
import { DriverError } from '../../ports/driver.ts';
import { createSystemClock } from '../clock/system.ts';
import { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import { regionFolders, type Where } from '../qemuFolder.ts';
import { download, isUrl } from './download.ts';
import { printTable } from './keeping.ts';
import { createProgress } from './progress.ts';

export interface ImportFlags extends Where {
  readonly name?: string;
  readonly architecture: string;
  readonly bootMode: string;
  readonly sha256?: string;
  readonly type: string;
  readonly kernel?: string;
  readonly ramdisk?: string;
}

const architectures = ['x86_64', 'arm64', 'i386'] as const;
const types = ['machine', 'kernel', 'ramdisk'] as const;
const bootModes = ['legacy-bios', 'uefi', 'uefi-preferred'] as const;

/** `elsewhere image import FILE|URL`: prints the image's id. `verify` throws when the file is not what it should be. */
export async function importFile(
  settings: Settings,
  source: string,
  flags: ImportFlags,
  verify?: (file: string) => Promise<void>,
): Promise<void> {
  const architecture = oneOf('--architecture', flags.architecture, architectures);
  const bootMode = bootModeOf(flags);
  const type = oneOf('--type', flags.type, types);
  if (flags.sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(flags.sha256))
    throw new Problem('usage', '--sha256 must be 64 hexadecimal digits');
  const name = flags.name ?? nameOf(source);
  const folders = regionFolders(settings, flags);
  const progress = createProgress();
  await withFile(
    source,
    folders,
    (percent) => progress.show('fetching', percent),
    async (file) => {
      const checked = { ...(flags.sha256 && { sha256: flags.sha256 }), region: flags.region };
      const wanted = { file, name, architecture, ...checked, onProgress: progress.show };
      try {
        await verify?.(file);
        const { image } =
          type === 'machine'
            ? await importMachine({ ...wanted, bootMode }, folders, flags)
            : await importKernel(type, wanted, { folders, clock: createSystemClock() });
        progress.end();
        console.log(image.id);
      } catch (error) {
        progress.end();
        throw error instanceof DriverError ? new Problem(problemOf(error), `${source}: ${error.message}`) : error;
      }
    },
  );
}

async function importMachine(wanted: Import, folders: Folders, { kernel, ramdisk }: ImportFlags) {
  for (const id of [kernel, ramdisk])
    if (id !== undefined && (await kernelFile(id, folders)) === undefined)
      throw new Problem('usage', `there is no kernel or ramdisk ${id} in the region`);
  const direct = { ...(kernel && { kernelId: kernel }), ...(ramdisk && { ramdiskId: ramdisk }) };
  const parts = { folders, qemuImg: createQemuImg(binaries()), clock: createSystemClock() };
  return importImage({ ...wanted, ...direct }, parts);
}

/** The exit code of trouble with an image. */
export const problemOf = ({ trouble }: DriverError): 'full' | 'usage' => (trouble === 'no-capacity' ? 'full' : 'usage');

/** The file that is named, or what is fetched from the URL, as long as `work` runs. */
async function withFile(
  source: string,
  folders: Folders,
  onProgress: (percent: number) => void,
  work: (file: string) => Promise<void>,
): Promise<void> {
  if (!isUrl(source)) {
    if (!existsSync(source)) throw new Problem('usage', `there is no file ${source}`);
    return work(source);
  }
  const folder = workFolder(folders, 'fetch');
  try {
    await removeLeftOver(folders);
    const file = join(folder, 'disk');
    await download(source, file, onProgress);
    await work(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `elsewhere image list` */
export async function list(settings: Settings, where: Where): Promise<void> {
  printTable(
    ['IMAGE', 'NAME', 'ARCHITECTURE', 'GIB', 'CREATED'],
    (await readImages(regionFolders(settings, where))).map(({ image, snapshot }) => [
      image.id,
      image.name,
      image.architecture,
      snapshot === undefined ? '-' : String(snapshot.sizeGiB),
      new Date(image.createdAt).toISOString(),
    ]),
  );
}

/** `elsewhere image delete IMAGE`: volumes that were made of it stay. */
export async function remove(settings: Settings, id: string, where: Where): Promise<void> {
  if (!/^a[mkr]i-[0-9a-f]{17}$/.test(id) || !(await removeImage(id, regionFolders(settings, where))))
    throw new Problem('usage', `the region ${where.region} has no imported image ${id}`);
  console.log(`${id} is deleted`);
}

/** How an image boots, in EC2's words. */
export const bootModeOf = ({ bootMode }: { readonly bootMode: string }) => oneOf('--boot-mode', bootMode, bootModes);

function oneOf<T extends string>(flag: string, given: string, known: readonly T[]): T {
  const found = known.find((each) => each === given);
  if (found !== undefined) return found;
  throw new Problem('usage', `${flag} must be one of ${known.join(', ')}, not '${given}'`);
}

/** A name as EC2 takes them, made of the file's. */
function nameOf(source: string): string {
  const last = basename(isUrl(source) ? new URL(source).pathname : source).replace(/\.(qcow2|img|raw|vmdk|vhd)$/i, '');
  return last
    .replace(/[^A-Za-z0-9()[\] ./\-'@_]/g, '-')
    .padEnd(3, '-')
    .slice(0, 128);
}

/** The programs that copy disk images, where the system looks for programs. */
export function binaries(): QemuImgParts {
  const binary = onPath('qemu-img');
  if (binary === undefined)
    throw new Problem('usage', 'qemu-img is not there: install QEMU (on Debian: apt-get install qemu-utils)');
  return diskTool(binary);
}
