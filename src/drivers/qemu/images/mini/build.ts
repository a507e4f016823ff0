import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DriverError } from '../../../../ports/driver.ts';
import type { QemuImg } from '../../disks/qemuImg.ts';
import { fileTrouble } from '../../records.ts';
import { writeDisk } from './disk.ts';
import { writeRoot } from './tree.ts';
import { unpack } from './unpack.ts';

/** Debian's packages that the image is made of; those that they need come with them. */
const packages = [
  ...['linux-image-cloud-amd64', 'busybox-static', 'dropbear-bin', 'openssh-sftp-server', 'e2fsprogs'],
  ...['grub-pc-bin', 'grub-efi-amd64-bin', 'grub-common', 'mtools'],
] as const;

export interface Build {
  /** For everything that is made; the caller removes it. */
  readonly work: string;
  /** Where packages are taken from, and kept. */
  readonly packages?: string;
  readonly qemuImg: QemuImg;
  readonly onProgress?: (stage: 'packages' | 'building', percent: number) => void;
}

export interface Built {
  /** A qcow2. */
  readonly file: string;
  /** The release of its kernel. */
  readonly kernel: string;
}

/** Builds a tiny disk image that boots, of Debian's packages, without root. */
export async function buildMini({ work, packages: kept, qemuImg, onProgress }: Build): Promise<Built> {
  if (process.arch !== 'x64')
    throw new DriverError('unsupported', `the image is built on x86_64 only, and this computer is ${process.arch}`);
  const [folder, tree, root] = [kept ?? join(work, 'packages'), join(work, 'tree'), join(work, 'root')];
  try {
    onProgress?.('packages', 0);
    await unpack(packages, resolve(folder), tree);
    onProgress?.('packages', 100);
    onProgress?.('building', 0);
    await mkdir(root);
    const kernel = await writeRoot(tree, root);
    onProgress?.('building', 25);
    const disk = await writeDisk(tree, root, work);
    onProgress?.('building', 75);
    const file = join(work, 'mini.qcow2');
    await qemuImg.convert(disk, 'raw', file);
    onProgress?.('building', 100);
    return { file, kernel };
  } catch (error) {
    throw fileTrouble(error, 'the image cannot be built');
  }
}
