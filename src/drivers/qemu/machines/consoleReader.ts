import { type FileHandle, open, stat } from 'node:fs/promises';
import { isMissing } from '../records.ts';
import { beginsAt, kept } from './consoleLog.ts';

const nothing = Buffer.alloc(0);

/** So often it may be looked at a log that was cut and has not got its end back: then whoever cut it is gone. */
const patience = 10;

/** Reads a console log piece by piece, also while it grows, is cut, and begins anew with the next boot. */
export class ConsoleReader {
  readonly #path: string;
  #file: FileHandle | undefined;
  /** Where in the file the next piece begins. */
  #at = 0;
  /** The end of what was read: what is left of it after a cut is not read again. */
  #last: Buffer = nothing;
  #looks = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What was written since the last time; empty when that is nothing. */
  async next(): Promise<Uint8Array> {
    this.#file ??= await openIfThere(this.#path);
    if (this.#file === undefined) return nothing;
    // What is replaced gets nothing more, so it is asked first and read to its end then.
    const replaced = await this.#isReplaced(this.#file);
    const text = await this.#more(this.#file);
    if (text.length > 0 || !replaced) return text;
    await this.close();
    return this.next();
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#at = 0;
    this.#last = nothing;
    this.#looks = 0;
  }

  /** Another file has the name. One that is open keeps its number to itself. */
  async #isReplaced(file: FileHandle): Promise<boolean> {
    try {
      return (await stat(this.#path)).ino !== (await file.stat()).ino;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async #more(file: FileHandle): Promise<Uint8Array> {
    const stats = await file.stat();
    const { size } = stats;
    if (size < this.#at && !(await this.#foundAgain(file, size))) return nothing;
    const from = Math.max(this.#at, beginsAt(stats));
    const there = await read(file, from, Math.min(size - from, kept.fileBytes));
    this.#at = from + there.length;
    // The beginning may have been cut off since then, too.
    const text = from < beginsAt(await file.stat()) + kept.bytes ? withoutHole(there) : there;
    this.#last = Buffer.concat([this.#last, text]).subarray(-kept.bytes);
    return text;
  }

  /** Finds the place in a log that was cut. It is empty first, and has its end back a moment later: then this is true. */
  async #foundAgain(file: FileHandle, size: number): Promise<boolean> {
    if (size < kept.bytes && ++this.#looks < patience) return false;
    this.#looks = 0;
    this.#at = overlap(this.#last, await read(file, 0, Math.min(size, kept.bytes)));
    return true;
  }
}

/** What is behind the zeros that a file reads as where it was cut off. */
function withoutHole(text: Buffer): Buffer {
  const first = text.findIndex((byte) => byte !== 0);
  return first < 0 ? nothing : text.subarray(first);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

/** With how many bytes `after` begins that `before` ends with: the most there are (the search of Knuth, Morris and Pratt). */
export function overlap(before: Uint8Array, after: Uint8Array): number {
  const shorter = new Uint32Array(after.length);
  const grown = (length: number, byte: number): number => {
    let found = length;
    while (found > 0 && after[found] !== byte) found = shorter[found - 1]!;
    return after[found] === byte ? found + 1 : found;
  };
  for (let at = 1; at < after.length; at += 1) shorter[at] = grown(shorter[at - 1]!, after[at]!);
  return before.reduce(grown, 0);
}
