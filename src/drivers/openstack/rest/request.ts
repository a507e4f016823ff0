import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import type { Clock } from '../../../ports/clock.ts';
import type { Log } from '../../../ports/log.ts';
import type { Timeouts, Tls } from '../settings.ts';
import { halfAnswer, OpenStackError, troubleOfAnswer } from '../trouble.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One HTTP request, complete. */
export interface Outgoing {
  /** The service's type, for logs and messages. */
  readonly service: string;
  readonly method: Method;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
  /** Our id of the request, `req-UUID`; the services log it and pass it on to each other (oslo.middleware.request_id). */
  readonly globalId: string;
  readonly signal?: AbortSignal | undefined;
}

/** A successful answer (2xx), read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON of the body; undefined where the body is empty. */
  readonly body: unknown;
  readonly requestId?: string;
}

/** A successful answer whose body is still to be read. */
export interface Download {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** A pool of connections, kept alive per origin, and what happens on them. */
export interface Transport {
  /** Throws an OpenStackError for everything but a whole 2xx answer. */
  send(out: Outgoing): Promise<Reply>;
  /** The same, for bodies that are not JSON. The caller reads the body to its end or destroys it. */
  download(out: Outgoing): Promise<Download>;
  close(): Promise<void>;
}

export interface TransportParts {
  readonly tls: Tls;
  readonly timeouts: Timeouts;
  readonly clock: Clock;
  readonly log: Log;
}

/** Connections to one service at the same time; more requests wait in line. */
const connections = 32;

/** Time and signals are per request; connections are shared by all sessions of a region. */
export function createTransport({ tls, timeouts, clock, log }: TransportParts): Transport {
  const agent = new Agent({
    connections,
    pipelining: 1,
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
    connect: {
      timeout: timeouts.connect,
      rejectUnauthorized: tls.verify,
      ...(tls.ca !== undefined && { ca: tls.ca }),
      ...(tls.cert !== undefined && { cert: tls.cert, key: tls.key }),
    },
  });
  const begin = async (out: Outgoing): Promise<Dispatcher.ResponseData> => {
    try {
      return await request(out.url, {
        dispatcher: agent,
        method: out.method,
        headers: { ...out.headers, 'x-openstack-request-id': out.globalId },
        body: out.body ?? null,
        signal: out.signal ?? null,
      });
    } catch (error) {
      throw noAnswer(out, error);
    }
  };
  const told = async <T>(out: Outgoing, work: (note: Noter) => Promise<T>): Promise<T> => {
    const began = clock.now();
    const seen: { status?: number; requestId?: string } = {};
    try {
      return await work((status, requestId) => Object.assign(seen, { status, requestId }));
    } finally {
      const { service, method, url, globalId } = out;
      const ms = clock.now() - began;
      log.debug({ service, method, path: url.pathname, ...seen, globalId, ms }, 'openstack request');
    }
  };
  return {
    send: (out) =>
      told(out, async (note) => {
        const answer = await begin(out);
        const headers = plain(answer.headers);
        note(answer.statusCode, requestIdOf(headers));
        return readReply(out, answer, headers);
      }),
    download: (out) =>
      told(out, async (note) => {
        const answer = await begin(out);
        const headers = plain(answer.headers);
        note(answer.statusCode, requestIdOf(headers));
        if (!isSuccess(answer.statusCode)) await readReply(out, answer, headers);
        // Whoever reads it hears of an error there; whoever destroys it unread must not end the process by it.
        answer.body.on('error', (error) =>
          log.debug({ service: out.service, error: describe(error) }, 'download ended'),
        );
        return { status: answer.statusCode, headers, body: answer.body };
      }),
    close: () => agent.destroy(),
  };
}

type Noter = (status: number, requestId: string | undefined) => void;

/** Nova below 2.46 may say it in a header of its own. */
const requestIdOf = (headers: Readonly<Record<string, string>>): string | undefined =>
  headers['x-openstack-request-id'] || headers['x-compute-request-id'] || undefined;

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

async function readReply(
  out: Outgoing,
  answer: Dispatcher.ResponseData,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  const { service } = out;
  const requestId = requestIdOf(headers);
  let text: string;
  try {
    text = await answer.body.text();
  } catch (error) {
    throw halfAnswer(service, describe(error), requestId, error);
  }
  const status = answer.statusCode;
  if (!isSuccess(status)) {
    const retryAfterMs = retryAfter(headers['retry-after']);
    throw troubleOfAnswer({ service, status, text, requestId, retryAfterMs });
  }
  return { status, headers, body: parse(service, text, headers, requestId), ...(requestId && { requestId }) };
}

function parse(
  service: string,
  text: string,
  headers: Readonly<Record<string, string>>,
  requestId: string | undefined,
): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    // An accepted request may be answered with words (Nova: 202 of some actions); half of a JSON text may not.
    if (!/json/.test(headers['content-type'] ?? '')) return undefined;
    throw halfAnswer(service, 'JSON that does not parse', requestId, error);
  }
}

/** Seconds, or a date, which no OpenStack service sends; in milliseconds. */
function retryAfter(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value.trim()) ? Number(value) * 1000 : undefined;
}

function plain(headers: Dispatcher.ResponseData['headers']): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Errors of the time before the first byte of a request is sent. */
const before: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function noAnswer(out: Outgoing, error: unknown): OpenStackError {
  const stopped = out.signal?.aborted === true;
  const code = codeOf(error);
  // A certificate is checked before anything is sent.
  const reached = !before.has(code) && !/^(CERT_|ERR_TLS_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
  const what = stopped ? 'the call was stopped' : describe(error);
  return new OpenStackError(
    'unavailable',
    `${out.service} gave no answer: ${what}`,
    { service: out.service, reached },
    {
      cause: error,
    },
  );
}

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code ?? '');

function describe(error: unknown): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return code === '' || message.includes(code) ? message : `${message} (${code})`.trim();
}
