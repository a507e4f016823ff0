import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isMissing } from '../records.ts';

/** So much of a console is kept, as EC2 does; the file may grow to the other before it is cut. */
export const kept = { bytes: 64 * 1024, fileBytes: 1024 * 1024 } as const;

/** The end of what a guest wrote since its last start; undefined when it wrote nothing. Time: epoch milliseconds. */
export async function readConsole(
  path: string,
): Promise<{ readonly text: Uint8Array; readonly at: number } | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size, mtimeMs } = await file.stat();
      if (size === 0) return undefined;
      return { text: await tail(file, size), at: Math.round(mtimeMs) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** What the system counts in when it tells how much of a file is on the disk. */
const diskBlock = 512;

/** From where on something may be on the disk, of a file whose beginning was cut off; 0: it is there from its beginning. */
export const beginsAt = ({ size, blocks }: Pick<Stats, 'size' | 'blocks'>): number =>
  Math.max(0, size - blocks * diskBlock);

/**
 * Cuts a console that has grown too long. QEMU always writes at the end. Where the system can, the beginning is given back to
 * the disk and all that is behind it stays where it is, so that nothing is lost that is written meanwhile. Else what is kept is
 * copied to the beginning, and what a guest writes in that moment may be lost.
 */
export async function trimConsole(path: string, giveBack = punchHole): Promise<void> {
  try {
    const stats = await stat(path);
    if (stats.size - beginsAt(stats) <= kept.fileBytes) return;
    if (await giveBack(path, stats.size - kept.bytes)) return;
    const file = await open(path, 'r+');
    try {
      const text = await tail(file, (await file.stat()).size);
      await file.truncate(0);
      await file.write(text, 0, text.length, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

const run = promisify(execFile);

/** Makes a hole of the first bytes of a file; false where the program for that is not there, or the file system has no holes. */
async function punchHole(path: string, bytes: number): Promise<boolean> {
  try {
    await run('fallocate', ['--punch-hole', '--offset', '0', '--length', `${bytes}`, path]);
    return true;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ENOENT' || typeof code === 'number') return false;
    throw error;
  }
}

async function tail(file: Awaited<ReturnType<typeof open>>, size: number): Promise<Uint8Array> {
  const length = Math.min(size, kept.bytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.subarray(0, bytesRead);
}
