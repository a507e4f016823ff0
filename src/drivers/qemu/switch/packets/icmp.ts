import { checksumOf, sumOf } from './checksum.ts';
import { type Between, type Ipv4, ipHeader, newIpv4, payloadAt, protocols } from './ipv4.ts';

export interface Icmp {
  readonly type: number;
  readonly code: number;
  /** Of an echo and its reply. */
  readonly id: number;
}

/** Types of ICMP. */
export const icmpTypes = { echoReply: 0, unreachable: 3, echo: 8, timeExceeded: 11, parameter: 12 } as const;

/** Whether the type tells of another packet that did not arrive. */
export const isError = (type: number): boolean =>
  type === icmpTypes.unreachable || type === icmpTypes.timeExceeded || type === icmpTypes.parameter;

/** Reads the head of the ICMP message that a packet carries. Its checksum is the receiver's business. */
export function readIcmp(buffer: Buffer, { start, end }: Ipv4): Icmp | undefined {
  if (end - start < 8) return undefined;
  return { type: buffer[start]!, code: buffer[start + 1]!, id: buffer.readUInt16BE(start + 4) };
}

/** The head of the packet that an ICMP error tells of. */
export interface Quoted {
  readonly src: number;
  readonly dst: number;
  readonly protocol: number;
  readonly srcPort: number;
  readonly dstPort: number;
}

/** Reads what an ICMP error quotes: an IPv4 header, possibly cut after eight bytes of payload. */
export function readQuoted(buffer: Buffer, { start, end }: Ipv4): Quoted | undefined {
  const at = start + 8;
  if (end - at < ipHeader + 8 || buffer[at]! >> 4 !== 4) return undefined;
  const header = (buffer[at]! & 15) * 4;
  if (header < ipHeader || end - at < header + 8) return undefined;
  const protocol = buffer[at + 9]!;
  const icmp = protocol === protocols.icmp;
  return {
    src: buffer.readUInt32BE(at + 12),
    dst: buffer.readUInt32BE(at + 16),
    protocol,
    srcPort: buffer.readUInt16BE(at + header + (icmp ? 4 : 0)),
    dstPort: buffer.readUInt16BE(at + header + (icmp ? 4 : 2)),
  };
}

/** The frame that answers an echo request with the very bytes that it brought. Undefined when its checksum is wrong. */
export function echoReply(buffer: Buffer, { start, end }: Ipv4, between: Between): Buffer | undefined {
  if (end - start < 8 || checksumOf(sumOf(buffer, start, end)) !== 0) return undefined;
  const frame = newIpv4(between, protocols.icmp, end - start);
  buffer.copy(frame, payloadAt, start, end);
  frame[payloadAt] = icmpTypes.echoReply;
  frame.writeUInt16BE(0, payloadAt + 2);
  frame.writeUInt16BE(checksumOf(sumOf(frame, payloadAt, frame.length)), payloadAt + 2);
  return frame;
}
