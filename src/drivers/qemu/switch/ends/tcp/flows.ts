import type { Duplex } from 'node:stream';
import type { Clock } from '../../../../../ports/clock.ts';
import type { FlowKey } from '../../core/flows.ts';
import type { Limits } from '../../core/limits.ts';
import { routerMac } from '../../core/topology.ts';
import type { Mac } from '../../packets/addresses.ts';
import { type Ipv4, ipHeader } from '../../packets/ipv4.ts';
import { flags, type TcpSegment, writeTcp } from '../../packets/tcp.ts';
import { createConnection } from './connection.ts';
import type { Connection, Segment } from './contract.ts';
import { later } from './sequence.ts';

/** Both sides of a flow, seen from the machine. */
export type Sides = Omit<FlowKey, 'protocol'>;

/** A connection that a machine asks for: it waits until it is accepted, or its stream destroyed. */
export interface AskedFlow extends Pick<Connection, 'stream' | 'accept'> {
  readonly sides: Sides;
  /** From now on, what is sent crosses no more networks than this, also what is sent again. */
  limitHops(ttl: number): void;
}

export interface TcpFlowsParts {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'mtu' | 'endedFlows' | 'buffered'>;
  /** 32 bits that nobody can guess. */
  random(): number;
  /** Of the machine; undefined: its port is gone. */
  mac(): Mac | undefined;
  /** A frame to the machine. `refused`: never again. */
  send(sides: Sides, frame: Buffer): 'sent' | 'behind' | 'refused';
  asked(flow: AskedFlow): void;
}

/** The TCP flows of one port that end in the switch. */
export interface TcpFlows {
  readonly size: number;
  /** A segment of the machine. */
  receive(packet: Ipv4, segment: TcpSegment): void;
  /** Opens one to the machine; undefined: there are too many, or this one is there. */
  open(sides: Sides): Duplex | undefined;
  /** Sends what the segments that came together ask for. */
  flush(): void;
  close(): void;
}

/** Bytes of a TCP header. */
const tcpHeader = 20;
/** Bytes that one flow holds at most in each direction, where others leave it so much. */
const mostWindow = 1024 * 1024;
const nothing = Buffer.alloc(0);

/** Keeps the flows of a port, and how much they hold together. */
export const createTcpFlows = (parts: TcpFlowsParts): TcpFlows => new PortFlows(parts);

class PortFlows implements TcpFlows {
  readonly #parts: TcpFlowsParts;
  readonly #known = new Map<string, Connection>();
  readonly #streams = new Set<Duplex>();
  readonly #fresh = new Set<Connection>();
  #reserved = 0;

  constructor(parts: TcpFlowsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#streams.size;
  }

  receive(packet: Ipv4, segment: TcpSegment): void {
    const { srcPort: localPort, dstPort: remotePort, ...rest } = segment;
    const sides = { localIp: packet.src, localPort, remoteIp: packet.dst, remotePort };
    const known = this.#known.get(keyOf(sides));
    if (known !== undefined) {
      known.receive(rest);
      this.#fresh.add(known);
    } else if ((rest.flags & (flags.syn | flags.ack | flags.rst | flags.fin)) === flags.syn) this.#ask(sides, rest);
    else this.#deny(sides, rest);
  }

  open(sides: Sides): Duplex | undefined {
    return this.#known.has(keyOf(sides)) ? undefined : this.#make(sides)?.stream;
  }

  flush(): void {
    for (const connection of this.#fresh) connection.flush();
    this.#fresh.clear();
  }

  close(): void {
    for (const stream of [...this.#streams]) stream.destroy();
  }

  /** Of too many, the machine hears nothing, and asks again. */
  #ask(sides: Sides, syn: Segment): void {
    const made = this.#make(sides, syn);
    if (made === undefined) return;
    const { stream, accept, limitHops } = made;
    this.#parts.asked({ sides, stream, accept, limitHops });
  }

  #make(sides: Sides, syn?: Segment): Omit<AskedFlow, 'sides'> | undefined {
    const { clock, limits, random } = this.#parts;
    if (this.#streams.size >= limits.endedFlows) return undefined;
    const key = keyOf(sides);
    const window = this.#share();
    let ttl: number | undefined;
    const parts = {
      ...{ clock, window, start: random(), mss: limits.mtu - ipHeader - tcpHeader },
      emit: (segment: Segment) => this.#emit(sides, segment, ttl),
      closed: () => void this.#known.delete(key),
    };
    const made = createConnection(parts, syn);
    this.#known.set(key, made);
    this.#streams.add(made.stream);
    this.#reserved += window;
    made.stream.once('close', () => {
      this.#streams.delete(made.stream);
      this.#reserved -= window;
    });
    const limitHops = (most: number): void => {
      ttl = most;
    };
    return { stream: made.stream, accept: () => made.accept(), limitHops };
  }

  /** A part of what is left, and never so much that all flows that there may be would not get theirs. */
  #share(): number {
    const { endedFlows, buffered } = this.#parts.limits;
    const least = Math.floor(buffered / endedFlows / 2);
    const spare = buffered - this.#reserved - (endedFlows - this.#streams.size) * least;
    return least + Math.max(0, Math.min(mostWindow, Math.floor(spare / 8)));
  }

  #emit(sides: Sides, segment: Segment, ttl?: number): 'sent' | 'behind' | 'refused' {
    const mac = this.#parts.mac();
    if (mac === undefined) return 'refused';
    const ends = { src: sides.remoteIp, dst: sides.localIp };
    const between = { srcMac: routerMac, dstMac: mac, ...ends, ...(ttl !== undefined && { ttl }) };
    const ports = { srcPort: sides.remotePort, dstPort: sides.localPort };
    return this.#parts.send(sides, writeTcp(between, { ...segment, ...ports }));
  }

  /** Nobody knows the flow: its machine hears so. */
  #deny(sides: Sides, { seq, ack, flags: set, payload }: Segment): void {
    if ((set & flags.rst) !== 0) return;
    const bytes = payload.length + ((set & flags.syn) !== 0 ? 1 : 0) + ((set & flags.fin) !== 0 ? 1 : 0);
    const over = { window: 0, payload: nothing };
    if ((set & flags.ack) !== 0) this.#emit(sides, { ...over, seq: ack, ack: 0, flags: flags.rst });
    else this.#emit(sides, { ...over, seq: 0, ack: later(seq, bytes), flags: flags.rst | flags.ack });
  }
}

const keyOf = ({ localIp, localPort, remoteIp, remotePort }: Sides): string =>
  `${localIp} ${localPort} ${remoteIp} ${remotePort}`;
