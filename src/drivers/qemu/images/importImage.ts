import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../../ports/clock.ts';
import { DriverError, type ForeignImage } from '../../../ports/driver.ts';
import type { QemuImg } from '../disks/qemuImg.ts';
import type { SnapshotRecord } from '../disks/snapshotRecord.ts';
import type { Folders } from '../folders.ts';
import { halfOf, removeLeftOver } from '../leftOver.ts';
import { fileTrouble, makeFolder, settleFile, syncFolder, unfinished, writeRecord } from '../records.ts';
import { removeImageSnapshot } from './imageSnapshot.ts';
import { inspect } from './inspect.ts';
import type { ImageRecord } from './record.ts';

/** What is to become an image. */
export interface Import {
  readonly file: string;
  readonly name: string;
  readonly description?: string;
  readonly architecture: ForeignImage['architecture'];
  readonly bootMode: NonNullable<ForeignImage['bootMode']>;
  /** What the file must have. */
  readonly sha256?: string;
  /** The kernel and ramdisk that it is booted with, by the ids that they were imported under. */
  readonly kernelId?: string;
  readonly ramdiskId?: string;
  readonly region: string;
  readonly onProgress?: (stage: 'checking' | 'copying', percent: number) => void;
  readonly signal?: AbortSignal;
}

export interface ImportParts {
  readonly folders: Folders;
  readonly qemuImg: QemuImg;
  readonly clock: Clock;
}

const gib = 2 ** 30;
/** The account that public images are of, with the alias that says so. */
const owner = { ownerId: '000000000001', ownerAlias: 'self-imported' } as const;

/** Copies a disk image of somebody else into one of ours that stands alone, and offers it. Leaves nothing when it fails. */
export async function importImage(wanted: Import, parts: ImportParts): Promise<ImageRecord> {
  const file = resolve(wanted.file);
  try {
    const { format, virtualBytes } = await inspect(file, parts.qemuImg, wanted.signal);
    const sha256 = await checkDigest(file, wanted);
    const sizeGiB = Math.ceil(virtualBytes / gib);
    const snapshot = newId('snap');
    const record = recordOf(wanted, snapshot, sizeGiB, sha256, parts.clock.now());
    await offer(record, parts.folders, () => copy(file, format, { snapshot, sizeGiB, virtualBytes }, wanted, parts));
    return record;
  } catch (error) {
    throw fileTrouble(error, 'the image cannot be imported');
  }
}

/** The file's SHA-256, which is the one wanted, if one is. */
export async function checkDigest(file: string, wanted: Omit<Import, 'bootMode'>): Promise<string> {
  const sha256 = await digestOf(file, wanted);
  if (wanted.sha256 !== undefined && wanted.sha256.toLowerCase() !== sha256)
    throw new DriverError('invalid', `the file has the SHA-256 ${sha256}, not ${wanted.sha256}`);
  return sha256;
}

/** An id that nothing has. */
export const newId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString('hex')}`;

async function digestOf(file: string, { onProgress, signal }: Omit<Import, 'bootMode'>): Promise<string> {
  const hash = createHash('sha256');
  const stream = createReadStream(file, { highWaterMark: 2 ** 20 });
  onProgress?.('checking', 0);
  await pipeline(stream, hash, signal ? { signal } : {});
  onProgress?.('checking', 100);
  return hash.digest('hex');
}

/**
 * Its folder is made under another name, which names the snapshot: whoever finds it when this was cut off takes the snapshot
 * away, too.
 */
async function offer(record: ImageRecord, folders: Folders, copied: () => Promise<void>) {
  const folder = folders.image(record.image.id);
  const half = halfOf(folder);
  try {
    await makeFolder(dirname(folder));
    await removeLeftOver(folders);
    await writeRecord(join(half, 'image.json'), record);
    await copied();
    await rename(half, folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    if (record.snapshot !== undefined) await removeImageSnapshot(record.snapshot.id, folders);
    await rm(half, { recursive: true, force: true });
    throw error;
  }
}

interface Copied {
  readonly snapshot: string;
  readonly sizeGiB: number;
  readonly virtualBytes: number;
}

/** The snapshot's folder is made under another name, and is there at once with all that is in it. */
async function copy(
  from: string,
  format: string,
  { snapshot, sizeGiB, virtualBytes }: Copied,
  { region, onProgress, signal }: Import,
  { folders, qemuImg, clock }: ImportParts,
): Promise<void> {
  const folder = folders.snapshot(snapshot);
  await makeFolder(dirname(folder));
  const half = halfOf(folder);
  try {
    await makeFolder(half);
    const disk = join(half, 'disk.qcow2');
    await qemuImg.convert(from, format, `${disk}${unfinished}`, {
      // Content, its tables, and some room: a file that makes us write more than that is a trap.
      limits: { fileBytes: Math.ceil(virtualBytes * 1.02) + 64 * 2 ** 20 },
      onProgress: (percent) => onProgress?.('copying', percent),
      ...(signal && { signal }),
    });
    await settleFile(`${disk}${unfinished}`, disk);
    await chmod(disk, 0o444);
    const layer = join('snapshots', snapshot, 'disk.qcow2');
    const record: SnapshotRecord = { region, sizeGiB, layer, state: 'done', startedAt: clock.now() };
    await writeRecord(join(half, 'snapshot.json'), record);
    await rename(half, folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    throw error;
  }
}

/** What all images say alike. */
export const common = (wanted: Omit<Import, 'bootMode'>, at: number) =>
  ({
    name: wanted.name,
    ...(wanted.description !== undefined && { description: wanted.description }),
    ...owner,
    location: `${owner.ownerAlias}/${wanted.name}`,
    architecture: wanted.architecture,
    platformDetails: 'Linux/UNIX',
    usageOperation: 'RunInstances',
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    freeTierEligible: false,
    createdAt: at,
  }) as const satisfies Partial<ForeignImage>;

function recordOf(wanted: Import, snapshotId: string, sizeGiB: number, sha256: string, at: number): ImageRecord {
  const root = '/dev/xvda';
  const disk = { snapshotId, sizeGiB, volumeType: 'gp3', iops: 3000, throughputMBps: 125 } as const;
  const id = newId('ami');
  return {
    sha256,
    image: {
      id,
      type: 'machine',
      ...common(wanted, at),
      ...(wanted.kernelId !== undefined && { kernelId: wanted.kernelId }),
      ...(wanted.ramdiskId !== undefined && { ramdiskId: wanted.ramdiskId }),
      rootDeviceType: 'ebs',
      rootDeviceName: root,
      blockDevices: [{ deviceName: root, ebs: { ...disk, deleteOnTermination: true, encrypted: false } }],
      enaSupport: true,
      bootMode: wanted.bootMode,
    },
    snapshot: {
      id: snapshotId,
      ...owner,
      sizeGiB,
      description: `Imported for ${id}`,
      startedAt: at,
      encrypted: false,
    },
  };
}
