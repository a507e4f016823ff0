import type { Socket } from 'node:net';
import type { Log } from '../../../../ports/log.ts';
import type { Network, OpenPort } from '../../network/plane.ts';
import type { Topology } from '../core/topology.ts';
import { needIp } from '../packets/addresses.ts';
import { arrive } from './arrivals.ts';
import type { DatagramArrivals } from './datagramArrivals.ts';
import { type Opens, type Sender, tcpDoor, udpDoor } from './doors.ts';
import { createListener, type Listener } from './listener.ts';
import { seenAs } from './seenAs.ts';
import type { TcpFlows } from './tcp/flows.ts';
import { type At, type Wanted, wantedPorts } from './wanted.ts';

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

export function createListeners(parts: ListenersParts): Listeners {
  const { log, most = usualMost } = parts;
  const listeners = new Map<string, { readonly wanted: Wanted; readonly listener: Listener }>();
  const failed = new Set<string>();
  let owners: ReadonlyMap<string, At> = new Map();
  let left = 0;

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

  return {
    async apply(network, topology) {
      owners = new Map(network.addresses.flatMap(({ publicIp, at }) => (at ? [[publicIp, at] as const] : [])));
      const { wanted, left: more } = wantedPorts(owners, topology, most);
      if (more > 0 && left === 0)
        log.warn({ most, left: more }, 'rules open more ports of public addresses than this host listens at');
      left = more;
      for (const key of [...listeners.keys()]) if (!wanted.has(key)) drop(key);
      for (const key of [...failed]) if (!wanted.has(key)) failed.delete(key);
      for (const [key, one] of wanted)
        if (!listeners.has(key))
          listeners.set(key, {
            wanted: one,
            listener: createListener(
              one,
              doorOf(one, () => owners, parts),
            ),
          });
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

/** The door for a port: what comes goes to whoever has the address then. */
function doorOf(
  { publicIp, port, opened }: Wanted,
  owners: () => ReadonlyMap<string, At>,
  parts: ListenersParts,
): Opens {
  const connected = (socket: Socket): void => {
    const at = owners().get(publicIp);
    const error = (err: Error) => parts.log.debug({ publicIp, port, err }, 'a connection to a public address broke');
    socket.on('error', error);
    arrive(socket, at && parts.flows(at.port), at && needIp(at.privateIp), port);
  };
  const sent = (from: Sender, payload: Buffer): void => {
    const at = owners().get(publicIp);
    if (at === undefined) return;
    // Nobody else's machine answers by an address that has moved on.
    const answer = (reply: Buffer): void => {
      const now = owners().get(publicIp);
      if (now?.port === at.port && now.privateIp === at.privateIp) from.answer(reply);
    };
    const name = `${from.address} ${from.port} ${publicIp}`;
    const client = { name, ip: seenAs(from.address), port: from.port, answer };
    parts.arrivals(at.port)?.arrive(client, { ip: needIp(at.privateIp), port }, payload);
  };
  return opened === 'tcp' ? tcpDoor(connected) : udpDoor(sent);
}
