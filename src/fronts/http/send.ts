import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasBody } from './readBody.ts';

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  /** Names and values in turn: Node takes a list as it is, an object costs it half as much again as a bare answer. */
  readonly headers: readonly string[];
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
  const close = last || !whole ? ['Connection', 'close'] : [];
  const headers = [...answer.headers, 'Content-Length', String(length), 'Server', 'Elsewhere', ...close];
  response.writeHead(answer.status, headers);
  const body = message.method === 'HEAD' ? [] : answer.body;
  // Node puts the header in front of a first part that is text; the system gets all parts at once.
  response.cork();
  for (const part of body) response.write(part);
  if (whole) response.end();
  response.uncork();
  if (!whole) linger(message, response);
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
