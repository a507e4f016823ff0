import type { Network, SeenPort } from '../../network/plane.ts';
import { type Ip, ipText, type Mac, needIp } from '../packets/addresses.ts';
import { readArp } from '../packets/arp.ts';
import { dstMacAt, etherHeader, etherTypeAt, etherTypes, readdress, srcMacAt } from '../packets/ethernet.ts';
import { echoReply, icmpTypes } from '../packets/icmp.ts';
import { type Ipv4, protocols, readIpv4 } from '../packets/ipv4.ts';
import { translate, translateHeader } from '../packets/translate.ts';
import { readUdp } from '../packets/udp.ts';
import { acl, mayComeFrom } from './borders.ts';
import type { Switch, SwitchParts } from './contract.ts';
import { type Facts, factsOf, passes } from './filter.ts';
import { leastFirst } from './fragments.ts';
import { dhcpPorts, leaseAnswer } from './leases.ts';
import { honest, neighbourAnswer, neighbourQuestion } from './neighbours.ts';
import { createPort, type PortState, seenOf } from './ports.ts';
import { routeOf, type Target } from './routes.ts';
import { compileTopology, type Holder, routerMac, type Topology, targetOf, type VpcTable } from './topology.ts';

/** A frame that leaves a network, with what it holds. */
interface Frame {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly packet: Ipv4;
  readonly facts: Facts;
}

/** A machine that was not heard of for so long is asked for its address, in milliseconds. */
const silentMs = 20_000;

/** Where machines ask for their metadata. */
export const metadataIp = needIp('169.254.169.254');
const resolverIp = needIp('169.254.169.253');

/** Puts a packet where it belongs, or nowhere. Every drop is counted at the port that it came from. */
export const createSwitch = (parts: SwitchParts): Switch => new UserspaceSwitch(parts);

