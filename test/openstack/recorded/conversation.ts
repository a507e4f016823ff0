import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceType } from '../../../src/drivers/openstack/settings.ts';
import type { Exchange } from '../support/faultProxy.ts';
import type { Facts, Told } from './scenario.ts';

/**
 * A request, and what was answered to it: one answer after the other, each as long as it stayed the same. `after` counts the
 * requests before it that changed something: what is looked at changes with them, however often it is looked at.
 */
export interface Recorded {
  readonly service: ServiceType;
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
  readonly answers: { readonly after: number; readonly status: number; readonly body?: unknown }[];
}

/** A conversation of the driver with a real OpenStack, without secrets. */
export interface Conversation {
  readonly facts: Facts;
  readonly told: Told;
  readonly requests: readonly Recorded[];
}

const changes = (service: ServiceType, method: string): boolean => service !== 'identity' && method !== 'GET';

const keyOf = (service: string, method: string, url: string, body: unknown): string =>
  JSON.stringify([service, method, url, body ?? null]);

const parsed = (text: string): unknown => (text === '' ? undefined : JSON.parse(text));

/** Writes down what goes by. Tokens, passwords and what a token opens stay out of it. */
export function recorder(): { heard(exchange: Exchange): void; readonly requests: readonly Recorded[] } {
  const found = new Map<string, Recorded>();
  let after = 0;
  return {
    get requests() {
      return [...found.values()];
    },
    heard({ service, method, url, body, status, answer }) {
      const asked = scrubbed(service, parsed(body));
      const key = keyOf(service, method, url, asked);
      const known = found.get(key) ?? {
        service,
        method,
        url,
        ...(asked !== undefined && { body: asked }),
        answers: [],
      };
      found.set(key, known);
      const said = scrubbed(service, parsed(answer));
      const next = { after, status, ...(said !== undefined && { body: said }) };
      if (JSON.stringify(known.answers.at(-1)) !== JSON.stringify(next)) known.answers.push(next);
      if (changes(service, method)) after += 1;
    },
  };
}

interface TokenBody {
  readonly token: { readonly catalog?: unknown; readonly [name: string]: unknown };
}

/** Keystone's: who asks without the password; a token for ever without its catalogue. */
function scrubbed(service: ServiceType, body: unknown): unknown {
  if (service !== 'identity' || typeof body !== 'object' || body === null) return body;
  if ('token' in body) {
    const { catalog: _, audit_ids: __, ...token } = (body as TokenBody).token;
    return { token: { ...token, expires_at: '2999-01-01T00:00:00.000000Z' } };
  }
  return JSON.parse(
    JSON.stringify(body, (name, value) => (name === 'password' && typeof value === 'string' ? '' : value)),
  );
}

export interface Replay {
  readonly endpoints: Readonly<Record<ServiceType, string>>;
  /** Requests that are not in the conversation. */
  readonly strange: readonly string[];
  /** Requests of the conversation that nobody has made. */
  missed(): readonly string[];
  close(): Promise<void>;
}

interface Left extends Pick<Recorded, 'answers'> {
  times: number;
  at: number;
}

/** Plays the services of a conversation. What is not in it is answered 501. */
export async function replay(requests: readonly Recorded[]): Promise<Replay> {
  const left = new Map(
    requests.map(({ service, method, url, body, answers }) => [
      keyOf(service, method, url, body),
      { answers, times: 0, at: 0 } as Left,
    ]),
  );
  const strange: string[] = [];
  let after = 0;
  /** Of the answers since the last change the next one; the last of them again and again. */
  const answerTo = (found: Left): Recorded['answers'][number] => {
    const now = found.answers.filter((answer) => answer.after === after);
    const at = found.at === after ? found.times : 0;
    found.at = after;
    found.times = at + 1;
    const before = found.answers.filter((answer) => answer.after < after).at(-1);
    return now[Math.min(at, now.length - 1)] ?? before ?? found.answers[0]!;
  };
  const servers: Server[] = [];
  const serve = async (service: ServiceType, root: string): Promise<string> => {
    const server = createServer(async (req, res) => {
      const parts: Buffer[] = [];
      for await (const part of req) parts.push(part as Buffer);
      const { method = '', url = '' } = req;
      const key = keyOf(service, method, url, scrubbed(service, parsed(Buffer.concat(parts).toString())));
      const found = left.get(key);
      if (found === undefined) strange.push(key);
      const answer: { readonly status: number; readonly body?: unknown } =
        found === undefined ? { status: 501 } : answerTo(found);
      if (changes(service, method)) after += 1;
      const headers = {
        'content-type': 'application/json',
        'x-openstack-request-id': 'req-recorded',
        ...(service === 'identity' && { 'x-subject-token': 'recorded' }),
      };
      res.writeHead(answer.status, headers).end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}${root}`;
  };
  return {
    endpoints: {
      identity: await serve('identity', '/v3'),
      compute: await serve('compute', '/v2.1'),
      network: await serve('network', ''),
      image: await serve('image', ''),
      'block-storage': await serve('block-storage', '/v3'),
      placement: await serve('placement', ''),
    },
    strange,
    missed: () => [...left].filter(([, { times }]) => times === 0).map(([key]) => key),
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}
