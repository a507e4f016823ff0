/** Sum of 16-bit words, for the checksum of the Internet (RFC 1071); `sum` is what was summed before. */
export function sumOf(buffer: Buffer, start: number, end: number, sum = 0): number {
  let total = sum;
  let at = start;
  for (; at + 1 < end; at += 2) total += (buffer[at]! << 8) | buffer[at + 1]!;
  if (at < end) total += buffer[at]! << 8;
  return total;
}

/** The checksum of what was summed. A block that holds its own right checksum gives 0. */
export function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** Sum of the pseudo header that TCP and UDP checksums begin with. */
export const pseudoSum = (src: number, dst: number, protocol: number, length: number): number =>
  (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + protocol + length;
