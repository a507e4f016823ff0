import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DriverError } from '../../../../ports/driver.ts';
import { bootRecord, firstSector, sector } from './partition.ts';
import { runOf } from './tree.ts';

/** Of the disk: the smallest volume of EBS. */
const bytes = 2 ** 30;
/** The last of it stays free, so that every tool may keep a second partition table there. */
const sectors = bytes / sector - 2 * firstSector;
const offset = firstSector * sector;
const block = 4096;

/**
 * What GRUB does: it has no menu, so that nothing waits. The first partition is the root, and the console the serial port.
 * Begun by its 16-bit entry, the kernel asks BIOS itself, and takes two seconds less of emulation until it has unpacked itself.
 */
const bootScript = `set root=(hd0,msdos1)
linux16 /boot/vmlinuz root=/dev/vda1 rw console=tty0 console=ttyS0 quiet panic=5
initrd16 /boot/initrd
boot
`;

/** Writes a raw disk that BIOS boots, with the folder `root` as its root file system. `work` is for what is made on the way. */
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
  await fileSystem(tree, { disk, root, work });
  return disk;
}

/** GRUB for a disk: its first sector, and what fits in before the first partition. */
async function bootLoader(tree: string, work: string): Promise<{ readonly record: Buffer; readonly core: Buffer }> {
  const grub = join(tree, 'usr/lib/grub/i386-pc');
  const script = join(work, 'boot.cfg');
  const image = join(work, 'core.img');
  await writeFile(script, bootScript);
  const how = ['-d', grub, '-O', 'i386-pc', '-c', script, '-p', '(hd0,msdos1)/boot/grub', '-o', image];
  await runOf(tree, 'grub-mkimage', [...how, 'biosdisk', 'part_msdos', 'ext2', 'linux16']);
  const core = await readFile(image);
  if (core.length > offset - sector)
    throw new DriverError('bug', `the boot loader of ${core.length} bytes is too large`);
  const code = await readFile(join(grub, 'boot.img'));
  return { record: bootRecord(code, randomBytes(4).readUInt32LE(), sectors), core };
}

/** A file system that is all root's, whoever makes it. It is written whole: nothing is left for the machine to do. */
async function fileSystem(
  tree: string,
  { disk, root, work }: { disk: string; root: string; work: string },
): Promise<void> {
  const at = [`offset=${offset}`, 'root_owner=0:0', 'lazy_itable_init=0', 'lazy_journal_init=0', 'nodiscard'];
  const how = ['-q', '-F', '-t', 'ext4', '-b', `${block}`, '-N', '16384', '-L', 'mini', '-m', '1', '-E', at.join(',')];
  await runOf(tree, 'mke2fs', [...how, '-d', root, disk, `${(sectors * sector) / block}`]);
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
