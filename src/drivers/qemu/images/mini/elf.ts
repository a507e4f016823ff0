/** What the loader has to find for a program: its interpreter and its shared libraries. */
export interface Needs {
  readonly interpreter?: string;
  readonly libraries: readonly string[];
}

const kinds = { load: 1, dynamic: 2, interpreter: 3 } as const;
const tags = { end: 0, needed: 1, strings: 5 } as const;

interface Segment {
  readonly kind: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/** Reads a program or library of 64 bits, little-endian; undefined: it is none. */
export function readNeeds(file: Buffer): Needs | undefined {
  if (file.length < 64 || file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return undefined;
  const segments = segmentsOf(file);
  const interpreter = segments.find(({ kind }) => kind === kinds.interpreter);
  const entries = entriesOf(file, segments);
  const table = entries.find(({ tag }) => tag === tags.strings);
  const strings = table && offsetOf(table.value, segments);
  const libraries = entries.flatMap(({ tag, value }) =>
    tag === tags.needed && strings !== undefined ? [textAt(file, strings + value)] : [],
  );
  return { libraries, ...(interpreter && { interpreter: textAt(file, interpreter.offset) }) };
}

function segmentsOf(file: Buffer): readonly Segment[] {
  const [first, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)];
  return Array.from({ length: count }, (_, n) => {
    const number = (at: number): number => Number(file.readBigUInt64LE(first + n * size + at));
    return { kind: file.readUInt32LE(first + n * size), offset: number(8), address: number(16), bytes: number(32) };
  });
}

function entriesOf(file: Buffer, segments: readonly Segment[]) {
  const dynamic = segments.find(({ kind }) => kind === kinds.dynamic);
  const entries: { readonly tag: number; readonly value: number }[] = [];
  for (let at = dynamic?.offset ?? 0; dynamic !== undefined && at < dynamic.offset + dynamic.bytes; at += 16) {
    const [tag, value] = [Number(file.readBigUInt64LE(at)), Number(file.readBigUInt64LE(at + 8))];
    if (tag === tags.end) break;
    entries.push({ tag, value });
  }
  return entries;
}

function offsetOf(address: number, segments: readonly Segment[]): number | undefined {
  const holds = ({ kind, address: from, bytes }: Segment) =>
    kind === kinds.load && address >= from && address < from + bytes;
  const segment = segments.find(holds);
  return segment && address - segment.address + segment.offset;
}

const textAt = (file: Buffer, at: number): string => file.toString('latin1', at, file.indexOf(0, at));
