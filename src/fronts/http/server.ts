import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../../ports/log.ts';
import { ec2Dialect, errorXml } from '../awsquery/envelope.ts';
import { WireError } from '../awsquery/errors.ts';
import { textOf } from '../query/body.ts';
import type { QueryDoor, Reply } from '../query/door.ts';
import { fromBrowser } from './browser.ts';
import { endOfTurn } from './endOfTurn.ts';
import { type HttpLimits, serverOptions } from './limits.ts';
import { openAnswers } from './openAnswers.ts';
import { bodyAtHand, HungUpError, readBody } from './readBody.ts';
import { type Answer, send } from './send.ts';
import { readTarget, type Target } from './target.ts';
import { refuseUnreadable } from './unreadable.ts';
import { listenForUpgrades, type Upgrades } from './upgrades.ts';

/** A page that is not part of a cloud API: health, metrics. */
export type Page = () => Promise<{ readonly status: number; readonly type: string; readonly body: string }>;

/** What answers everything below a path, and is not part of a cloud API either. */
export interface Subtree {
  readonly below: string;
  /** Never throws. Reads the body of the request itself, where it wants it. */
  answer(message: IncomingMessage, target: Target): Promise<Answer>;
}

export interface HttpOptions {
  readonly door: QueryDoor;
  readonly log: Log;
  /** Pages by path. */
  readonly pages: Readonly<Record<string, Page>>;
  readonly subtrees: readonly Subtree[];
  readonly upgrades: Upgrades;
  /** Told of every API reply, with its time in seconds. */
  readonly observe: (reply: Reply, seconds: number) => void;
  /** `open` mode: the name that the server listens at; requests that a web page could have sent are refused. */
  readonly refuseBrowsersOf: string | undefined;
  readonly limits: HttpLimits;
}

type Handler = (message: IncomingMessage, response: ServerResponse) => void;

/** The HTTP side of the server. Every answer has its request id in the header, in the body and in the log. */
export function createHttpServer(options: HttpOptions): Server {
  const { limits, log } = options;
  const answers = openAnswers();
  const handler =
    (proceed: (response: ServerResponse) => void): Handler =>
    (message, response) => {
      const id = randomUUID();
      answers.add(message.socket, response);
      respond(options, server, message, response, id, () => proceed(response)).catch((error: unknown) => {
        log.error({ err: error, requestId: id }, 'the answer could not be sent');
        response.destroy();
      });
    };
  const server = createServer(
    serverOptions(limits),
    handler(() => undefined),
  );
  server.timeout = limits.idleMs;
  server.on(
    'checkContinue',
    handler((response) => response.writeContinue()),
  );
  // Other expectations cannot be met, and need not be (RFC 9110, section 10.1.1).
  server.on(
    'checkExpectation',
    handler(() => undefined),
  );
  refuseUnreadable(server, answers.of, log);
  listenForUpgrades(server, options.upgrades, answers.of);
  return server;
}

async function respond(
  options: HttpOptions,
  server: Server,
  message: IncomingMessage,
  response: ServerResponse,
  id: string,
  proceed: () => void,
): Promise<void> {
  const began = performance.now();
  const target = readTarget(message.url ?? '/');
  if (Object.hasOwn(options.pages, target.path)) return sendPage(options, server, target, message, response, id);
  const subtree = options.subtrees.find(({ below }) => target.path.startsWith(below));
  if (subtree !== undefined) return send(message, response, await subtree.answer(message, target), !server.listening);
  const reply = await replyTo(options, message, target, id, proceed);
  if (reply === undefined) return void response.destroy();
  const headers = ['Content-Type', 'text/xml;charset=UTF-8', 'x-amzn-RequestId', id, ...allow(reply.status)];
  await send(message, response, { status: reply.status, headers, body: reply.body }, !server.listening);
  const seconds = (performance.now() - began) / 1000;
  options.observe(reply, seconds);
  tell(options.log, reply, id, seconds);
}

