import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type ClientOptions, WebSocket } from 'ws';
import { type Signing, signV4 } from '../awsquery/signature/client.fixture.ts';

/** Programs that open consoles at a port of this computer. */
export class Clients {
  readonly #port: () => number;
  readonly #all: WebSocket[] = [];

  constructor(port: () => number) {
    this.#port = port;
  }

  dial(path: string, options: ClientOptions = {}, protocols: string[] = []): WebSocket {
    const client = new WebSocket(`ws://127.0.0.1:${this.#port()}${path}`, protocols, options);
    // What a test expects of a client that fails it asks for; `close` follows.
    client.on('error', () => undefined);
    this.#all.push(client);
    return client;
  }

  async opened(path: string, options?: ClientOptions, protocols?: string[]): Promise<WebSocket> {
    const client = this.dial(path, options, protocols);
    // What comes with the first packet waits until whoever gets the client listens.
    client.once('open', () => {
      client.pause();
      client.on('newListener', (name) => (['message', 'ping', 'close'].includes(name) ? client.resume() : undefined));
    });
    await Promise.race([
      once(client, 'open'),
      once(client, 'unexpected-response').then(async ([, response]) => {
        throw new Error(`${path} is answered ${response.statusCode}: ${await text(response)}`);
      }),
    ]);
    return client;
  }

  /** Status and line of a refusal. */
  async refusal(path: string, options?: ClientOptions): Promise<readonly [number | undefined, string]> {
    const [, response] = await once(this.dial(path, options), 'unexpected-response');
    return [response.statusCode, await text(response)];
  }

  async status(path: string, options?: ClientOptions): Promise<number | undefined> {
    return (await this.refusal(path, options))[0];
  }

  leave(): void {
    for (const client of this.#all) client.terminate();
  }
}

/** Code and reason with which a console ends. */
export async function closed(client: WebSocket): Promise<readonly [number, string]> {
  const [code, reason] = await once(client, 'close');
  return [code, String(reason)];
}

export const closeCode = async (client: WebSocket): Promise<number> => (await closed(client))[0];

/** A URL that is signed as clients sign those for EC2. */
export async function presigned(path: string, signing: Signing = {}): Promise<string> {
  const { query } = await signV4({ method: 'GET', path }, { expiresIn: 60, ...signing });
  return `${path}?${query}`;
}
