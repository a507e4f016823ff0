import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Body, isText } from '../query/body.ts';
import { hasBody } from './readBody.ts';

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  /** Names and values in turn: Node takes a list as it is, an object costs it half as much again as a bare answer. */
  readonly headers: readonly string[];
  readonly body: Body;
}

/** How long a client that is still sending is listened to after its answer, in milliseconds. */
const lingerMs = 2_000;

/**
 * Sends an answer; resolves when all of it is with the system. `last`: the connection closes behind it.
 * So it does when the request was not read to its end. Then what still comes is read and thrown away for a while:
 * closing at once would reset the connection, and the client would lose the answer (RFC 9112, section 9.6).
 */
export async function send(
  message: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  last: boolean,
): Promise<void> {
  const whole = message.complete || !hasBody(message);
  const { body } = answer;
  const length = lengthOf(body);
  const headers = [...answer.headers, 'Server', 'Elsewhere'];
  if (length !== undefined) headers.push('Content-Length', String(length));
  if (last || !whole) headers.push('Connection', 'close');
  response.writeHead(answer.status, headers);
  if (isText(body)) {
    // Text that is all ASCII is the same in Latin-1, which the system is given without another look at it.
    const encoding = length === body.text.length ? 'latin1' : 'utf8';
    if (whole) response.end(body.text, encoding);
    else response.write(body.text, encoding);
  } else if (length !== undefined) {
    writeParts(response, body as Extract<Body, readonly unknown[]>, whole);
  } else {
    await writeStream(response, body as AsyncIterable<string | Buffer>);
    if (whole) response.end();
  }
  if (!whole) linger(message, response);
}

/** Bytes of a body; undefined when only its end will tell. */
function lengthOf(body: Body): number | undefined {
  if (isText(body)) return body.bytes;
  if (!Array.isArray(body)) return undefined;
  let length = 0;
  for (const part of body) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  return length;
}

/** Node puts the header in front of a first part that is text; the system gets all parts at once. */
function writeParts(response: ServerResponse, body: readonly (string | Buffer)[], end: boolean): void {
  response.cork();
  for (const part of body) response.write(part);
  if (end) response.end();
  response.uncork();
}

/** No faster than the client takes it; a client that is gone is not written for. */
async function writeStream(response: ServerResponse, body: AsyncIterable<string | Buffer>): Promise<void> {
  for await (const part of body) {
    if (response.destroyed) return;
    if (response.write(part)) await new Promise(setImmediate);
    else await roomIn(response);
  }
}

function roomIn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
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
