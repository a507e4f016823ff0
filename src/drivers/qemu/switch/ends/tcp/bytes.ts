/** A queue of bytes that costs little more than the bytes, however small the pieces are in which they come. */
export interface Bytes {
  readonly length: number;
  /** Copies what it is given. */
  append(piece: Buffer): void;
  /** Takes a piece from the front. */
  shift(): Buffer | undefined;
  /** Forgets bytes at the front. */
  drop(size: number): void;
  /** Bytes that are there, without taking them. */
  slice(at: number, size: number): Buffer;
}

/** Pieces up to this size are put together. */
const small = 4_096;

export function createBytes(): Bytes {
  let pieces: Buffer[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(piece) {
      if (piece.length === 0) return;
      length += piece.length;
      const last = pieces.at(-1);
      if (last !== undefined && last.length + piece.length <= small)
        pieces[pieces.length - 1] = Buffer.concat([last, piece]);
      else pieces.push(Buffer.from(piece));
    },
    shift() {
      const piece = pieces.shift();
      length -= piece?.length ?? 0;
      return piece;
    },
    drop(size) {
      let left = Math.min(size, length);
      length -= left;
      let gone = 0;
      for (; left > 0 && pieces[gone]!.length <= left; gone += 1) left -= pieces[gone]!.length;
      pieces = pieces.slice(gone);
      if (left > 0) pieces[0] = pieces[0]!.subarray(left);
    },
    slice(at, size) {
      const found: Buffer[] = [];
      let skip = at;
      let left = size;
      for (const piece of pieces) {
        if (left <= 0) break;
        if (skip < piece.length) {
          const part = piece.subarray(skip, skip + left);
          found.push(part);
          left -= part.length;
        }
        skip = Math.max(0, skip - piece.length);
      }
      return found.length === 1 ? found[0]! : Buffer.concat(found);
    },
  };
}
