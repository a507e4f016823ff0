import { checksumOf, pseudoSum, sumOf } from './checksum.ts';
import { type Between, type Ipv4, newIpv4, payloadAt, protocols } from './ipv4.ts';

/** Flags of TCP. */
export const flags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

export interface TcpSegment {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  /** As written, not scaled. */
  readonly window: number;
  /** Options that only a SYN has. */
  readonly mss?: number | undefined;
  readonly scale?: number | undefined;
  /** In the buffer that it was read from. */
  readonly payload: Buffer;
}

const header = 20;

/** Reads the segment that a whole packet carries; undefined when it is malformed or its checksum is wrong. */
export function readTcp(buffer: Buffer, { src, dst, start, end }: Ipv4): TcpSegment | undefined {
  if (end - start < header) return undefined;
  const data = start + (buffer[start + 12]! >> 4) * 4;
  if (data < start + header || data > end) return undefined;
  const sum = pseudoSum(src, dst, protocols.tcp, end - start);
  if (checksumOf(sumOf(buffer, start, end, sum)) !== 0) return undefined;
  return {
    srcPort: buffer.readUInt16BE(start),
    dstPort: buffer.readUInt16BE(start + 2),
    seq: buffer.readUInt32BE(start + 4),
    ack: buffer.readUInt32BE(start + 8),
    flags: buffer[start + 13]! & 0x3f,
    window: buffer.readUInt16BE(start + 14),
    ...readOptions(buffer, start + header, data),
    payload: buffer.subarray(data, end),
  };
}

function readOptions(buffer: Buffer, start: number, end: number): { mss?: number; scale?: number } {
  const found: { mss?: number; scale?: number } = {};
  for (let at = start; at < end; ) {
    const kind = buffer[at]!;
    if (kind === 0) break;
    if (kind === 1) {
      at += 1;
      continue;
    }
    const length = at + 1 < end ? buffer[at + 1]! : 0;
    if (length < 2 || at + length > end) break;
    if (kind === 2 && length === 4) found.mss = buffer.readUInt16BE(at + 2);
    if (kind === 3 && length === 3) found.scale = Math.min(14, buffer[at + 2]!);
    at += length;
  }
  return found;
}

/** A frame with a segment. */
export function writeTcp(between: Between, segment: TcpSegment): Buffer {
  const options = (segment.mss === undefined ? 0 : 4) + (segment.scale === undefined ? 0 : 4);
  const length = header + options + segment.payload.length;
  const frame = newIpv4(between, protocols.tcp, length);
  let at = payloadAt;
  frame.writeUInt16BE(segment.srcPort, at);
  frame.writeUInt16BE(segment.dstPort, at + 2);
  frame.writeUInt32BE(segment.seq, at + 4);
  frame.writeUInt32BE(segment.ack, at + 8);
  frame[at + 12] = ((header + options) / 4) << 4;
  frame[at + 13] = segment.flags;
  frame.writeUInt16BE(segment.window, at + 14);
  at += header;
  if (segment.mss !== undefined) at = frame.writeUInt32BE(0x02040000 + segment.mss, at);
  if (segment.scale !== undefined) at = frame.writeUInt32BE(0x01030300 + segment.scale, at);
  segment.payload.copy(frame, at);
  const sum = pseudoSum(between.src, between.dst, protocols.tcp, length);
  frame.writeUInt16BE(checksumOf(sumOf(frame, payloadAt, frame.length, sum)), payloadAt + 16);
  return frame;
}
