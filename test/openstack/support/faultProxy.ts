import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceType } from '../../../src/drivers/openstack/settings.ts';

/**
 * What goes wrong with a request. `status`: answered here, the service never sees it. `half`: the service's answer, cut in
 * its middle. `lost`: the service does the work and its answer never comes; `done` happens between the work and the end of the
 * connection. `late`: the connection ends at once, the service gets the request when `until` is over. `dropped`: it ends at
 * once, and the service gets nothing. `silent`: nobody answers, until the client gives up. `slow`: all of it, `ms` later.
 */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string | object;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'half' | 'dropped' | 'silent' }
  | { readonly kind: 'lost'; readonly done?: () => Promise<void> }
  | { readonly kind: 'late'; readonly until: Promise<void> }
  | { readonly kind: 'slow'; readonly ms: number };

/** Which requests a fault is for; what is absent is any. The path is without query. */
export interface Pattern {
  readonly service?: ServiceType;
  readonly method?: string;
  readonly path?: RegExp;
}

export interface Rule extends Pattern {
  readonly fault: Fault;
  /** How many requests it is for: one, unless said. */
  readonly times?: number;
  /** It is for so many of the requests of each method and path. */
  readonly each?: boolean;
}

/** A request that came by. */
export interface Passed {
  readonly service: ServiceType;
  readonly method: string;
  readonly path: string;
  /** With its question mark; empty for none. */
  readonly query: string;
  readonly token: string | undefined;
  /** Of the answer that the client got; 0 for none. */
  status: number;
}

