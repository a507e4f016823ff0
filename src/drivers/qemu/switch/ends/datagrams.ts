import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '../../../../ports/clock.ts';
import { idleMs } from '../core/flows.ts';
import type { Limits } from '../core/limits.ts';
import { routerMac } from '../core/topology.ts';
import { ipText, type Mac } from '../packets/addresses.ts';
import type { Ipv4 } from '../packets/ipv4.ts';
import { largestPayload, type Udp, writeUdp } from '../packets/udp.ts';
import type { Refuses } from './refused.ts';

export interface DatagramsParts {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'mtu' | 'endedFlows'>;
  readonly refuses: Refuses;
  /** Of the machine; undefined: its port is gone. */
  mac(): Mac | undefined;
  /** A frame to the machine. `refused`: never again. */
  send(frame: Buffer): 'sent' | 'behind' | 'refused';
}

/** The UDP flows of one port to outside, each a socket of the host. */
export interface Datagrams {
  readonly size: number;
  receive(packet: Ipv4, datagram: Udp): void;
  /** Forgets what expired. */
  sweep(): void;
  close(): void;
}

interface Flow {
  readonly socket: Socket;
  expiresAt: number;
  answered: boolean;
}

/** Bytes that wait to leave the host; then datagrams are dropped, as on any wire. */
const mostWaiting = 256 * 1024;

export function createDatagrams({ clock, limits, refuses, mac, send }: DatagramsParts): Datagrams {
  const flows = new Map<string, Flow>();
  const drop = (key: string): void => {
    const flow = flows.get(key);
    flows.delete(key);
    flow?.socket.close();
  };
  const touch = (flow: Flow): void => {
    flow.expiresAt = clock.now() + (flow.answered ? idleMs.udpAnswered : idleMs.udp);
  };
  const sweep = (): void => {
    for (const [key, { expiresAt }] of flows) if (expiresAt <= clock.now()) drop(key);
  };

  function open(key: string, { src, dst }: Ipv4, { srcPort, dstPort }: Udp): Flow | undefined {
    if (flows.size >= limits.endedFlows) return undefined;
    // The address is one: nothing is looked up.
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
    const flow: Flow = { socket, expiresAt: 0, answered: false };
    flows.set(key, flow);
    const other = ipText(dst);
    socket.on('message', (payload, { address, port }) => {
      const to = mac();
      const right = address === other && port === dstPort && payload.length <= largestPayload(limits.mtu);
      if (!right || to === undefined || flows.get(key) !== flow) return;
      const between = { srcMac: routerMac, dstMac: to, src: dst, dst: src };
      const answer = send(writeUdp(between, { srcPort: dstPort, dstPort: srcPort, payload }));
      if (answer === 'refused') drop(key);
      flow.answered = true;
      touch(flow);
    });
    // UDP tells nobody that it did not arrive; the next datagram opens another socket.
    socket.on('error', () => {
      if (flows.get(key) === flow) drop(key);
    });
    return flow;
  }

  return {
    get size() {
      return flows.size;
    },
    receive(packet, datagram) {
      if (refuses(packet.dst) || datagram.dstPort === 0) return;
      const key = `${packet.src} ${datagram.srcPort} ${packet.dst} ${datagram.dstPort}`;
      const flow = flows.get(key) ?? open(key, packet, datagram);
      if (flow === undefined || flow.socket.getSendQueueSize() > mostWaiting) return;
      touch(flow);
      flow.socket.send(Buffer.from(datagram.payload), datagram.dstPort, ipText(packet.dst));
    },
    sweep,
    close() {
      for (const key of [...flows.keys()]) drop(key);
    },
  };
}
