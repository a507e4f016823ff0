import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection on which bytes go out as they are given. */
export class RawClient {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  readonly ended: Promise<void>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    // A reset is one of the ways in which a server may end a connection.
    socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async to(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Everything received so far. */
  get text(): string {
    return this.#received.toString('latin1');
  }

  /** The next answer whose head and body are complete. `bodiless`: it answers HEAD. Undefined: the connection ended before. */
  async answer(bodiless = false): Promise<RawAnswer | undefined> {
    for (;;) {
      const taken = this.#take(bodiless);
      if (taken !== undefined) return taken;
      if (this.socket.readableEnded || this.socket.destroyed) return undefined;
      await new Promise<void>((resolve) => {
        for (const event of ['data', 'end', 'close'] as const) this.socket.once(event, () => resolve());
      });
    }
  }

  #take(bodiless: boolean): RawAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [line = '', ...rest] = this.#received.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(
      rest.map((header) => {
        const colon = header.indexOf(':');
        return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
      }),
    );
    const status = Number(line.split(' ')[1]);
    const length = bodiless || status === 100 ? 0 : Number(headers['content-length'] ?? 0);
    if (this.#received.length < end + 4 + length) return undefined;
    const body = this.#received.subarray(end + 4, end + 4 + length).toString('utf8');
    this.#received = this.#received.subarray(end + 4 + length);
    return { status, headers, body };
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Sends bytes on a connection of their own and gives the first answer. */
export async function exchange(port: number, bytes: string | Buffer, bodiless = false): Promise<RawAnswer | undefined> {
  const client = await RawClient.to(port);
  client.send(bytes);
  const answer = await client.answer(bodiless);
  client.close();
  return answer;
}

/** A credential that open mode takes, as a header. */
export const anyCredential =
  'Authorization: AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=00\r\nX-Amz-Date: 20260102T030405Z\r\n';

/** An HTTP request as text. */
export function post(form: string, headers = '', host = '127.0.0.1'): string {
  return `POST / HTTP/1.1\r\nHost: ${host}\r\n${anyCredential}Content-Length: ${Buffer.byteLength(form)}\r\n${headers}\r\n${form}`;
}
