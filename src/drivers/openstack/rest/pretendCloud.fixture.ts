import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../ports/clock.ts';
import type { Log } from '../../../ports/log.ts';
import type { Auth } from '../settings/auth.ts';
import { createTransport } from './request.ts';
import { createSession, type Session } from './session.ts';

/** One answer: whole, or a fault. `cut` ends the connection in the middle of the body, `reset` before any answer. */
export interface PretendAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fault?: 'cut' | 'reset' | 'silence';
}

/** A request as the pretended services saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface PretendCloud {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** What was logged at debug. */
  readonly logged: object[];
  /** Pauses that were waited for, in milliseconds. */
  readonly pauses: number[];
  /** Moves the clock on. */
  pass(ms: number): void;
  /** `GET /compute/v2.1/servers/x`: the answers in order; the last one again and again. */
  answer(request: string, ...answers: readonly PretendAnswer[]): void;
  session(auth?: Auth): Session;
  /** Requests to a path, by `METHOD /path`. */
  sent(request: string): readonly SeenRequest[];
  close(): Promise<void>;
}

export const project = 'p1';
const lifetime = 3_600_000;

/** Plays Keystone and the services for tests, faults too. Time stands still except while a pause is waited for. */
export async function pretendCloud(): Promise<PretendCloud> {
  const seen: SeenRequest[] = [];
  const logged: object[] = [];
  const pauses: number[] = [];
  const answers = new Map<string, PretendAnswer[]>();
  const transports: { close(): Promise<void> }[] = [];
  let tokens = 0;

  const tokenFor = (body: string): PretendAnswer => tokenAnswer(body, url, `token-${++tokens}`, time.now);
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const body = await bodyOf(request);
    const name = `${request.method} ${pathname}`;
    seen.push({ method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body });
    const queue = answers.get(name) ?? [];
    const answer = queue.length > 1 ? queue.shift() : queue[0];
    if (answer !== undefined) give(response, answer);
    else if (name === 'POST /v3/auth/tokens') give(response, tokenFor(body));
    else give(response, { status: 599, text: `nothing is set up for ${name}` });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const time = { now: Date.UTC(2026, 0, 1) };
  const clock = pausingClock(time, pauses);
  const log: Log = {
    debug: (fields) => logged.push(fields),
    info: nothing,
    warn: nothing,
    error: nothing,
    child: () => log,
  };
  return {
    url,
    seen,
    logged,
    pauses,
    pass: (ms) => {
      time.now += ms;
    },
    answer: (request, ...given) => answers.set(request, [...given]),
    sent: (request) => seen.filter(({ method, path }) => request === `${method} ${path}`),
    session(auth = password(url)) {
      const transport = createTransport({
        tls: { verify: true },
        timeouts: { connect: 500, headers: 300, body: 300 },
        clock,
        log,
      });
      transports.push(transport);
      const where = { region: 'one', interface: 'public', endpoints: {} } as const;
      const random = { hex: (n: number) => 'a'.repeat(n), id: () => 'a'.repeat(17), below: () => 0 };
      return createSession({ auth, where, transport, clock, random });
    },
    async close() {
      await Promise.all(transports.map((transport) => transport.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Time goes on only by the pauses that are waited for. */
const pausingClock = (time: { now: number }, pauses: number[]): Clock => ({
  now: () => time.now,
  at(at, callback) {
    pauses.push(at - time.now);
    const timer = setImmediate(() => {
      time.now = at;
      callback();
    });
    return { cancel: () => clearImmediate(timer) };
  },
});

function tokenAnswer(body: string, url: string, token: string, now: number): PretendAnswer {
  const asked = JSON.parse(body) as { auth: { scope?: { project?: { id?: string } } } };
  const id = asked.auth.scope?.project?.id ?? project;
  const about = { user: { id: 'u1', name: 'me' }, project: { id, name: 'demo' }, catalog: catalogue(url, id) };
  const expires_at = new Date(now + lifetime).toISOString();
  return { status: 201, headers: { 'x-subject-token': token }, body: { token: { expires_at, ...about } } };
}

export const password = (url: string): Auth => ({
  type: 'password',
  url: `${url}/v3`,
  user: { name: 'me', domain: { id: 'default' } },
  password: 'hunter2',
  project: { id: project },
});

const nothing = () => undefined;

const catalogue = (url: string, id: string) =>
  Object.entries({
    compute: '/compute/v2.1',
    image: '/image',
    volumev3: `/volume/v3/${id}`,
    network: '/network',
    identity: '/v3',
  }).map(([type, path]) => ({ type, endpoints: [{ interface: 'public', region_id: 'one', url: url + path }] }));

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

function give(response: ServerResponse, { status = 200, body, text, headers = {}, fault }: PretendAnswer): void {
  if (fault === 'silence') return;
  if (fault === 'reset') {
    response.destroy();
    return;
  }
  const content = text ?? (body === undefined ? '' : JSON.stringify(body));
  response.writeHead(status, { 'x-openstack-request-id': 'req-1', 'content-type': 'application/json', ...headers });
  if (fault !== 'cut') {
    response.end(content);
    return;
  }
  response.write(content.slice(0, content.length / 2), () => response.destroy());
}
