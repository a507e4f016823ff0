import type { Ip, Mac } from './addresses.ts';
import { etherHeader, etherTypes, newFrame } from './ethernet.ts';

/** ARP for IPv4 over Ethernet. */
export interface Arp {
  /** 1: who has it? 2: it is at… */
  readonly operation: number;
  readonly senderMac: Mac;
  readonly senderIp: Ip;
  readonly targetMac: Mac;
  readonly targetIp: Ip;
}

const size = 28;

/** Reads the ARP packet of a frame; undefined when it is none of IPv4 over Ethernet. */
export function readArp(frame: Buffer, start: number, end: number): Arp | undefined {
  const at = start + etherHeader;
  if (end - at < size || frame.readUInt32BE(at) !== 0x00010800 || frame.readUInt16BE(at + 4) !== 0x0604)
    return undefined;
  return {
    operation: frame.readUInt16BE(at + 6),
    senderMac: frame.readUIntBE(at + 8, 6),
    senderIp: frame.readUInt32BE(at + 14),
    targetMac: frame.readUIntBE(at + 18, 6),
    targetIp: frame.readUInt32BE(at + 24),
  };
}

/** A frame from the sender to the target. */
export function writeArp(arp: Arp): Buffer {
  const frame = newFrame(arp.targetMac, arp.senderMac, etherTypes.arp, size);
  frame.writeUInt32BE(0x00010800, etherHeader);
  frame.writeUInt16BE(0x0604, etherHeader + 4);
  frame.writeUInt16BE(arp.operation, etherHeader + 6);
  frame.writeUIntBE(arp.senderMac, etherHeader + 8, 6);
  frame.writeUInt32BE(arp.senderIp, etherHeader + 14);
  frame.writeUIntBE(arp.targetMac, etherHeader + 18, 6);
  frame.writeUInt32BE(arp.targetIp, etherHeader + 24);
  return frame;
}
