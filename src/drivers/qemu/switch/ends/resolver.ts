import { createSocket } from 'node:dgram';
import type { Clock } from '../../../../ports/clock.ts';

/** A DNS server that the host asks. */
export interface NameServer {
  readonly address: string;
  readonly port: number;
}

export interface ResolverParts {
  readonly clock: Clock;
  /** Asked one after the other. */
  readonly servers: readonly NameServer[];
  /** 32 bits that nobody can guess. */
  random(): number;
}

/** Asks the world's names for machines. */
export interface Resolver {
  readonly inFlight: number;
  /** Asks with the question as it came; undefined: nobody answered, or too many ask. Each question has a socket and a number of its own. */
  ask(message: Buffer): Promise<Buffer | undefined>;
}

/** Questions that wait for an answer at the same time. */
const mostInFlight = 512;
const serverMs = 2_000;

export function createResolver({ clock, servers, random }: ResolverParts): Resolver {
  let inFlight = 0;

  function askOne(message: Buffer, { address, port }: NameServer): Promise<Buffer | undefined> {
    const asked = Buffer.from(message);
    asked.writeUInt16BE(random() & 0xffff, 0);
    return new Promise((resolve) => {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      let settled = false;
      const settle = (answer: Buffer | undefined): void => {
        if (settled) return;
        settled = true;
        timer.cancel();
        socket.close();
        resolve(answer);
      };
      const timer = clock.at(clock.now() + serverMs, () => settle(undefined));
      // A server that is not there is one that does not answer: the next is asked.
      socket.on('error', () => settle(undefined));
      socket.on('message', (answer, from) => {
        const right = from.port === port && answer.length >= 12 && answer.readUInt16BE(0) === asked.readUInt16BE(0);
        if (!right || (answer[2]! & 0x80) === 0) return;
        answer.writeUInt16BE(message.readUInt16BE(0), 0);
        settle(answer);
      });
      // Connected: the host lets nobody else answer.
      socket.connect(port, address, () => {
        if (!settled) socket.send(asked);
      });
    });
  }

  return {
    get inFlight() {
      return inFlight;
    },
    async ask(message) {
      if (inFlight >= mostInFlight) return undefined;
      inFlight += 1;
      try {
        for (const server of servers) {
          const answer = await askOne(message, server);
          if (answer !== undefined) return answer;
        }
        return undefined;
      } finally {
        inFlight -= 1;
      }
    },
  };
}