export interface FaultProxy {
  /** Where the services are for the driver. */
  readonly endpoints: Readonly<Record<ServiceType, string>>;
  /** In the order of their coming. */
  readonly passed: readonly Passed[];
  count(pattern: Pattern): number;
  /** The first rule that fits a request is used up by it. */
  fail(...rules: readonly Rule[]): void;
  /** No more faults; nothing is counted that came before. */
  clear(): void;
  /** The `n`th request from now is let through, and done; its answer and everything after it is not. */
  dieAfter(n: number, died: () => void): void;
  /** Nobody listens any more at these services, or all: connections are refused, and those that are open end. */
  down(...services: readonly ServiceType[]): Promise<void>;
  /** Everybody listens again, where they did before. */
  up(): Promise<void>;
  /** Waits until no request is at work. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What the client did not get: the second half of an answer, all of it, or even the request did not arrive. */
export type Missing = 'half' | 'lost' | 'dropped';

/** A request and its whole answer, as they went by. */
export interface Exchange {
  readonly service: ServiceType;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly answer: string;
  /** Absent: the client got all of it. */
  readonly missing?: Missing;
}

/**
 * One local server in front of each service.
 * @param services their addresses, with or without a version
 * @param heard is told of every request that was answered, by its service or by a fault, or that ended without an answer
 */
export async function openFaultProxy(
  services: Readonly<Record<ServiceType, string>>,
  heard?: (exchange: Exchange) => void,
): Promise<FaultProxy> {
  const passed: Passed[] = [];
  let rules: RuleLeft[] = [];
  const working = new Set<Promise<void>>();
  let death: { left: number; died: () => void } | undefined;
  // The services' own connections are not ours to trust: each request has a new one.
  const agent = new Agent({ keepAlive: false });

  const faultOf = (one: Passed): Fault | undefined => {
    const found = rules.find((each) => fits(each.rule, one) && left(each, one) > 0);
    found?.left.set(lineOf(found.rule, one), left(found, one) - 1);
    return found?.rule.fault;
  };
  const handle = async (service: ServiceType, upstream: URL, req: IncomingMessage, res: ServerResponse) => {
    const { method = 'GET', url = '/' } = req;
    const token = req.headers['x-auth-token']?.toString();
    const path = url.replace(/\?.*/, '');
    const query = url.slice(path.length);
    const one: Passed = { service, method, path, query, token, status: 0 };
    if (death?.left === 0) return void req.socket.destroy();
    const last = death !== undefined && --death.left === 0 ? death : undefined;
    passed.push(one);
    const body = await read(req);
    const asked = { service, method, url, body: body.toString() };
    const fault = last === undefined ? faultOf(one) : undefined;
    const forward = async () => {
      const whole = await send(new URL(url, upstream), agent, req, body);
      const missing = fault?.kind === 'half' || fault?.kind === 'lost' ? { missing: fault.kind } : {};
      const { status, headers } = whole;
      heard?.({ ...asked, status, headers, answer: whole.body.toString(), ...missing });
      return whole;
    };
    if (fault?.kind === 'status') heard?.({ ...asked, ...givenBy(fault) });
    if (fault?.kind === 'dropped') heard?.({ ...asked, status: 0, headers: {}, answer: '', missing: 'dropped' });
    if (last !== undefined) {
      await forward();
      last.died();
      return void req.socket.destroy();
    }
    await answer(one, fault, forward, req, res);
  };

  const servers = new Map<ServiceType, Server>();
  const ports = new Map<ServiceType, number>();
  const endpoints: Partial<Record<ServiceType, string>> = {};
  for (const [service, address] of Object.entries(services) as [ServiceType, string][]) {
    const upstream = new URL(address);
    const server = createServer((req, res) => {
      const work = handle(service, upstream, req, res).catch((error: Error) => void req.socket.destroy(error));
      working.add(work);
      work.finally(() => working.delete(work));
    });
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.set(service, server);
    ports.set(service, (server.address() as AddressInfo).port);
    const root = upstream.pathname.replace(/(\/v\d[^/]*)\/.*$/, '$1').replace(/\/$/, '');
    endpoints[service] = `http://127.0.0.1:${ports.get(service)}${root}`;
  }
  return {
    endpoints: endpoints as Record<ServiceType, string>,
    passed,
    count: (pattern) => passed.filter((one) => fits(pattern, one)).length,
    fail: (...more) => void rules.push(...more.map((rule) => ({ rule, left: new Map() }))),
    clear() {
      rules = [];
      passed.length = 0;
      death = undefined;
    },
    dieAfter(n, died) {
      death = { left: n, died };
    },
    idle: async () => void (await Promise.all(working)),
    down: (...services) =>
      stop(services.length === 0 ? [...servers.values()] : services.map((one) => servers.get(one)!)),
    async up() {
      for (const [service, server] of servers) {
        if (server.listening) continue;
        server.listen(ports.get(service), '127.0.0.1');
        await once(server, 'listening');
      }
    },
    close: () => stop([...servers.values()]),
  };
}

async function stop(servers: readonly Server[]): Promise<void> {
  for (const server of servers.filter(({ listening }) => listening)) {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
}

/** A rule, and for how many requests it still is, of those of a method and path, or of all. */
interface RuleLeft {
  readonly rule: Rule;
  readonly left: Map<string, number>;
}

const lineOf = ({ each }: Rule, { service, method, path }: Passed): string =>
  each ? `${service} ${method} ${path}` : 'any';

const left = ({ rule, left: of }: RuleLeft, one: Passed): number => of.get(lineOf(rule, one)) ?? rule.times ?? 1;

const fits = ({ service, method, path }: Pattern, one: Passed): boolean =>
  (service ?? one.service) === one.service && (method ?? one.method) === one.method && (path?.test(one.path) ?? true);

interface Whole {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function answer(
  one: Passed,
  fault: Fault | undefined,
  forward: () => Promise<Whole>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  switch (fault?.kind) {
    case 'silent':
      return;
    case 'status': {
      const { status, headers, answer } = givenBy(fault);
      one.status = status;
      return void res.writeHead(status, headers).end(answer);
    }
    case 'dropped':
      return void req.socket.destroy();
    case 'late':
      req.socket.destroy();
      await fault.until;
      return void (await forward());
    case 'lost':
      await forward();
      await fault.done?.();
      return void req.socket.destroy();
    case 'half': {
      const whole = await forward();
      one.status = whole.status;
      res.writeHead(whole.status, { ...whole.headers, 'content-length': whole.body.length });
      return void res.write(whole.body.subarray(0, whole.body.length >> 1), () => req.socket.destroy());
    }
    case 'slow':
      await after(fault.ms);
  }
  const { status, headers, body } = await forward();
  one.status = status;
  res.writeHead(status, headers).end(body);
}

/** What is answered here instead of a service. */
function givenBy({ status, body = '', headers }: Extract<Fault, { kind: 'status' }>) {
  const isJson = typeof body === 'object';
  const type = { 'content-type': isJson ? 'application/json' : 'text/html' };
  return { status, headers: { ...type, ...headers }, answer: isJson ? JSON.stringify(body) : body };
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The service's whole answer, without what is about the connection only. */
async function send(url: URL, agent: Agent, { method, headers }: IncomingMessage, body: Buffer): Promise<Whole> {
  const { host: _host, connection: _connection, 'transfer-encoding': _encoding, ...rest } = headers;
  const out = request(url, {
    method: method ?? 'GET',
    agent,
    headers: { ...rest, ...(body.length > 0 && { 'content-length': body.length }) },
  });
  out.end(body);
  const [reply] = (await once(out, 'response')) as [IncomingMessage];
  const whole = await read(reply);
  const { connection: _closed, 'keep-alive': _kept, 'transfer-encoding': _chunks, ...kept } = reply.headers;
  return { status: reply.statusCode ?? 502, headers: kept, body: whole };
}
