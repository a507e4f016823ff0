import type { Mac } from './addresses.ts';

/** What an Ethernet frame carries. */
export const etherTypes = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

/** Bytes before what a frame carries. */
export const etherHeader = 14;

export const dstMacAt = (buffer: Buffer, start: number): Mac => buffer.readUIntBE(start, 6);
export const srcMacAt = (buffer: Buffer, start: number): Mac => buffer.readUIntBE(start + 6, 6);
export const etherTypeAt = (buffer: Buffer, start: number): number => buffer.readUInt16BE(start + 12);

/** Gives a frame other addresses, in place. */
export function readdress(buffer: Buffer, start: number, dst: Mac, src: Mac): void {
  buffer.writeUIntBE(dst, start, 6);
  buffer.writeUIntBE(src, start + 6, 6);
}

/** A new frame with room for `size` bytes behind its header. */
export function newFrame(dst: Mac, src: Mac, etherType: number, size: number): Buffer {
  const frame = Buffer.alloc(etherHeader + size);
  readdress(frame, 0, dst, src);
  frame.writeUInt16BE(etherType, 12);
  return frame;
}
