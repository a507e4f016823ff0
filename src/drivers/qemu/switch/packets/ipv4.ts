import type { Ip, Mac } from './addresses.ts';
import { checksumOf, sumOf } from './checksum.ts';
import { etherHeader, etherTypes, newFrame } from './ethernet.ts';

/** Numbers of the protocols that IPv4 carries. */
export const protocols = { icmp: 1, tcp: 6, udp: 17 } as const;

/** An IPv4 packet inside a buffer. */
export interface Ipv4 {
  readonly src: Ip;
  readonly dst: Ip;
  readonly protocol: number;
  readonly id: number;
  readonly ttl: number;
  /** Where this fragment's payload belongs, in bytes; 0 for the first and for whole packets. */
  readonly offset: number;
  /** More fragments follow. */
  readonly more: boolean;
  /** Where the payload is in the buffer. */
  readonly start: number;
  readonly end: number;
}

/** Bytes of a header without options. */
export const ipHeader = 20;

/**
 * Reads the IPv4 packet that starts at `at`. Undefined: too short, lengths that contradict, a wrong checksum, a fragment
 * that would make the packet longer than any can be.
 */
export function readIpv4(buffer: Buffer, at: number, end: number): Ipv4 | undefined {
  if (end - at < ipHeader || buffer[at]! >> 4 !== 4) return undefined;
  const header = (buffer[at]! & 15) * 4;
  const total = buffer.readUInt16BE(at + 2);
  if (header < ipHeader || total < header || at + total > end) return undefined;
  if (checksumOf(sumOf(buffer, at, at + header)) !== 0) return undefined;
  const fragment = buffer.readUInt16BE(at + 6);
  const offset = (fragment & 0x1fff) * 8;
  const more = (fragment & 0x2000) !== 0;
  if (offset + total > 0xffff) return undefined;
  return {
    src: buffer.readUInt32BE(at + 12),
    dst: buffer.readUInt32BE(at + 16),
    protocol: buffer[at + 9]!,
    id: buffer.readUInt16BE(at + 4),
    ttl: buffer[at + 8]!,
    offset,
    more,
    start: at + header,
    end: at + total,
  };
}

/** Who sends an IPv4 frame to whom. */
export interface Between {
  readonly srcMac: Mac;
  readonly dstMac: Mac;
  readonly src: Ip;
  readonly dst: Ip;
  /** Networks that it may cross; absent: as many as is usual. */
  readonly ttl?: number;
}

/** The time to live that is usual. */
const usualTtl = 64;

/** Where the payload is in a frame of `newIpv4`. */
export const payloadAt = etherHeader + ipHeader;

/** A frame with an IPv4 header for a payload of `size` bytes, which is still to be written at `payloadAt`. */
export function newIpv4({ srcMac, dstMac, src, dst, ttl = usualTtl }: Between, protocol: number, size: number): Buffer {
  const frame = newFrame(dstMac, srcMac, etherTypes.ipv4, ipHeader + size);
  const at = etherHeader;
  frame[at] = 0x45;
  frame.writeUInt16BE(ipHeader + size, at + 2);
  frame.writeUInt16BE(0x4000, at + 6);
  frame[at + 8] = ttl;
  frame[at + 9] = protocol;
  frame.writeUInt32BE(src, at + 12);
  frame.writeUInt32BE(dst, at + 16);
  frame.writeUInt16BE(checksumOf(sumOf(frame, at, at + ipHeader)), at + 10);
  return frame;
}
