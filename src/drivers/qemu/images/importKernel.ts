import { copyFile, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../../../ports/clock.ts';
import { DriverError, type ForeignImage } from '../../../ports/driver.ts';
import type { Folders } from '../folders.ts';
import { halfOf, removeLeftOver } from '../leftOver.ts';
import { fileTrouble, makeFolder, readRecord, settleFile, syncFolder, unfinished, writeRecord } from '../records.ts';
import { checkDigest, common, type Import, newId } from './importImage.ts';
import { type ImageRecord, imageRecord } from './record.ts';

export type KernelKind = 'kernel' | 'ramdisk';

const mostBytes = 2 ** 30;
const prefixes: Readonly<Record<KernelKind, string>> = { kernel: 'aki', ramdisk: 'ari' };

type Magic = readonly [at: number, bytes: string];

/** What Linux boots (bzImage, ELF for PVH, arm64's Image), and what it unpacks as a ramdisk, by their first bytes. */
const magics: Readonly<Record<KernelKind, readonly Magic[]>> = {
  kernel: [
    [0x202, 'HdrS'],
    [0, '\x7fELF'],
    [0x38, 'ARM\x64'],
  ],
  ramdisk: [
    [0, '070701'],
    [0, '\x1f\x8b'],
    [0, '\xfd7zXZ'],
    [0, '\x28\xb5\x2f\xfd'],
    [0, 'BZh'],
    [0, '\x02\x21\x4c\x18'],
    [0, '\x5d\0\0'],
  ],
};

/** Copies a kernel or a ramdisk, and offers it as an AKI or ARI. Leaves nothing when it fails. */
export async function importKernel(
  kind: KernelKind,
  wanted: Omit<Import, 'bootMode'>,
  { folders, clock }: { readonly folders: Folders; readonly clock: Clock },
): Promise<ImageRecord> {
  const file = resolve(wanted.file);
  const id = newId(prefixes[kind]);
  const folder = folders.image(id);
  const half = halfOf(folder);
  try {
    await check(file, kind);
    const sha256 = await checkDigest(file, wanted);
    await makeFolder(dirname(folder));
    await removeLeftOver(folders);
    await makeFolder(half);
    await copyFile(file, join(half, `file${unfinished}`));
    await settleFile(join(half, `file${unfinished}`), join(half, 'file'));
    const record = { sha256, image: { id, type: kind, ...common(wanted, clock.now()), ...own } } satisfies ImageRecord;
    await writeRecord(join(half, 'image.json'), record);
    await rename(half, folder);
    await syncFolder(dirname(folder));
    return record;
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    throw fileTrouble(error, `the ${kind} cannot be imported`);
  }
}

/** Nothing is launched from it alone. */
const own = {
  rootDeviceType: 'instance-store',
  blockDevices: [],
  enaSupport: false,
} as const satisfies Partial<ForeignImage>;

async function check(file: string, kind: KernelKind): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const stat = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const head = buffer.subarray(0, bytesRead).toString('latin1');
    const known = magics[kind].some(([at, bytes]) => head.startsWith(bytes, at));
    if (!stat.isFile() || !known) throw new DriverError('invalid', `the file is refused: it is no ${kind}`);
    if (stat.size > mostBytes) throw new DriverError('invalid', `the file is refused: no ${kind} is that large`);
  } finally {
    await handle.close();
  }
}

/** The file of a kernel or ramdisk image, for machines that boot it directly; undefined when there is none. */
export async function kernelFile(id: string, folders: Folders): Promise<string | undefined> {
  const record = await readRecord<ImageRecord>(imageRecord(folders, id));
  return record === undefined || record.image.type === 'machine' ? undefined : join(folders.image(id), 'file');
}