class UserspaceSwitch implements Switch {
  readonly #parts: SwitchParts;
  readonly #ports = new Map<string, PortState>();
  #topology: Topology = {
    vpcs: new Map(),
    ports: new Map(),
    peers: new Map(),
    publicIps: new Map(),
    holders: new Map(),
  };
  #generation = 0;

  constructor(parts: SwitchParts) {
    this.#parts = parts;
  }

  get topology(): Topology {
    return this.#topology;
  }

  apply(network: Network): void {
    const { clock, limits } = this.#parts;
    const next = compileTopology(network);
    for (const id of this.#ports.keys()) if (!next.ports.has(id)) this.#ports.delete(id);
    for (const [id, table] of next.ports) {
      const known = this.#ports.get(id);
      if (known === undefined) this.#ports.set(id, createPort(table, limits, clock.now()));
      else known.table = table;
    }
    this.#topology = next;
    this.#generation += 1;
  }

  receive(id: string, buffer: Buffer, start: number, end: number): void {
    const from = this.#ports.get(id);
    if (from === undefined) return;
    const now = this.#parts.clock.now();
    from.received.frames += 1;
    from.received.bytes += end - start;
    const sound = end - start >= etherHeader && srcMacAt(buffer, start) === from.table.mac && from.frames.take(now);
    if (!sound || !this.#handle(from, buffer, start, end, now)) from.received.dropped += 1;
  }

  deliver(id: string, frame: Buffer): 'sent' | 'behind' | 'refused' {
    const to = this.#ports.get(id);
    const packet = to && readIpv4(frame, etherHeader, frame.length);
    const facts = packet && factsOf(frame, packet);
    if (to === undefined || packet === undefined || facts === undefined) return 'refused';
    if (this.#wayOut(to, packet.dst, packet.src) === undefined || !acl(to, 'ingress', packet, facts)) return 'refused';
    const now = this.#parts.clock.now();
    const asked = { packet, facts, remoteGroups: [], generation: this.#generation, now };
    if (!passes(to, { ...asked, direction: 'ingress' })) return 'refused';
    return this.#send(to, frame) ? 'sent' : 'behind';
  }

  answer(id: string, frame: Buffer): boolean {
    const to = this.#ports.get(id);
    return to !== undefined && this.#send(to, frame);
  }

  wayOut(id: string, privateIp: Ip, outside: Ip): string | undefined {
    const port = this.#ports.get(id);
    return port && this.#wayOut(port, privateIp, outside);
  }

  seen(id: string): Omit<SeenPort, 'up'> | undefined {
    const port = this.#ports.get(id);
    return port && seenOf(port);
  }

  sweep(): void {
    const now = this.#parts.clock.now();
    for (const port of this.#ports.values()) {
      port.flows.sweep(now);
      if (now - (port.seen.heardAt ?? 0) >= silentMs) this.#send(port, neighbourQuestion(port.table));
    }
  }

  #send(to: PortState, frame: Buffer): boolean {
    return put(to, this.#parts.send(to.id, frame), frame.length);
  }

  #groupsOf(vpc: VpcTable, target: Target, ip: Ip): readonly string[] {
    const there = target.kind === 'peering' ? this.#topology.peers.get(`${target.id} ${vpc.id}`) : vpc;
    return there?.owners.get(ip)?.spec.groups ?? [];
  }

  #arp(from: PortState, buffer: Buffer, start: number, end: number, now: number): boolean {
    const asked = readArp(buffer, start, end);
    if (asked === undefined || !honest(from.table, asked) || !from.questions.take(now)) return false;
    from.seen.heardAt = now;
    const answer = neighbourAnswer(from.table, asked);
    if (answer !== undefined) this.#send(from, answer);
    return true;
  }

  /** What the switch answers itself. Undefined: the packet is for somebody else. */
  #own(from: PortState, buffer: Buffer, packet: Ipv4, now: number): boolean | undefined {
    const { table } = from;
    const { dst, protocol } = packet;
    const fragment = packet.more || packet.offset > 0;
    const dhcp = protocol === protocols.udp && !fragment && buffer.readUInt16BE(packet.start + 2) === dhcpPorts.server;
    if (dhcp && (dst === 0xffffffff || dst === table.subnet.router)) {
      const datagram = from.questions.take(now) ? readUdp(buffer, packet) : undefined;
      const answer = datagram && leaseAnswer(table, datagram, this.#parts.limits.mtu);
      if (answer === undefined) return false;
      if (answer.leased) from.seen.leasedAt = now;
      return this.#send(from, answer.frame);
    }
    const link = dst >>> 16 === 0xa9fe;
    if (!link && dst !== table.subnet.router && dst !== table.vpc.resolver) return undefined;
    if (fragment) return false;
    if (protocol === protocols.icmp && buffer[packet.start] === icmpTypes.echo) {
      const between = { srcMac: routerMac, dstMac: table.mac, src: dst, dst: packet.src };
      const reply = from.questions.take(now) ? echoReply(buffer, packet, between) : undefined;
      return reply !== undefined && this.#send(from, reply);
    }
    const end = dst === metadataIp ? 'metadata' : dst === resolverIp || dst === table.vpc.resolver ? 'dns' : undefined;
    if (end === undefined) return false;
    if (protocol === protocols.udp && !from.questions.take(now)) return false;
    this.#parts.end(end, from.id, buffer, packet);
    return true;
  }

  /** The port of a machine that a packet goes to; undefined when nobody is there. */
  #machineAt(from: PortState, packet: Ipv4, target: Target): PortState | undefined {
    const { vpc } = from.table;
    if (target.kind === 'interface') {
      const by = this.#ports.get(target.id);
      return by?.table.vpc === vpc ? by : undefined;
    }
    const there = target.kind === 'peering' ? this.#topology.peers.get(`${target.id} ${vpc.id}`) : vpc;
    const owner = there?.owners.get(packet.dst);
    return owner && this.#ports.get(owner.spec.id);
  }

  #unicast(from: PortState, to: PortState, buffer: Buffer, start: number, end: number): boolean {
    const near = from.table.subnet === to.table.subnet;
    return this.#forward(to, near ? from.table.mac : routerMac, buffer, start, end);
  }

  #forward(to: PortState, srcMac: Mac, buffer: Buffer, start: number, end: number): boolean {
    readdress(buffer, start, to.table.mac, srcMac);
    return put(to, this.#parts.forward(to.id, buffer, start, end), end - start);
  }

  /** A fragment goes where the first one of its packet went. */
  #follow(from: PortState, packet: Ipv4, buffer: Buffer, start: number, end: number, now: number): boolean {
    const way = from.fragments.follow(packet, now);
    if (way?.generation !== this.#generation) return false;
    if (way.ends === undefined) return this.#unicast(from, way.to, buffer, start, end);
    translateHeader(buffer, start + etherHeader, way.ends);
    return this.#forward(way.to, routerMac, buffer, start, end);
  }

  /** From one machine to another: out of the one's rules, into the other's. */
  #across(from: PortState, to: PortState, packet: Ipv4, facts: Facts, target: Target, now: number) {
    const [source, goal] = [from.table, to.table];
    if (goal.spec.sourceDestCheck && !goal.ips.includes(packet.dst)) return false;
    const border = source.subnet !== goal.subnet;
    if (border && !acl(from, 'egress', packet, facts)) return false;
    // Written out: spreading one object into two costs more than all the rest of this.
    const generation = this.#generation;
    const remoteGroups = this.#groupsOf(source.vpc, target, packet.dst);
    if (!passes(from, { direction: 'egress', packet, facts, remoteGroups, generation, now })) return false;
    if (border && !acl(to, 'ingress', packet, facts)) return false;
    const theirs = source.vpc.owners.get(packet.src)?.spec.groups ?? [];
    return passes(to, { direction: 'ingress', packet, facts, remoteGroups: theirs, generation, now });
  }

  #ip(from: PortState, buffer: Buffer, start: number, end: number, now: number): boolean {
    const packet = readIpv4(buffer, start + etherHeader, end);
    if (packet === undefined || packet.end - start - etherHeader > this.#parts.limits.mtu) return false;
    if (!mayComeFrom(from, packet)) return false;
    if (from.table.ips.includes(packet.src)) from.seen.heardAt = now;
    if (
      (packet.protocol === protocols.udp || packet.protocol === protocols.icmp) &&
      packet.end - packet.start < 8 &&
      packet.offset === 0
    )
      return false;
    const done = this.#own(from, buffer, packet, now);
    if (done !== undefined) return done;
    if (packet.offset > 0) return this.#follow(from, packet, buffer, start, end, now);
    if (packet.src === 0 || (packet.more && packet.end - packet.start < leastFirst)) return false;
    const facts = factsOf(buffer, packet);
    const target = facts && targetOf(from.table, dstMacAt(buffer, start), packet.dst);
    if (facts === undefined || target === undefined || target.kind === 'blackhole') return false;
    if (target.kind === 'internet' || target.kind === 'nat')
      return this.#out(from, { buffer, start, end, packet, facts }, now);
    const to = this.#machineAt(from, packet, target);
    if (to === undefined || to === from || !this.#across(from, to, packet, facts, target, now)) return false;
    if (packet.more) from.fragments.remember(packet, { to, generation: this.#generation }, now);
    return this.#unicast(from, to, buffer, start, end);
  }

  #out(from: PortState, frame: Frame, now: number): boolean {
    const { buffer, packet, facts } = frame;
    const seenAs = this.#wayOut(from, packet.src, packet.dst);
    if (seenAs === undefined || !acl(from, 'egress', packet, facts)) return false;
    // Behind a NAT gateway there are many, who may have the same port: what ends such a flow begins another.
    const holder = this.#topology.holders.get(packet.dst);
    const straight = holder !== undefined && this.#topology.publicIps.get(`${from.id} ${packet.src}`) === seenAs;
    // Nobody puts together what ends in the switch.
    if (packet.more && !straight) return false;
    if (!passes(from, { direction: 'egress', packet, facts, remoteGroups: [], generation: this.#generation, now }))
      return false;
    if (straight) return this.#backIn(from, holder, needIp(seenAs), frame, now);
    this.#parts.end('outside', from.id, buffer, packet);
    return true;
  }

  /** Out at the internet gateway and in again: to whom a public address belongs, the sender itself perhaps, from the public address of the sender. */
  #backIn(from: PortState, { port, privateIp }: Holder, seenAs: Ip, frame: Frame, now: number): boolean {
    const { buffer, start, end, packet, facts } = frame;
    const to = this.#ports.get(port);
    // It answers by the address that it was asked at, or cannot.
    if (to === undefined || this.#wayOut(to, privateIp, seenAs) !== ipText(packet.dst)) return false;
    const ends = { src: seenAs, dst: privateIp };
    const seen = translate(buffer, start + etherHeader, packet, ends, facts.about !== undefined);
    if (!acl(to, 'ingress', seen, facts)) return false;
    const asked = { packet: seen, facts, remoteGroups: [], generation: this.#generation, now };
    if (!passes(to, { ...asked, direction: 'ingress' })) return false;
    if (packet.more) from.fragments.remember(packet, { to, generation: this.#generation, ends }, now);
    return this.#forward(to, routerMac, buffer, start, end);
  }

  #wayOut({ id, table }: PortState, privateIp: Ip, outside: Ip): string | undefined {
    const target = routeOf(table.subnet.routes, outside);
    if (target?.kind === 'nat') return target.publicIp;
    return target?.kind === 'internet' ? this.#topology.publicIps.get(`${id} ${privateIp}`) : undefined;
  }

  #handle(from: PortState, buffer: Buffer, start: number, end: number, now: number): boolean {
    const type = etherTypeAt(buffer, start);
    if (type === etherTypes.arp) return this.#arp(from, buffer, start, end, now);
    // IPv6 and all else go nowhere.
    return type === etherTypes.ipv4 && this.#ip(from, buffer, start, end, now);
  }
}

/** Counts what was sent. */
function put(to: PortState, sent: boolean, bytes: number): boolean {
  if (!sent) return false;
  to.sent.frames += 1;
  to.sent.bytes += bytes;
  return true;
}
