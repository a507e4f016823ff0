import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { readTarget, type Target } from './target.ts';

/** A request for another protocol on its connection. */
export interface Upgrade {
  readonly message: IncomingMessage;
  readonly target: Target;
  /** The connection: whoever takes it answers, and ends it. */
  readonly socket: Duplex;
  /** What the client has sent behind the request already. */
  readonly head: Buffer;
  readonly requestId: string;
}

/** What takes requests for WebSocket at a path. */
export interface Upgrades {
  takes(path: string): boolean;
  /** Never throws, and answers each. */
  take(upgrade: Upgrade): void;
}

/**
 * Gives requests for WebSocket to who takes them. A server that listens for upgrades gets all of them from Node, also those of
 * clients that would like to speak HTTP/2 (`Upgrade: h2c`, as Java's do), and those may be ignored (RFC 9110, section 7.8): they
 * are read once more as requests without it. `open` gives the answers that a connection still owes: those come first.
 */
export function listenForUpgrades(
  server: Server,
  upgrades: Upgrades,
  open: (socket: Duplex) => readonly ServerResponse[],
): void {
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    const target = readTarget(message.url ?? '/');
    const wanted = message.headers.upgrade?.toLowerCase() === 'websocket' && upgrades.takes(target.path);
    const goOn = (): void => {
      if (wanted) upgrades.take({ message, target, socket, head, requestId: randomUUID() });
      else readAgain(server, message, socket, head);
    };
    const last = open(socket).at(-1);
    if (last === undefined) goOn();
    else last.once('close', () => (socket.destroyed ? undefined : goOn()));
  });
}

/** Gives a request back to the server, and whatever came behind it. */
function readAgain(
  server: Server,
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
) {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]!.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
