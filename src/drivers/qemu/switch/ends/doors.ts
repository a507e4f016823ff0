import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** What is open at a port of the host. */
export interface Door {
  close(): void;
}

/** Opens one at a port of an address of the host; gives why not, where the host does not let it. */
export type Opens = (at: number, on: string) => Promise<Door | NodeJS.ErrnoException>;

/** A door for TCP, and who takes what comes. */
export const tcpDoor =
  (take: (socket: Socket) => void): Opens =>
  (at, on) =>
    new Promise((resolve) => {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, take);
      // A connection that could not be taken later is nobody's.
      server.on('error', resolve);
      server.listen(at, on, () => resolve(server));
    });

/** Who sent a datagram to the host. */
export interface Sender {
  readonly address: string;
  readonly port: number;
  /** Sends one back, from where it came to; not when the door is closed. */
  answer(payload: Buffer): void;
}

/** Bytes that wait to leave a door; then datagrams are dropped, as on any wire. */
const mostWaiting = 256 * 1024;

/** A door for UDP. */
export const udpDoor =
  (take: (from: Sender, payload: Buffer) => void): Opens =>
  async (at, on) => {
    // The addresses are written as numbers: nothing is looked up.
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
    let closed = false;
    try {
      // It may listen, or fail, before `bind` returns.
      const listening = once(socket, 'listening');
      socket.bind({ port: at, address: on, exclusive: true });
      await listening;
    } catch (error) {
      socket.close();
      return error as NodeJS.ErrnoException;
    }
    // What did not arrive, UDP tells nobody.
    socket.on('error', () => undefined);
    socket.on('message', (payload, { address, port }) => {
      const answer = (reply: Buffer): void => {
        if (!closed && socket.getSendQueueSize() <= mostWaiting) socket.send(reply, port, address);
      };
      take({ address, port, answer }, payload);
    });
    return {
      close() {
        closed = true;
        socket.close();
      },
    };
  };
