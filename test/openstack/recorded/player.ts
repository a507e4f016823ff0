import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceType } from '../../../src/drivers/openstack/settings.ts';
import { type Answer, changes, keyOf, parsed, type Recorded, scrubbed } from './conversation.ts';

export interface Player {
  readonly endpoints: Readonly<Record<ServiceType, string>>;
  /** A step begins, where the conversation has steps. */
  begin(): void;
  /** Requests that are not in the conversation. */
  readonly strange: readonly string[];
  /** Requests of the conversation that nobody has made. */
  missed(): readonly string[];
  /** Answers that went wrong for the client and that nobody has got. */
  unplayed(): readonly Answer[];
  close(): Promise<void>;
}

interface Left extends Pick<Recorded, 'answers'> {
  times: number;
  at: number;
}

/** Whether the client got something else than its service's whole answer of its own. */
export const isFault = ({ status, missing }: Answer): boolean =>
  status >= 500 || [400, 409, 413, 429].includes(status) || missing !== undefined;

/** Plays the services of a conversation. What is not in it is answered 501. */
export async function replay(requests: readonly Recorded[]): Promise<Player> {
  const left = new Map(
    requests.map(({ service, method, url, body, answers }) => [
      keyOf(service, method, url, body),
      { answers, times: 0, at: 0 } as Left,
    ]),
  );
  const strange: string[] = [];
  const given = new Set<Answer>();
  let after = 0;
  const answered = async (service: ServiceType, req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = req;
    const key = keyOf(service, method, url, scrubbed(service, parsed(await textOf(req))));
    const found = left.get(key);
    if (found === undefined) strange.push(key);
    const answer = found === undefined ? { after, status: 501 } : answerTo(found, after);
    given.add(answer);
    if (changes(service, method)) after += 1;
    give(service, answer, res);
  };
  const servers: Server[] = [];
  const serve = async (service: ServiceType, root: string): Promise<string> => {
    const server = createServer((req, res) => void answered(service, req, res).catch((error) => res.destroy(error)));
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
    begin() {
      after += 1;
    },
    strange,
    missed: () => [...left].filter(([, { times }]) => times === 0).map(([key]) => key),
    unplayed: () => requests.flatMap(({ answers }) => answers.filter((one) => isFault(one) && !given.has(one))),
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}

async function textOf(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** Of the answers since the last change the next one, the last of them again and again; else the last before, of those that went well. */
function answerTo(found: Left, after: number): Answer {
  const now = found.answers.filter((answer) => answer.after === after);
  const at = found.at === after ? found.times : 0;
  found.at = after;
  found.times = at + 1;
  const before = found.answers.filter((answer) => answer.after < after && !isFault(answer)).at(-1);
  return now[Math.min(at, now.length - 1)] ?? before ?? found.answers[0]!;
}

function give(service: ServiceType, { status, body, text, retryAfter, missing }: Answer, res: ServerResponse): void {
  if (missing === 'lost' || missing === 'dropped') return void res.destroy();
  const content = text ?? (body === undefined ? '' : JSON.stringify(body));
  res.writeHead(status, {
    'content-type': text === undefined ? 'application/json' : 'text/html',
    ...(content !== '' && { 'content-length': Buffer.byteLength(content) }),
    'x-openstack-request-id': 'req-recorded',
    ...(service === 'identity' && { 'x-subject-token': 'recorded' }),
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  });
  if (missing === undefined) return void res.end(content);
  res.write(content.slice(0, content.length >> 1), () => res.destroy());
}
