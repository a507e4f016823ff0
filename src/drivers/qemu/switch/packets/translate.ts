import type { Ip } from './addresses.ts';
import { type Ipv4, protocols } from './ipv4.ts';

/** The addresses that a packet is to have. */
export interface Ends {
  readonly src: Ip;
  readonly dst: Ip;
}

/**
 * Gives the packet whose header is at `at` other addresses, in place, with the checksums that hang on them. What an ICMP error
 * quotes (`quotes`) is of the other direction, and gets them the other way round. Gives the packet as it is now.
 */
export function translate(buffer: Buffer, at: number, packet: Ipv4, ends: Ends, quotes: boolean): Ipv4 {
  const { protocol, start } = packet;
  const change = translateHeader(buffer, at, ends);
  if (protocol === protocols.tcp) adjust(buffer, start + 16, change);
  // 0 says that a datagram has no checksum; one that comes out as 0 is written as its equal.
  if (protocol === protocols.udp && buffer.readUInt16BE(start + 6) !== 0) {
    adjust(buffer, start + 6, change);
    if (buffer.readUInt16BE(start + 6) === 0) buffer.writeUInt16BE(0xffff, start + 6);
  }
  // A header with its own right checksum adds the same to that of ICMP, whatever its addresses are.
  if (quotes) translateHeader(buffer, start + 8, { src: ends.dst, dst: ends.src });
  return { ...packet, ...ends };
}

/** Gives a header alone other addresses, as that of a fragment that is not the first; tells what its sum has more. */
export function translateHeader(buffer: Buffer, at: number, { src, dst }: Ends): number {
  const before = addressesOf(buffer, at);
  buffer.writeUInt32BE(src, at + 12);
  buffer.writeUInt32BE(dst, at + 16);
  const change = addressesOf(buffer, at) - before;
  adjust(buffer, at + 10, change);
  return change;
}

/** Sum of the four words that are the addresses. */
function addressesOf(buffer: Buffer, at: number): number {
  let sum = 0;
  for (let word = at + 12; word < at + 20; word += 2) sum += buffer.readUInt16BE(word);
  return sum;
}

/** Brings a checksum up to words whose sum is another by `change` (RFC 1624): what was right stays right, and what was wrong, wrong. */
function adjust(buffer: Buffer, at: number, change: number): void {
  let sum = (~buffer.readUInt16BE(at) & 0xffff) + change;
  while (sum < 0) sum += 0xffff;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  buffer.writeUInt16BE(~sum & 0xffff, at);
}
