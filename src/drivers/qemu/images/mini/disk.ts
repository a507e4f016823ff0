import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DriverError } from '../../../../ports/driver.ts';
import { bootRecord, firstSector, type Partition, sector } from './partition.ts';
import { runOf } from './tree.ts';

/** Of the disk: the smallest volume of EBS. */
const bytes = 2 ** 30;
const block = 4096;

/** What UEFI boots from. It lies before the root, which can grow so when the disk does. */
const system: Partition = { kind: 'efi', first: firstSector, sectors: 2 ** 14 };
/** The last of the disk stays free, so that every tool may keep a second partition table there. */
const rootSectors = bytes / sector - 2 * firstSector - system.sectors;
/** The root is the first partition all the same: there it is looked for. */
const linux: Partition = { kind: 'linux', first: system.first + system.sectors, sectors: rootSectors };
const offset = linux.first * sector;

/**
 * What GRUB does: it has no menu, so that nothing waits. The first partition is the root, and the consoles are the screen and the serial port.
 * Begun by its 16-bit entry, the kernel asks BIOS itself, and takes two seconds less of emulation until it has unpacked itself.
 */
const scripts = {
  bios: `set root=(hd0,msdos1)
linux16 /boot/vmlinuz root=/dev/vda1 rw console=tty0 console=ttyS0 quiet panic=5
initrd16 /boot/initrd
boot
`,
  uefi: `set root=(hd0,msdos1)
linux /boot/vmlinuz root=/dev/vda1 rw console=tty0 console=ttyS0 quiet panic=5
initrd /boot/initrd
boot
`,
} as const;

/** Writes a raw disk that BIOS and UEFI boot, with the folder `root` as its root file system. `work` is for what is made on the way. */
export async function writeDisk(tree: string, root: string, work: string): Promise<string> {
  const disk = join(work, 'disk.raw');
  const file = await open(disk, 'w');
  try {
    await file.truncate(bytes);
    const { record, core } = await bootLoader(tree, work);
    await file.write(record, 0, record.length, 0);
    await file.write(core, 0, core.length, sector);
  } finally {
    await file.close();
  }
  await systemPartition(tree, disk, work);
  await fileSystem(tree, { disk, root, work });
  return disk;
}

/** GRUB for BIOS: the first sector of a disk, and what fits in before the first partition. */
async function bootLoader(tree: string, work: string): Promise<{ readonly record: Buffer; readonly core: Buffer }> {
  const image = await grub(tree, work, 'i386-pc', scripts.bios, ['biosdisk', 'part_msdos', 'ext2', 'linux16']);
  const core = await readFile(image);
  if (core.length > firstSector * sector - sector)
    throw new DriverError('bug', `the boot loader of ${core.length} bytes is too large`);
  const code = await readFile(join(tree, 'usr/lib/grub/i386-pc/boot.img'));
  return { record: bootRecord(code, randomBytes(4).readUInt32LE(), [linux, system]), core };
}

/** GRUB for UEFI, where it is looked for on a disk that nothing was said about. */
async function systemPartition(tree: string, disk: string, work: string): Promise<void> {
  const image = await grub(tree, work, 'x86_64-efi', scripts.uefi, ['part_msdos', 'ext2', 'linux']);
  const at = ['-i', `${disk}@@${system.first * sector}`];
  await runOf(tree, 'mformat', [...at, '-v', 'EFI', '-T', `${system.sectors}`, '-h', '255', '-s', '63', '::']);
  await runOf(tree, 'mmd', [...at, '::/EFI', '::/EFI/BOOT']);
  await runOf(tree, 'mcopy', [...at, image, '::/EFI/BOOT/BOOTX64.EFI']);
}

/** Makes GRUB for a platform, with a script in it; gives its file. */
async function grub(
  tree: string,
  work: string,
  platform: string,
  script: string,
  modules: readonly string[],
): Promise<string> {
  const [early, image] = ['cfg', 'img'].map((ending) => join(work, `${platform}.${ending}`));
  await writeFile(early!, script);
  const how = [
    '-d',
    join(tree, 'usr/lib/grub', platform),
    '-O',
    platform,
    '-c',
    early!,
    '-p',
    '(hd0,msdos1)/boot/grub',
  ];
  await runOf(tree, 'grub-mkimage', [...how, '-o', image!, ...modules]);
  return image!;
}

/** A file system that is all root's, whoever makes it. It is written whole: nothing is left for the machine to do. */
async function fileSystem(
  tree: string,
  { disk, root, work }: { disk: string; root: string; work: string },
): Promise<void> {
  const at = [`offset=${offset}`, 'root_owner=0:0', 'lazy_itable_init=0', 'lazy_journal_init=0', 'nodiscard'];
  const how = ['-q', '-F', '-t', 'ext4', '-b', `${block}`, '-N', '16384', '-L', 'mini', '-m', '1', '-E', at.join(',')];
  await runOf(tree, 'mke2fs', [...how, '-d', root, disk, `${(rootSectors * sector) / block}`]);
  const paths = (await readdir(root, { recursive: true, withFileTypes: true })).map((each) =>
    relative(root, join(each.parentPath, each.name)),
  );
  const script = join(work, 'owners');
  const owned = paths.flatMap((path) => ['uid', 'gid'].map((field) => `set_inode_field "/${path}" ${field} 0`));
  await writeFile(script, `${owned.join('\n')}\n`);
  // It ends well whatever it could not do, and says so only on this output, after a line with its version.
  const { stderr } = await runOf(tree, 'debugfs', ['-w', '-f', script, `${disk}?offset=${offset}`]);
  const complaint = stderr.split('\n').find((line) => line !== '' && !/^debugfs \d/.test(line));
  if (complaint !== undefined) throw new DriverError('bug', `debugfs: ${complaint}`);
}
