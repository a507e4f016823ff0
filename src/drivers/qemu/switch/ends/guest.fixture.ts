import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../../ports/clock.ts';
import { macOf, way } from '../core/fabric.fixture.ts';
import { defaultLimits } from '../core/limits.ts';
import { routerMac } from '../core/topology.ts';
import { ipText, needIp, needMac } from '../packets/addresses.ts';
import { etherHeader, readdress } from '../packets/ethernet.ts';
import { type Ipv4, protocols, readIpv4 } from '../packets/ipv4.ts';
import { readTcp } from '../packets/tcp.ts';
import { readUdp, type Udp, writeUdp } from '../packets/udp.ts';
import { createCutter } from '../wires/frames.ts';
import { type AskedFlow, createTcpFlows } from './tcp/flows.ts';

/** Time as it is. */
export const realClock: Clock = {
  now: () => Date.now(),
  at: (at, callback) => {
    const timer = setTimeout(callback, at - Date.now());
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A machine that speaks UDP and TCP, at a socket at which a QEMU would wait. */
export interface Guest {
  /** Connects from one of its ports, or from this one. */
  connect(to: string, port: number, from?: number): Duplex;
  /** Sends a datagram from one of its ports, or from this one; settles with what comes back there. */
  ask(to: string, port: number, payload: Buffer, from?: number): Promise<Buffer>;
  /** Answers what is sent to one of its UDP ports. */
  listen(port: number, answer: (payload: Buffer) => Buffer): void;
  /** The datagrams that came: from where, to which port. */
  readonly datagrams: readonly { readonly from: string; readonly to: number; readonly text: string }[];
  /** Answers whoever connects; nobody: refused. */
  serve(port: number, answer: (stream: Duplex, flow: AskedFlow['sides']) => void): void;
  /** The payloads of segments that came, each with its time to live. */
  readonly heard: readonly { readonly ttl: number; readonly text: string }[];
  close(): void;
}

type Answer = (stream: Duplex, flow: AskedFlow['sides']) => void;

/** The TCP of a machine is that of the switch, seen from the other side. */
const tcpOf = (ip: string, served: ReadonlyMap<number, Answer>, write: (frame: Buffer) => void) =>
  createTcpFlows({
    ...{ clock: realClock, limits: defaultLimits, mac: () => routerMac },
    random: () => Math.floor(Math.random() * 0x100000000),
    send: (_sides, frame) => {
      readdress(frame, 0, routerMac, needMac(macOf(ip)));
      write(frame);
      return 'sent';
    },
    asked: ({ stream, accept, sides }) => {
      const answer = served.get(sides.remotePort);
      stream.on('error', () => stream.destroy());
      if (answer === undefined) {
        stream.destroy();
        return;
      }
      accept();
      answer(stream, sides);
    },
  });

export async function createGuest(ip: string, path: string): Promise<Guest> {
  const answers = new Map<number, (payload: Buffer) => void>();
  const served = new Map<number, Answer>();
  const listening = new Map<number, (payload: Buffer) => Buffer>();
  const datagrams: { readonly from: string; readonly to: number; readonly text: string }[] = [];
  const heard: { readonly ttl: number; readonly text: string }[] = [];
  let nextPort = 40_000;
  let socket: Socket | undefined;
  const write = (frame: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(frame.length);
    socket?.write(Buffer.concat([length, frame]));
  };
  const tcp = tcpOf(ip, served, write);
  const receive = (buffer: Buffer, start: number, end: number): void => {
    const packet = readIpv4(buffer, start + etherHeader, end);
    const segment = packet?.protocol === protocols.tcp ? readTcp(buffer, packet) : undefined;
    if (packet && segment) {
      if (segment.payload.length > 0) heard.push({ ttl: packet.ttl, text: segment.payload.toString('latin1') });
      tcp.receive(packet, segment);
    }
    const datagram = packet?.protocol === protocols.udp ? readUdp(buffer, packet) : undefined;
    if (packet && datagram) hear(packet, datagram);
  };
  const hear = ({ src }: Ipv4, { srcPort, dstPort, payload }: Udp): void => {
    const from = ipText(src);
    datagrams.push({ from: `${from}:${srcPort}`, to: dstPort, text: payload.toString() });
    answers.get(dstPort)?.(Buffer.from(payload));
    const reply = listening.get(dstPort)?.(payload);
    if (reply) write(writeUdp(way(ip, from), { srcPort: dstPort, dstPort: srcPort, payload: reply }));
  };
  const server: Server = createServer((connection) => {
    socket = connection;
    const cut = createCutter(9_100, receive);
    connection.on('data', (chunk) => {
      cut(chunk);
      tcp.flush();
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    ...{ heard, datagrams },
    connect: (to, port, from = ++nextPort) =>
      tcp.open({ localIp: needIp(to), localPort: port, remoteIp: needIp(ip), remotePort: from })!,
    ask(to, port, payload, srcPort = ++nextPort) {
      const answer = new Promise<Buffer>((resolve) => void answers.set(srcPort, resolve));
      write(writeUdp(way(ip, to), { srcPort, dstPort: port, payload }));
      return answer;
    },
    serve: (port, answer) => void served.set(port, answer),
    listen: (port, answer) => void listening.set(port, answer),
    close() {
      tcp.close();
      socket?.destroy();
      server.close();
    },
  };
}

/** What a stream gives until its end; its error as a text. */
export async function textFrom(stream: Duplex): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of stream) pieces.push(piece as Buffer);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
  return Buffer.concat(pieces).toString();
}
