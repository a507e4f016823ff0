import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../../ports/log.ts';
import { ec2Dialect, errorXml } from '../awsquery/envelope.ts';
import { WireError } from '../awsquery/errors.ts';
import type { QueryDoor, Reply } from '../query/door.ts';
import { readBody } from './readBody.ts';

/** A page that is not part of a cloud API: health, metrics. */
export type Page = () => Promise<{ readonly status: number; readonly type: string; readonly body: string }>;

export interface HttpOptions {
  readonly door: QueryDoor;
  readonly log: Log;
  /** Pages by path. */
  readonly pages: Readonly<Record<string, Page>>;
  /** Told of every API reply, with its time in seconds. */
  readonly observe: (reply: Reply, seconds: number) => void;
  /** `open` mode: requests that a web page could have sent are refused. */
  readonly refuseBrowsers: boolean;
  readonly limits: HttpLimits;
}

export interface HttpLimits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** Time in which a client must have sent its headers, and then its whole request, in milliseconds. */
  readonly headersMs: number;
  readonly requestMs: number;
}

export const httpLimits: HttpLimits = {
  bodyBytes: 1 << 20,
  headerBytes: 16 * 1024,
  headersMs: 15_000,
  requestMs: 60_000,
};

/** The HTTP side of the server. Every answer has its request id in the header, in the body and in the log. */
export function createHttpServer(options: HttpOptions): Server {
  const { limits } = options;
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: 1_000,
    },
    (message, response) => {
      const id = randomUUID();
      respond(options, message, response, id).catch((error: unknown) => {
        options.log.error({ err: error, requestId: id }, 'the answer could not be sent');
        response.destroy();
      });
    },
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status = clientErrorStatus[error.code ?? ''] ?? '400 Bad Request';
    const id = randomUUID();
    const body = errorXml(
      ec2Dialect('2016-11-15'),
      clientErrorCode[error.code ?? ''] ?? 'MalformedQueryString',
      'The HTTP request cannot be read.',
      id,
    );
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: text/xml;charset=UTF-8\r\nx-amzn-RequestId: ${id}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
  return server;
}

const clientErrorStatus: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
const clientErrorCode: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'RequestEntityTooLarge',
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestExpired',
};

async function respond(
  options: HttpOptions,
  message: IncomingMessage,
  response: ServerResponse,
  id: string,
): Promise<void> {
  const began = performance.now();
  const [path, query] = splitTarget(message.url ?? '/');
  if (Object.hasOwn(options.pages, path)) return sendPage(options.pages[path]!, message, response, id);
  const reply = await replyTo(options, message, path, query, id);
  if (reply === undefined) return void response.destroy();
  send(response, reply, id, message.method === 'HEAD');
  const seconds = (performance.now() - began) / 1000;
  options.observe(reply, seconds);
  log(options.log, reply, id, seconds);
}

function log(
  to: Log,
  { service, action, status, code, account, cause }: Reply,
  requestId: string,
  seconds: number,
): void {
  const fields = { requestId, service, action, status, code, account, ms: Math.round(seconds * 1e5) / 100 };
  if (status >= 500) to.error({ ...fields, err: cause }, 'request failed');
  else to.info(fields, 'request');
}

/** Undefined: the client hung up before its request was whole. */
async function replyTo(
  options: HttpOptions,
  message: IncomingMessage,
  path: string,
  query: string,
  id: string,
): Promise<Reply | undefined> {
  try {
    checkRequest(options, message, path);
    const body = await readBody(message, options.limits.bodyBytes);
    return await options.door.handle({ method: message.method ?? '', path, query, headers: message.headers, body }, id);
  } catch (error) {
    if (!(error instanceof WireError)) return undefined;
    const body = [errorXml(ec2Dialect('2016-11-15'), error.code, error.message, id)];
    return { status: error.status, body, service: 'ec2', action: '', code: error.code };
  }
}

/** EC2's own path, and those of Eucalyptus and of OpenStack's EC2 API, which old tools have configured. */
const paths = new Set(['/', '/services/Cloud', '/services/Cloud/', '/services/compute', '/services/compute/']);

function checkRequest(options: HttpOptions, message: IncomingMessage, path: string): void {
  if (message.method !== 'POST' && message.method !== 'GET' && message.method !== 'HEAD') {
    throw new WireError('UnsupportedProtocol', `The method ${message.method} is not offered; use GET or POST.`, 405);
  }
  if (!paths.has(path)) throw new WireError('InvalidAction', `There is nothing at ${path.slice(0, 128)}.`, 404);
  if (options.refuseBrowsers && fromBrowser(message)) {
    throw new WireError('AuthFailure', 'Requests of web pages are refused in open mode.', 403);
  }
}

/** A web page of another site must not reach a server that asks for no secret (cross-site requests, DNS rebinding). */
function fromBrowser({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}

function splitTarget(target: string): readonly [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

function send(response: ServerResponse, reply: Reply, id: string, headOnly: boolean): void {
  let length = 0;
  for (const part of reply.body) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  response.writeHead(reply.status, {
    'Content-Type': 'text/xml;charset=UTF-8',
    'Content-Length': length,
    'x-amzn-RequestId': id,
    Server: 'Elsewhere',
  });
  if (!headOnly) {
    response.cork();
    for (const part of reply.body) response.write(part);
  }
  response.end();
}

async function sendPage(page: Page, message: IncomingMessage, response: ServerResponse, id: string): Promise<void> {
  message.resume();
  const { status, type, body } = await page();
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-RequestId': id,
  });
  response.end(message.method === 'HEAD' ? undefined : body);
}
