import { checksumOf, pseudoSum, sumOf } from './checksum.ts';
import { type Between, type Ipv4, newIpv4, payloadAt, protocols } from './ipv4.ts';

export interface Udp {
  readonly srcPort: number;
  readonly dstPort: number;
  /** In the buffer that it was read from. */
  readonly payload: Buffer;
}

const header = 8;

/** Reads the datagram that a whole packet carries; a checksum of 0 means that none was made. */
export function readUdp(buffer: Buffer, { src, dst, start, end }: Ipv4): Udp | undefined {
  if (end - start < header) return undefined;
  const length = buffer.readUInt16BE(start + 4);
  if (length < header || start + length > end) return undefined;
  const checked = buffer.readUInt16BE(start + 6) !== 0;
  const sum = pseudoSum(src, dst, protocols.udp, length);
  if (checked && checksumOf(sumOf(buffer, start, start + length, sum)) !== 0) return undefined;
  return {
    srcPort: buffer.readUInt16BE(start),
    dstPort: buffer.readUInt16BE(start + 2),
    payload: buffer.subarray(start + header, start + length),
  };
}

/** The largest payload of a datagram that is one packet of `mtu` bytes. */
export const largestPayload = (mtu: number): number => mtu - 20 - header;

/** A frame with a datagram. */
export function writeUdp(between: Between, { srcPort, dstPort, payload }: Udp): Buffer {
  const length = header + payload.length;
  const frame = newIpv4(between, protocols.udp, length);
  frame.writeUInt16BE(srcPort, payloadAt);
  frame.writeUInt16BE(dstPort, payloadAt + 2);
  frame.writeUInt16BE(length, payloadAt + 4);
  payload.copy(frame, payloadAt + header);
  const sum = pseudoSum(between.src, between.dst, protocols.udp, length);
  frame.writeUInt16BE(checksumOf(sumOf(frame, payloadAt, frame.length, sum)) || 0xffff, payloadAt + 6);
  return frame;
}
