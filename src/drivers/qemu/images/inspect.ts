import { open } from 'node:fs/promises';
import { DriverError } from '../../../ports/driver.ts';
import { qcow2Magic, readQcow2 } from '../disks/qcow2.ts';
import type { QemuImg } from '../disks/qemuImg.ts';

/** Formats that are taken, in QEMU's words (`vpc` is VHD). */
export type DiskFormat = 'qcow2' | 'raw' | 'vmdk' | 'vpc';

export interface Inspected {
  readonly format: DiskFormat;
  readonly virtualBytes: number;
}

/** The largest disk that EBS has. */
export const mostBytes = 16 * 2 ** 40;
const sector = 512;

const refuse = (why: string): never => {
  throw new DriverError('invalid', `the file is refused: ${why}`);
};

/**
 * Finds out what a disk image of somebody else is, and refuses what is damaged, cut off, too large, or names another file:
 * such a file would make us read what its author must not see. QEMU is told the format, never asked to guess it.
 */
export async function inspect(file: string, qemuImg: QemuImg, signal?: AbortSignal): Promise<Inspected> {
  const { format, bytes } = await formatOf(file);
  if (format === 'qcow2') await checkHeader(file);
  const options = signal && { signal };
  const facts = await qemuImg.info(file, format, options);
  if (facts['backing-filename'] !== undefined || facts['full-backing-filename'] !== undefined)
    refuse('it stands on another file');
  const data = facts['format-specific']?.data ?? {};
  if (data['data-file'] !== undefined) refuse('its content is in another file');
  const extents = Array.isArray(data.extents) ? (data.extents as readonly { readonly filename?: string }[]) : [];
  if (extents.some(({ filename }) => filename !== file)) refuse('its content is in another file');
  const virtualBytes = facts['virtual-size'];
  if (virtualBytes <= 0) refuse('it is empty');
  if (virtualBytes > mostBytes) refuse(`a disk of ${virtualBytes} bytes is larger than ${mostBytes}`);
  if (format === 'qcow2') await checkWhole(file, bytes, qemuImg, signal);
  return { format, virtualBytes };
}

async function formatOf(file: string): Promise<{ readonly format: DiskFormat; readonly bytes: number }> {
  const handle = await open(file, 'r');
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) refuse('it is no regular file');
    const bytes = stat.size;
    const { buffer: head } = await handle.read(Buffer.alloc(sector), 0, sector, 0);
    const { buffer: foot } = await handle.read(Buffer.alloc(sector), 0, sector, Math.max(0, bytes - sector));
    return { format: byMagic(head, foot, bytes), bytes };
  } finally {
    await handle.close();
  }
}

/** Names of formats by their first bytes, for those that are known and not taken. */
const others: Readonly<Record<string, string>> = {
  vhdxfile: 'VHDX',
  '# Disk D': 'a VMDK of several files',
  COWD: 'an old VMDK',
  'QED\0': 'QED',
  '<<< ': 'VDI',
  '\x1f\x8b': 'compressed with gzip: unpack it first',
  '\xfd7zX': 'compressed with xz: unpack it first',
  '\x28\xb5\x2f\xfd': 'compressed with zstd: unpack it first',
};

function byMagic(head: Buffer, foot: Buffer, bytes: number): DiskFormat {
  const starts = (magic: string, from = head): boolean => from.subarray(0, magic.length).toString('latin1') === magic;
  if (head.subarray(0, 4).equals(qcow2Magic)) return 'qcow2';
  if (starts('KDMV')) {
    // Without a capacity QEMU takes the descriptor inside, which may name any file.
    if (head.readBigUInt64LE(12) === 0n) refuse('it is a VMDK that only describes other files');
    return 'vmdk';
  }
  if (starts('conectix', foot)) return 'vpc';
  if (starts('conectix')) refuse('it is a VHD that is cut off');
  const other = Object.entries(others).find(([magic]) => starts(magic));
  if (other !== undefined) refuse(`it is ${other[1]}`);
  if (bytes === 0 || bytes % sector !== 0) refuse('it is no disk: its size is no multiple of 512, or nothing');
  return 'raw';
}

async function checkHeader(file: string): Promise<void> {
  const header = (await readQcow2(file)) ?? refuse('it is cut off');
  if (header.backing !== undefined) refuse('it stands on another file');
  if (header.externalData) refuse('its content is in another file');
  if (header.encrypted) refuse('it is encrypted');
  if (header.corrupt) refuse('it is marked as corrupt');
}

async function checkWhole(file: string, bytes: number, qemuImg: QemuImg, signal?: AbortSignal): Promise<void> {
  const checked = await qemuImg.check(file, 'qcow2', signal && { signal });
  if (checked['check-errors'] !== 0 || (checked.corruptions ?? 0) > 0) refuse('it is corrupt');
  // What is beyond the end of a file reads as zeros, and nobody else would complain. The last cluster may be cut short.
  const most = 2 * 2 ** 20;
  const slack = Math.min(most, await clusterBytes(file));
  if ((checked['image-end-offset'] ?? 0) - bytes >= slack) refuse('it is cut off');
}

async function clusterBytes(file: string): Promise<number> {
  const handle = await open(file, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 20);
    return 2 ** Math.min(buffer.readUInt32BE(0), 21);
  } finally {
    await handle.close();
  }
}
