import { type FileHandle, open } from 'node:fs/promises';
import { DriverError } from '../../../ports/driver.ts';

/** What a qcow2's header says (docs/interop/qcow2.txt of QEMU). */
export interface Qcow2Header {
  readonly version: number;
  readonly virtualBytes: number;
  /** As it is written there: a path, or something that QEMU would take for a URL. */
  readonly backing?: string;
  /** Its content is in another file. */
  readonly externalData: boolean;
  readonly encrypted: boolean;
  /** It was written that the file is corrupt. */
  readonly corrupt: boolean;
}

/** First bytes of a qcow2. */
export const qcow2Magic = Buffer.from('QFI\xfb', 'latin1');

const headerBytes = 104;
const mostNameBytes = 1023;
const incompatible = { corrupt: 1n << 1n, externalData: 1n << 2n } as const;

/** Reads the header of a qcow2, also while QEMU writes to the file. Undefined: it is no qcow2. */
export async function readQcow2(path: string): Promise<Qcow2Header | undefined> {
  const file = await open(path, 'r');
  try {
    return await readHeader(file, path);
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, path: string): Promise<Qcow2Header | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
  if (bytesRead < 72 || !buffer.subarray(0, 4).equals(qcow2Magic)) return undefined;
  const version = buffer.readUInt32BE(4);
  const backingAt = Number(buffer.readBigUInt64BE(8));
  const backingBytes = buffer.readUInt32BE(16);
  const features = version >= 3 ? buffer.readBigUInt64BE(72) : 0n;
  if (backingBytes > mostNameBytes)
    throw new DriverError('invalid', `${path}: the name of its backing file is too long`);
  const backing =
    backingAt === 0 || backingBytes === 0 ? undefined : await readText(file, backingAt, backingBytes, path);
  return {
    version,
    virtualBytes: Number(buffer.readBigUInt64BE(24)),
    ...(backing !== undefined && { backing }),
    externalData: (features & incompatible.externalData) !== 0n,
    encrypted: buffer.readUInt32BE(32) !== 0,
    corrupt: (features & incompatible.corrupt) !== 0n,
  };
}

async function readText(file: FileHandle, at: number, bytes: number, path: string): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
  if (bytesRead < bytes) throw new DriverError('invalid', `${path}: the name of its backing file is cut off`);
  return buffer.toString('utf8');
}
