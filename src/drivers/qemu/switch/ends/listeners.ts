import type { Socket } from 'node:net';
import type { Log } from '../../../../ports/log.ts';
import type { Network, OpenPort, PublicAddress } from '../../network/plane.ts';
import type { Topology } from '../core/topology.ts';
import { ipOf, needIp } from '../packets/addresses.ts';
import { arrive } from './arrivals.ts';
import { createListener, type Listener } from './listener.ts';
import { portsOf } from './reachable.ts';
import type { TcpFlows } from './tcp/flows.ts';

export interface ListenersParts {
  readonly log: Log;
  /** The TCP flows of a port; undefined: it is not there. */
  flows(port: string): TcpFlows | undefined;
}

/** The public addresses of machines, as listeners of the host. */
export interface Listeners {
  /** Listens where the network lets somebody in, and nowhere else. Settles when it is decided where. */
  apply(network: Network, topology: Topology): Promise<void>;
  /** Public addresses with the ports that are open there, and where. */
  open(): ReadonlyMap<string, readonly OpenPort[]>;
  close(): void;
}

type At = NonNullable<PublicAddress['at']>;

export function createListeners({ log, flows }: ListenersParts): Listeners {
  const listeners = new Map<string, Listener>();
  const failed = new Set<string>();
  let owners: ReadonlyMap<string, At> = new Map();

  const take = (publicIp: string, port: number) => (socket: Socket) => {
    const at = owners.get(publicIp);
    const error = (err: Error) => log.debug({ publicIp, port, err }, 'a connection to a public address broke');
    socket.on('error', error);
    arrive(socket, at && flows(at.port), at && needIp(at.privateIp), port);
  };

  /** What cannot be opened is tried again with the next network. */
  async function decide(key: string, publicIp: string, port: number, listener: Listener): Promise<void> {
    const why = await listener.decided;
    if (listeners.get(key) !== listener) return;
    if (why === undefined) {
      failed.delete(key);
      return;
    }
    listeners.delete(key);
    if (!failed.has(key))
      log.warn({ publicIp, port, err: why }, 'a port of a public address cannot be opened on this host');
    failed.add(key);
  }

  function drop(key: string): void {
    listeners.get(key)?.close();
    listeners.delete(key);
  }

  return {
    async apply(network, topology) {
      owners = new Map(network.addresses.flatMap(({ publicIp, at }) => (at ? [[publicIp, at] as const] : [])));
      const wanted = new Map<string, { readonly publicIp: string; readonly port: number }>();
      for (const [publicIp, { port: id }] of owners)
        if (ipOf(publicIp) !== undefined)
          for (const port of portsOf(topology.ports.get(id)?.rules ?? []))
            wanted.set(`${publicIp} ${port}`, { publicIp, port });
      for (const key of [...listeners.keys()]) if (!wanted.has(key)) drop(key);
      for (const key of [...failed]) if (!wanted.has(key)) failed.delete(key);
      for (const [key, { publicIp, port }] of wanted)
        if (!listeners.has(key)) listeners.set(key, createListener(publicIp, port, take(publicIp, port)));
      await Promise.all(
        [...wanted].map(([key, { publicIp, port }]) => decide(key, publicIp, port, listeners.get(key)!)),
      );
    },
    open() {
      const found = new Map<string, OpenPort[]>();
      for (const [key, listener] of listeners) {
        const [publicIp = ''] = key.split(' ');
        const open = listener.open();
        if (open !== undefined) found.set(publicIp, [...(found.get(publicIp) ?? []), open]);
      }
      return found;
    },
    close() {
      for (const key of [...listeners.keys()]) drop(key);
    },
  };
}
