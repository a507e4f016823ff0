import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { hasBody } from './readBody.ts';

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: readonly (string | Buffer)[];
}

/** How long a client that is still sending is listened to after its answer, in milliseconds. */
const lingerMs = 2_000;

/**
 * Sends an answer. `last`: the connection closes behind it.
 * So it does when the request was not read to its end. Then what still comes is read and thrown away for a while:
 * closing at once would reset the connection, and the client would lose the answer (RFC 9112, section 9.6).
 */
export function send(message: IncomingMessage, response: ServerResponse, answer: Answer, last: boolean): void {
  const whole = message.complete || !hasBody(message);
  let length = 0;
  for (const part of answer.body) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  response.writeHead(answer.status, {
    ...answer.headers,
    'Content-Length': length,
    Server: 'Elsewhere',
    ...(last || !whole ? { Connection: 'close' } : {}),
  });
  const parts = message.method === 'HEAD' ? [] : length <= small ? [joined(answer.body, length)] : answer.body;
  if (whole && parts.length === 1) return void response.end(parts[0]);
  response.cork();
  for (const part of parts) response.write(part);
  response.uncork();
  if (whole) response.end();
  else linger(message, response);
}

/** Up to this size copying the parts into one costs less than handing the system several, in bytes. */
const small = 64 * 1024;

function joined(parts: Answer['body'], length: number): Buffer {
  const whole = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) at += typeof part === 'string' ? whole.write(part, at) : part.copy(whole, at);
  return whole;
}

function linger(message: IncomingMessage, response: ServerResponse): void {
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  message.once('end', end);
  message.once('close', end);
  message.resume();
}