function tell(log: Log, { service, action, status, code, account, cause }: Reply, requestId: string, seconds: number) {
  const fields = { requestId, service, action, status, code, account, ms: Math.round(seconds * 1e5) / 100 };
  // EC2 answers 500 for a zone that is full, too: that is the cloud's word and no fault of the server.
  const fault = status >= 500 && (cause !== undefined || code === 'InternalError');
  if (fault) log.error({ ...fields, err: cause }, 'request failed');
  else log.info(fields, 'request');
}

/** Undefined: the client hung up before its request was whole. */
async function replyTo(
  options: HttpOptions,
  message: IncomingMessage,
  target: Target,
  id: string,
  proceed: () => void,
): Promise<Reply | undefined> {
  const { method = '', headers } = message;
  try {
    checkRequest(options, message, target);
    const body = await bodyOf(message, options.limits.bodyBytes, proceed);
    return await options.door.handle({ method, path: target.path, query: target.query, headers, body }, id);
  } catch (error) {
    if (error instanceof WireError) return refused(error, id);
    if (!(error instanceof HungUpError)) throw error;
    options.log.debug({ requestId: id }, 'the client hung up before its request was whole');
    return undefined;
  }
}

/** The body, at the end of the turn in which it was there. */
async function bodyOf(message: IncomingMessage, limit: number, proceed: () => void): Promise<Buffer> {
  await endOfTurn();
  const atHand = bodyAtHand(message, limit);
  if (atHand !== undefined) return atHand;
  const body = await readBody(message, limit, proceed);
  await endOfTurn();
  return body;
}

function refused({ code, message, status }: WireError, id: string): Reply {
  return {
    status,
    body: textOf(errorXml(ec2Dialect('2016-11-15'), code, message, id)),
    service: 'ec2',
    action: '',
    code,
  };
}

/** EC2's own path, and those of Eucalyptus and of OpenStack's EC2 API, which old tools have configured. */
const paths = new Set(['/', '/services/Cloud', '/services/Cloud/', '/services/compute', '/services/compute/']);

function checkRequest(options: HttpOptions, { method = '', headers }: IncomingMessage, target: Target): void {
  if (method !== 'POST' && method !== 'GET') {
    throw new WireError('UnsupportedProtocol', `The method ${method} is not offered; use POST or GET.`, 405);
  }
  if (!paths.has(target.path))
    throw new WireError('InvalidAction', `There is nothing at ${target.path.slice(0, 128)}.`, 404);
  const own = options.refuseBrowsersOf;
  const host = target.host ?? headers.host;
  if (own !== undefined && fromBrowser(headers, host, own)) {
    throw new WireError('AuthFailure', 'Requests that a web page can send are refused in open mode.', 403);
  }
}

const allow = (status: number): readonly string[] => (status === 405 ? ['Allow', 'GET, POST'] : []);

async function sendPage(
  options: HttpOptions,
  server: Server,
  { path }: Target,
  message: IncomingMessage,
  response: ServerResponse,
  id: string,
): Promise<void> {
  const offered = message.method === 'GET' || message.method === 'HEAD';
  const notOffered = { status: 405, type: 'text/plain', body: 'Use GET.\n' };
  const { status, type, body } = offered ? await pageOf(options, path, id) : notOffered;
  const headers = ['Content-Type', type, 'x-amzn-RequestId', id, ...(offered ? [] : ['Allow', 'GET, HEAD'])];
  await send(message, response, { status, headers, body: textOf(body) }, !server.listening);
}

async function pageOf({ pages, log }: HttpOptions, path: string, requestId: string): ReturnType<Page> {
  try {
    return await pages[path]!();
  } catch (error) {
    log.error({ err: error, requestId, path }, 'the page could not be made');
    return { status: 503, type: 'text/plain', body: 'Not available at the moment.\n' };
  }
}
