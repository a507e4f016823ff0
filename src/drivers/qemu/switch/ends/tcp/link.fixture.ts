import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../../../ports/clock.ts';
import { defaultLimits, type Limits } from '../../core/limits.ts';
import { etherHeader } from '../../packets/ethernet.ts';
import { readIpv4 } from '../../packets/ipv4.ts';
import { readTcp, type TcpSegment } from '../../packets/tcp.ts';
import { type AskedFlow, createTcpFlows, type Sides, type TcpFlows } from './flows.ts';

/** Time that goes on when nothing else does. */
export function virtualTime() {
  let now = 1_000_000;
  const waiting = new Set<{ readonly at: number; readonly callback: () => void }>();
  const clock: Clock = {
    now: () => now,
    at: (at, callback) => {
      const timer = { at, callback };
      waiting.add(timer);
      return { cancel: () => void waiting.delete(timer) };
    },
  };
  const next = () => [...waiting].sort((one, other) => one.at - other.at)[0];
  /** Goes on until something is so, or nothing happens any more. True: it is so. */
  const until = async (done: () => boolean): Promise<boolean> => {
    for (let steps = 0; steps < 200_000; steps += 1) {
      await setImmediate();
      if (done()) return true;
      const timer = next();
      if (timer === undefined) return false;
      waiting.delete(timer);
      now = Math.max(now, timer.at);
      timer.callback();
    }
    return false;
  };
  return { clock, until };
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

/** What happens to frames on the way, each a part of them. */
export interface Weather {
  readonly lost?: number;
  readonly twice?: number;
  readonly corrupt?: number;
  readonly late?: number;
  /** Of the attempts to send. */
  readonly behind?: number;
}

/** Puts what a frame holds to whom it is for; what is malformed goes nowhere. */
function deliver(to: TcpFlows, frame: Buffer): void {
  const packet = readIpv4(frame, etherHeader, frame.length);
  const segment = packet && readTcp(frame, packet);
  if (packet === undefined || segment === undefined) return;
  to.receive(packet, segment);
  to.flush();
  // What lies in a read buffer is overwritten by what is read next.
  frame.fill(0xee);
}

/** Two ends of TCP with a bad way between them: what the one opens, the other is asked for. */
export function badLink(seed: number, weather: Weather, limits: Partial<Limits> = {}) {
  const time = virtualTime();
  const chance = seeded(seed);
  const asked: AskedFlow[] = [];
  const happens = (part = 0): boolean => chance() < part;
  const carry = (to: () => TcpFlows, frame: Buffer): 'sent' | 'behind' => {
    if (happens(weather.behind)) return 'behind';
    if (happens(weather.lost)) return 'sent';
    const copies = happens(weather.twice) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const sent = Buffer.from(frame);
      if (happens(weather.corrupt)) sent[Math.floor(chance() * sent.length)]! ^= 1 << Math.floor(chance() * 8);
      const delay = happens(weather.late) ? 1 + Math.floor(chance() * 40) : 1;
      time.clock.at(time.clock.now() + delay, () => deliver(to(), sent));
    }
    return 'sent';
  };
  const make = (to: () => TcpFlows): TcpFlows =>
    createTcpFlows({
      ...{ clock: time.clock, limits: { ...defaultLimits, ...limits }, mac: () => 1 },
      random: () => Math.floor(chance() * 0x100000000),
      send: (_sides, frame) => carry(to, frame),
      asked: (flow) => void asked.push(flow),
    });
  const left: TcpFlows = make(() => right);
  const right: TcpFlows = make(() => left);
  return { ...time, left, right, asked };
}

/** Everything that a stream gives, until its end. */
export function collect(stream: Duplex) {
  const got = { bytes: Buffer.alloc(0), ended: false, error: undefined as string | undefined };
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => void pieces.push(piece));
  stream.on('end', () => {
    got.bytes = Buffer.concat(pieces);
    got.ended = true;
  });
  stream.on('error', (error: Error & { code?: string }) => {
    got.error = error.code ?? error.message;
  });
  return got;
}

export const sides: Sides = { localIp: 0x0a00000a, localPort: 40_000, remoteIp: 0xa9fea9fe, remotePort: 80 };

/** Flows of a port whose machine a test plays, segment by segment. */
export function scripted(limits: Partial<Limits> = {}) {
  const time = virtualTime();
  const asked: AskedFlow[] = [];
  const heard: (TcpSegment & { readonly ttl: number })[] = [];
  const way = { answer: 'sent' as 'sent' | 'behind' | 'refused' };
  const flows = createTcpFlows({
    ...{ clock: time.clock, limits: { ...defaultLimits, ...limits }, mac: () => 1, random: () => 0xffff_fff0 },
    send: (_sides, frame) => {
      const sent = readIpv4(frame, etherHeader, frame.length)!;
      if (way.answer === 'sent') heard.push({ ...readTcp(frame, sent)!, ttl: sent.ttl });
      return way.answer;
    },
    asked: (flow) => void asked.push(flow),
  });
  const packet = { src: sides.localIp, dst: sides.remoteIp } as Parameters<TcpFlows['receive']>[0];
  /** Says a segment; gives what was answered at once. */
  const say = (segment: Partial<TcpSegment> & { readonly text?: string }): typeof heard => {
    const before = heard.length;
    const { text = '', ...rest } = segment;
    const usual = { srcPort: sides.localPort, dstPort: sides.remotePort, seq: 0, ack: 0, flags: 0, window: 60_000 };
    flows.receive(packet, { ...usual, payload: Buffer.from(text), ...rest });
    flows.flush();
    return heard.slice(before);
  };
  return { ...time, flows, asked, heard, way, say };
}
