import type { Clock } from '../../../../ports/clock.ts';
import { idleMs } from '../core/flows.ts';
import type { Limits } from '../core/limits.ts';
import { routerMac } from '../core/topology.ts';
import type { Ip, Mac } from '../packets/addresses.ts';
import type { Ipv4 } from '../packets/ipv4.ts';
import { largestPayload, type Udp, writeUdp } from '../packets/udp.ts';
import { portsFrom } from './seenAs.ts';

/** Who sends datagrams to a machine from outside of its network. */
export interface Client {
  /** Which one it is, of all clients. */
  readonly name: string;
  /** As the machine sees it; another port where somebody else has this one. */
  readonly ip: Ip;
  readonly port: number;
  /** Sends to it what the machine answers. */
  answer(payload: Buffer): void;
}

export interface DatagramArrivalsParts {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'mtu' | 'endedFlows'>;
  /** Of the machine; undefined: its port is gone. */
  mac(): Mac | undefined;
  /** A frame to the machine, whose rules are asked. */
  send(frame: Buffer): 'sent' | 'behind' | 'refused';
}

/** The UDP flows of one port that somebody outside opened. */
export interface DatagramArrivals {
  readonly size: number;
  /** A datagram for a port of the machine; what its rules refuse, and what is one too many or too large, goes nowhere. */
  arrive(client: Client, to: { readonly ip: Ip; readonly port: number }, payload: Buffer): void;
  /** What the machine sends. False: it is no answer to one of those. */
  receive(packet: Pick<Ipv4, 'src' | 'dst'>, datagram: Udp): boolean;
  /** Forgets what expired. */
  sweep(): void;
  close(): void;
}

interface Flow {
  readonly client: string;
  readonly remotePort: number;
  answer: Client['answer'];
  expiresAt: number;
  answered: boolean;
}

export function createDatagramArrivals({ clock, limits, mac, send }: DatagramArrivalsParts): DatagramArrivals {
  /** As the machine sees them, and by who the client is. */
  const flows = new Map<string, Flow>();
  const known = new Map<string, string>();
  const drop = (key: string): void => {
    known.delete(flows.get(key)?.client ?? '');
    flows.delete(key);
  };
  const touch = (flow: Flow): void => {
    flow.expiresAt = clock.now() + (flow.answered ? idleMs.udpAnswered : idleMs.udp);
  };
  const alive = (key: string): Flow | undefined => {
    const flow = flows.get(key);
    if (flow === undefined || flow.expiresAt > clock.now()) return flow;
    drop(key);
    return undefined;
  };

  /** The flow of a client, with the key that it has at the machine's side; undefined: there are too many. */
  function flowOf(client: Client, ip: Ip, port: number): readonly [string, Flow] | undefined {
    const name = `${client.name} ${ip} ${port}`;
    const its = known.get(name);
    const there = its === undefined ? undefined : alive(its);
    if (there !== undefined) return [its!, there];
    if (flows.size >= limits.endedFlows) return undefined;
    for (const remotePort of portsFrom(client.port)) {
      const key = keyOf(ip, port, client.ip, remotePort);
      if (alive(key) !== undefined) continue;
      const flow = { client: name, remotePort, answer: client.answer, expiresAt: 0, answered: false };
      flows.set(key, flow);
      known.set(name, key);
      return [key, flow];
    }
    return undefined;
  }

  return {
    get size() {
      return flows.size;
    },
    arrive(client, { ip, port }, payload) {
      const dstMac = mac();
      if (dstMac === undefined || client.port === 0 || payload.length > largestPayload(limits.mtu)) return;
      const [key, flow] = flowOf(client, ip, port) ?? [];
      if (key === undefined || flow === undefined) return;
      // It may have come by another door since.
      flow.answer = client.answer;
      const between = { srcMac: routerMac, dstMac, src: client.ip, dst: ip };
      if (send(writeUdp(between, { srcPort: flow.remotePort, dstPort: port, payload })) === 'refused') drop(key);
      else touch(flow);
    },
    receive({ src, dst }, { srcPort, dstPort, payload }) {
      const flow = alive(keyOf(src, srcPort, dst, dstPort));
      if (flow === undefined) return false;
      flow.answered = true;
      touch(flow);
      flow.answer(Buffer.from(payload));
      return true;
    },
    sweep() {
      for (const key of [...flows.keys()]) alive(key);
    },
    close() {
      flows.clear();
      known.clear();
    },
  };
}

const keyOf = (localIp: Ip, localPort: number, remoteIp: Ip, remotePort: number): string =>
  `${localIp} ${localPort} ${remoteIp} ${remotePort}`;
