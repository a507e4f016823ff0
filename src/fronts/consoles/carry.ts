import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** How long a client may be silent, and how much may wait for it. */
export interface Patience {
  /** A client is pinged this often, in milliseconds; one that has not answered by the next time is gone. */
  readonly beatMs: number;
  /** How long a client has to say that it has understood the end, in milliseconds. */
  readonly farewellMs: number;
  /** Bytes for the client that wait before the machine has to. */
  readonly waitingBytes: number;
}

export const usualPatience: Patience = { beatMs: 30_000, farewellMs: 2_000, waitingBytes: 256 * 1024 };

/** Close codes of RFC 6455, section 7.4.1. */
export const closing = { over: 1000, goingAway: 1001 } as const;

export interface Carrying {
  /** Settles when both ends are closed; who or what ended it, for the log. */
  readonly ended: Promise<string>;
  /** Ends it with a close code, and without the client's word where that does not come. */
  end(code: number, reason: string): void;
}

/**
 * Carries bytes between a client's WebSocket and a machine's console, both ways and no faster than either takes them, until one
 * of them ends it. Frames of text are taken for their bytes.
 */
export function carry(client: WebSocket, machine: Duplex, patience: Patience = usualPatience): Carrying {
  let why: string | undefined;
  /** Something came from the client, or got on, since the last beat. */
  let isAlive = true;
  const alive = (): void => {
    isAlive = true;
  };
  let farewell: NodeJS.Timeout | undefined;
  const end = (code: number, reason: string): void => {
    why ??= reason;
    // Its own word of the end may wait behind what the machine did not take.
    client.resume();
    client.close(code, reason);
    farewell ??= setTimeout(() => client.terminate(), patience.farewellMs);
  };
  const beat = setInterval(() => {
    if (!isAlive) {
      why ??= 'the client does not answer';
      client.terminate();
      return;
    }
    isAlive = false;
    client.ping();
  }, patience.beatMs);
  client.on('pong', alive);
  toMachine(client, machine, alive);
  toClient(machine, client, patience.waitingBytes, alive);
  machine.on('close', () => end(closing.over, 'the machine has ended it'));
  // What a client did against the protocol is told to it by its close code, and `close` follows.
  client.on('error', (error) => {
    why ??= error.message;
  });
  const ended = new Promise<string>((resolve) => {
    client.on('close', (code) => {
      clearInterval(beat);
      clearTimeout(farewell);
      machine.destroy();
      resolve(why ?? `the client has left (${code})`);
    });
  });
  return { ended, end };
}

function toMachine(client: WebSocket, machine: Duplex, alive: () => void): void {
  machine.on('drain', () => {
    alive();
    client.resume();
  });
  client.on('message', (data) => {
    alive();
    if (!machine.destroyed && !machine.write(data as Buffer)) client.pause();
  });
}

function toClient(machine: Duplex, client: WebSocket, most: number, alive: () => void): void {
  const sent = (): void => {
    if (!machine.isPaused()) return;
    // It reads, however slowly, and so answers pings late: they wait behind the rest.
    alive();
    if (client.bufferedAmount < most) machine.resume();
  };
  machine.on('data', (chunk: Buffer) => {
    client.send(chunk, { binary: true }, sent);
    if (client.bufferedAmount >= most) machine.pause();
  });
}
