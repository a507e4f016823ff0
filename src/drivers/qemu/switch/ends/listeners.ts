import type { Socket } from 'node:net';
import type { Log } from '../../../../ports/log.ts';
import type { Network, OpenPort, PublicAddress } from '../../network/plane.ts';
import type { Topology } from '../core/topology.ts';
import { ipOf, needIp } from '../packets/addresses.ts';
import { arrive } from './arrivals.ts';
import type { DatagramArrivals } from './datagramArrivals.ts';
import { type Opens, type Sender, tcpDoor, udpDoor } from './doors.ts';
import { createListener, type Listener } from './listener.ts';
import { type Opened, portsOf } from './reachable.ts';
import { seenAs } from './seenAs.ts';
import type { TcpFlows } from './tcp/flows.ts';

export interface ListenersParts {
  readonly log: Log;
  /** The TCP flows of a port; undefined: it is not there. */
  flows(port: string): TcpFlows | undefined;
  /** The UDP flows that come to it. */
  arrivals(port: string): DatagramArrivals | undefined;
  /** At how many ports the host listens, of all addresses together. */
  readonly most?: number;
}

/** The public addresses of machines, as listeners of the host. */
export interface Listeners {
  /** Listens where the network lets somebody in, and nowhere else. Settles when it is decided where. */
  apply(network: Network, topology: Topology): Promise<void>;
  /** Public addresses with the ports that are open there, and where. */
  open(): ReadonlyMap<string, readonly OpenPort[]>;
  close(): void;
}

/** A process has only so many sockets, and the flows of machines need theirs. */
const usualMost = 8_192;

type At = NonNullable<PublicAddress['at']>;

/** A port of a public address that is to be open. */
interface Wanted {
  readonly publicIp: string;
  readonly port: number;
  readonly opened: Opened;
}

const keyOf = ({ publicIp, port, opened }: Wanted): string => `${publicIp} ${port} ${opened}`;

export function createListeners({ log, flows, arrivals, most = usualMost }: ListenersParts): Listeners {
  const listeners = new Map<string, { readonly wanted: Wanted; readonly listener: Listener }>();
  const failed = new Set<string>();
  let owners: ReadonlyMap<string, At> = new Map();
  let tooMany = false;

  const connected = (publicIp: string, port: number) => (socket: Socket) => {
    const at = owners.get(publicIp);
    const error = (err: Error) => log.debug({ publicIp, port, err }, 'a connection to a public address broke');
    socket.on('error', error);
    arrive(socket, at && flows(at.port), at && needIp(at.privateIp), port);
  };
  const sent = (publicIp: string, port: number) => (from: Sender, payload: Buffer) => {
    const at = owners.get(publicIp);
    if (at === undefined) return;
    // Nobody else's machine answers by an address that has moved on.
    const answer = (reply: Buffer): void => {
      const now = owners.get(publicIp);
      if (now?.port === at.port && now.privateIp === at.privateIp) from.answer(reply);
    };
    const client = {
      name: `${from.address} ${from.port} ${publicIp}`,
      ip: seenAs(from.address),
      port: from.port,
      answer,
    };
    arrivals(at.port)?.arrive(client, { ip: needIp(at.privateIp), port }, payload);
  };
  const doorOf = ({ publicIp, port, opened }: Wanted): Opens =>
    opened === 'tcp' ? tcpDoor(connected(publicIp, port)) : udpDoor(sent(publicIp, port));

  /** What cannot be opened is tried again with the next network. */
  async function decide(key: string, { publicIp, port, opened }: Wanted): Promise<void> {
    const one = listeners.get(key);
    const why = await one?.listener.decided;
    if (one === undefined || listeners.get(key) !== one) return;
    if (why === undefined) {
      failed.delete(key);
      return;
    }
    listeners.delete(key);
    if (!failed.has(key))
      log.warn({ publicIp, port, opened, err: why }, 'a port of a public address cannot be opened on this host');
    failed.add(key);
  }

  function drop(key: string): void {
    listeners.get(key)?.listener.close();
    listeners.delete(key);
  }

  /** Of more than can be had, every address has the same share. */
  function limited(all: readonly (readonly Wanted[])[]): ReadonlyMap<string, Wanted> {
    const longest = Math.max(0, ...all.map(({ length }) => length));
    const wanted = Array.from({ length: longest }, (_, rank) => all.flatMap((list) => list[rank] ?? [])).flat();
    if (wanted.length > most && !tooMany)
      log.warn({ most, wanted: wanted.length }, 'rules open more ports of public addresses than this host listens at');
    tooMany = wanted.length > most;
    return new Map(wanted.slice(0, most).map((one) => [keyOf(one), one]));
  }

  return {
    async apply(network, topology) {
      owners = new Map(network.addresses.flatMap(({ publicIp, at }) => (at ? [[publicIp, at] as const] : [])));
      const wanted = limited([...owners].flatMap(([publicIp, at]) => wantedAt(publicIp, at, topology)));
      for (const key of [...listeners.keys()]) if (!wanted.has(key)) drop(key);
      for (const key of [...failed]) if (!wanted.has(key)) failed.delete(key);
      for (const [key, one] of wanted)
        if (!listeners.has(key))
          listeners.set(key, { wanted: one, listener: createListener(one.publicIp, one.port, doorOf(one)) });
      await Promise.all([...wanted].map(([key, one]) => decide(key, one)));
    },
    open() {
      const found = new Map<string, OpenPort[]>();
      for (const { wanted, listener } of listeners.values()) {
        const open = listener.open();
        if (open === undefined) continue;
        const there = found.get(wanted.publicIp) ?? [];
        found.set(wanted.publicIp, there);
        there.push({ ...open, ...(wanted.opened === 'udp' && { protocol: 'udp' }) });
      }
      return found;
    },
    close() {
      for (const key of [...listeners.keys()]) drop(key);
    },
  };
}

/** The ports of an address that its machine's rules open, by protocol. */
function wantedAt(publicIp: string, { port: id }: At, topology: Topology): readonly (readonly Wanted[])[] {
  if (ipOf(publicIp) === undefined) return [];
  const rules = topology.ports.get(id)?.rules ?? [];
  return (['tcp', 'udp'] as const).map((opened) => portsOf(rules, opened).map((port) => ({ publicIp, port, opened })));
}
