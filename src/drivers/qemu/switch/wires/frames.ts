/** Cuts a stream into frames. False: the stream cannot be one of frames, and whoever sent it is cut off. */
export type Cutter = (chunk: Buffer) => boolean;

/** Calls back with each frame: it lies in the buffer behind its length. `largest` is the most that a frame may have. */
export function createCutter(largest: number, frame: (buffer: Buffer, start: number, end: number) => void): Cutter {
  // Pieces of a frame that is not whole yet, and what it needs: joined once, so that a sender of single bytes costs no more.
  let pieces: Buffer[] = [];
  let held = 0;
  let needed = 4;
  return (chunk) => {
    pieces.push(chunk);
    held += chunk.length;
    if (held < needed) return true;
    const buffer = pieces.length === 1 ? chunk : Buffer.concat(pieces, held);
    let at = 0;
    needed = 4;
    while (buffer.length - at >= 4) {
      const length = buffer.readUInt32BE(at);
      if (length > largest) return false;
      if (buffer.length - at - 4 < length) {
        needed = 4 + length;
        break;
      }
      frame(buffer, at + 4, at + 4 + length);
      at += 4 + length;
    }
    held = buffer.length - at;
    pieces = held === 0 ? [] : [buffer.subarray(at)];
    return true;
  };
}
