import { icmpTypes, isError, readIcmp, readQuoted } from '../packets/icmp.ts';
import { type Ipv4, protocols } from '../packets/ipv4.ts';
import { flags } from '../packets/tcp.ts';
import { type Flow, type FlowKey, touch } from './flows.ts';
import type { PortState } from './ports.ts';
import { type Asked, allows } from './rules.ts';

type Direction = 'ingress' | 'egress';

/** What filters look at of a whole packet or a first fragment. */
export interface Facts {
  readonly srcPort: number;
  readonly dstPort: number;
  /** As in `Asked`. */
  readonly to: number | undefined;
  readonly code: number;
  readonly tcpFlags: number;
  /** An ICMP error about a flow: that flow, as the sender of the error sees it. */
  readonly about: { readonly protocol: number; readonly srcPort: number; readonly dstPort: number } | undefined;
}

const none = { srcPort: 0, dstPort: 0, code: 0, tcpFlags: 0, about: undefined } as const;

/** Reads what filters look at; undefined when the packet is too short to be what it says. */
export function factsOf(buffer: Buffer, packet: Ipv4): Facts | undefined {
  const { protocol, start, end } = packet;
  if (protocol === protocols.tcp || protocol === protocols.udp) {
    if (end - start < (protocol === protocols.tcp ? 20 : 8)) return undefined;
    const dstPort = buffer.readUInt16BE(start + 2);
    const tcpFlags = protocol === protocols.tcp ? buffer[start + 13]! & 0x3f : 0;
    return { srcPort: buffer.readUInt16BE(start), dstPort, to: dstPort, code: 0, tcpFlags, about: undefined };
  }
  if (protocol !== protocols.icmp) return { ...none, to: undefined };
  const icmp = readIcmp(buffer, packet);
  if (icmp === undefined) return undefined;
  const facts = { ...none, to: icmp.type, code: icmp.code };
  if (icmp.type === icmpTypes.echo || icmp.type === icmpTypes.echoReply)
    return { ...facts, srcPort: icmp.id, dstPort: icmp.id };
  if (!isError(icmp.type)) return facts;
  const quoted = readQuoted(buffer, packet);
  // The packet that did not arrive was sent by whom the error goes to.
  if (quoted === undefined || quoted.src !== packet.dst) return undefined;
  return { ...facts, about: { protocol: quoted.protocol, srcPort: quoted.dstPort, dstPort: quoted.srcPort } };
}

/** The key of a packet's flow, seen from the port that it leaves (`egress`) or goes to (`ingress`). */
function keyOf(
  direction: Direction,
  packet: Ipv4,
  { srcPort, dstPort }: Pick<Facts, 'srcPort' | 'dstPort'>,
  protocol: number,
): FlowKey {
  return direction === 'egress'
    ? { protocol, localIp: packet.src, localPort: srcPort, remoteIp: packet.dst, remotePort: dstPort }
    : { protocol, localIp: packet.dst, localPort: dstPort, remoteIp: packet.src, remotePort: srcPort };
}

/** What filters are asked with. */
export interface Passing {
  readonly direction: Direction;
  readonly packet: Ipv4;
  readonly facts: Facts;
  /** Security groups of the interface that has the remote address. */
  readonly remoteGroups: readonly string[];
  /** Of the network that is in force. */
  readonly generation: number;
  readonly now: number;
}

/** Whether a port's security groups let a packet pass: it is of an open flow that the rules still allow, or opens one. */
export function passes(port: PortState, passing: Passing): boolean {
  const { direction, packet, facts, now } = passing;
  if (facts.about !== undefined) {
    const key = keyOf(direction, packet, facts.about, facts.about.protocol);
    const flow = port.flows.find(key, now);
    return flow !== undefined && holds(port, key, flow, passing);
  }
  const key = keyOf(direction, packet, facts, packet.protocol);
  const found = port.flows.find(key, now);
  if (found !== undefined && holds(port, key, found, passing)) {
    touch(found, direction, packet.protocol, facts.tcpFlags, now);
    return true;
  }
  const asked = { protocol: packet.protocol, to: facts.to, code: facts.code, remoteIp: key.remoteIp };
  if (!allows(port.table.rules, direction, asked, passing.remoteGroups)) return false;
  // The end of a flow that nobody knows opens none.
  if ((facts.tcpFlags & flags.rst) !== 0) return true;
  if (!port.newFlows.take(now)) return false;
  const opened = { opener: direction, to: facts.to, code: facts.code, generation: passing.generation };
  const flow = port.flows.open(key, opened, now);
  if (flow === undefined) return false;
  touch(flow, direction, packet.protocol, facts.tcpFlags, now);
  return true;
}

/** Rules that changed since the flow was asked about are asked again. */
function holds(port: PortState, key: FlowKey, flow: Flow, { remoteGroups, generation }: Passing): boolean {
  if (flow.generation === generation) return true;
  const asked: Asked = { protocol: key.protocol, to: flow.to, code: flow.code, remoteIp: key.remoteIp };
  if (allows(port.table.rules, flow.opener, asked, remoteGroups)) {
    flow.generation = generation;
    return true;
  }
  port.flows.close(key);
  return false;
}
