import { createServer, type Server } from 'node:net';
import type { Log } from '../../../../ports/log.ts';
import type { Network, PublicAddress } from '../../network/plane.ts';
import type { Topology } from '../core/topology.ts';
import { ipOf, needIp } from '../packets/addresses.ts';
import { arrive } from './arrivals.ts';
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
  /** Public addresses with the ports that are open there. */
  open(): ReadonlyMap<string, readonly number[]>;
  close(): void;
}

type At = NonNullable<PublicAddress['at']>;

interface Listener {
  readonly server: Server;
  /** What became of it. */
  readonly decided: Promise<void>;
}

export function createListeners({ log, flows }: ListenersParts): Listeners {
  const listeners = new Map<string, Listener>();
  const failed = new Set<string>();
  let owners: ReadonlyMap<string, At> = new Map();

  function listen(key: string, publicIp: string, port: number): void {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const at = owners.get(publicIp);
      const error = (err: Error) => log.debug({ publicIp, port, err }, 'a connection to a public address broke');
      socket.on('error', error);
      arrive(socket, at && flows(at.port), at && needIp(at.privateIp), port);
    });
    const decided = new Promise<void>((resolve) => {
      server.once('listening', () => {
        failed.delete(key);
        resolve();
      });
      server.on('error', (error) => {
        if (listeners.get(key)?.server === server) listeners.delete(key);
        if (!failed.has(key))
          log.warn({ publicIp, port, err: error }, 'a port of a public address cannot be opened on this host');
        failed.add(key);
        resolve();
      });
    });
    listeners.set(key, { server, decided });
    server.listen(port, publicIp);
  }

  function drop(key: string): void {
    listeners.get(key)?.server.close();
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
      for (const [key, { publicIp, port }] of wanted) if (!listeners.has(key)) listen(key, publicIp, port);
      await Promise.all([...listeners.values()].map(({ decided }) => decided));
    },
    open() {
      const open = new Map<string, number[]>();
      for (const [key, { server }] of listeners) {
        const [publicIp = '', port] = key.split(' ');
        if (server.listening) open.set(publicIp, [...(open.get(publicIp) ?? []), Number(port)]);
      }
      return open;
    },
    close() {
      for (const key of [...listeners.keys()]) drop(key);
    },
  };
}
