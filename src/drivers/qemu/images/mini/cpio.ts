/** A file (with data) or a folder (without) of a ramdisk. */
export interface Entry {
  readonly name: string;
  readonly mode?: number;
  readonly data?: string | Uint8Array;
}

const kinds = { folder: 0o040000, file: 0o100000 } as const;

/** Writes an archive of the form that Linux takes as ramdisk: cpio, "newc", with all numbers as eight hexadecimal digits. */
export function writeCpio(entries: readonly Entry[]): Buffer {
  const all = [...entries.map((entry, at) => record(entry, at + 1)), record({ name: 'TRAILER!!!', data: '' }, 0)];
  return Buffer.concat(all.flat());
}

function record({ name, mode, data }: Entry, inode: number): Buffer[] {
  const body = Buffer.from(data ?? '');
  const kind = data === undefined ? kinds.folder : kinds.file;
  const numbers = [inode, kind | (mode ?? (data === undefined ? 0o755 : 0o644)), 0, 0, 1, 0, body.length, 0, 0, 0, 0];
  const fields = [...numbers, name.length + 1, 0].map((number) => number.toString(16).padStart(8, '0'));
  const head = Buffer.from(`070701${fields.join('')}${name}\0`);
  return [head, padding(head.length), body, padding(body.length)];
}

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);
