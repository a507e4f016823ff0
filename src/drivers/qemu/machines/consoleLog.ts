import { open, stat } from 'node:fs/promises';
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

/** Cuts a console that has grown too long. QEMU always writes at the end, so it goes on behind what is kept. */
export async function trimConsole(path: string): Promise<void> {
  try {
    if ((await stat(path)).size <= kept.fileBytes) return;
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

async function tail(file: Awaited<ReturnType<typeof open>>, size: number): Promise<Uint8Array> {
  const length = Math.min(size, kept.bytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.subarray(0, bytesRead);
}
