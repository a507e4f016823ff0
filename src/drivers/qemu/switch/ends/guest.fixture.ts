import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../../ports/clock.ts';
import { macOf, way } from '../core/fabric.fixture.ts';
import { defaultLimits } from '../core/limits.ts';
import { routerMac } from '../core/topology.ts';
import { needIp, needMac } from '../packets/addresses.ts';
import { etherHeader, readdress } from '../packets/ethernet.ts';
import { protocols, readIpv4 } from '../packets/ipv4.ts';
import { readTcp } from '../packets/tcp.ts';
import { readUdp, writeUdp } from '../packets/udp.ts';
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
  /** Connects from one of its ports. */
  connect(to: string, port: number): Duplex;
  /** Sends a datagram; settles with what comes back to the port that it left. */
  ask(to: string, port: number, payload: Buffer): Promise<Buffer>;
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
    if (datagram) answers.get(datagram.dstPort)?.(Buffer.from(datagram.payload));
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
    heard,
    connect(to, port) {
      nextPort += 1;
      return tcp.open({ localIp: needIp(to), localPort: port, remoteIp: needIp(ip), remotePort: nextPort })!;
    },
    ask(to, port, payload) {
      nextPort += 1;
      const srcPort = nextPort;
      const answer = new Promise<Buffer>((resolve) => void answers.set(srcPort, resolve));
      write(writeUdp(way(ip, to), { srcPort, dstPort: port, payload }));
      return answer;
    },
    serve: (port, answer) => void served.set(port, answer),
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
