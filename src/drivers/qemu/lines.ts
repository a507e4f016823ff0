import { StringDecoder } from 'node:string_decoder';

/** No line of QMP, or of the switch, is longer; whoever sends more is neither. */
export const longestLine = 64 * 2 ** 20;

/** Gives what takes chunks of bytes and tells each whole line; calls `tooLong` when a line does not end. */
export function createLines(tell: (line: string) => void, tooLong: () => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  return (chunk) => {
    const pieces = decoder.write(chunk).split('\n');
    for (const [at, piece] of pieces.entries()) {
      parts.push(piece);
      length += piece.length;
      if (at === pieces.length - 1) break;
      const line = parts.join('').trim();
      parts = [];
      length = 0;
      if (line !== '') tell(line);
    }
    if (length > longestLine) tooLong();
  };
}
