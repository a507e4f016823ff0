import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '../../ports/log.ts';
import { ec2Dialect, errorXml } from '../awsquery/envelope.ts';

/** What Node's parser gives up on, and how it is told. */
const told: Readonly<Record<string, readonly [status: number, code: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'RequestEntityTooLarge', 'The request line and the headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'RequestTimeout', 'The request was not complete in time.'],
};
const malformed = [400, 'MalformedQueryString', 'The HTTP request cannot be read.'] as const;

/** Answers requests that are not HTTP, too large or too slow. `open` gives the answers that a connection still owes. */
export function refuseUnreadable(server: Server, open: (socket: Duplex) => readonly ServerResponse[], log: Log): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const owed = open(socket);
    const [first] = owed;
    const hangUp = (): void => void socket.destroy();
    if (error.code === 'ECONNRESET' || !socket.writable) return hangUp();
    // Answers go out in the order of their requests: this one would be taken for the answer to an earlier request.
    const unread = first !== undefined && owed.length === 1 && !first.headersSent && !first.req.complete;
    if (first !== undefined && !unread) return void owed.at(-1)!.once('close', hangUp);
    const [status, code, message] = told[error.code ?? ''] ?? malformed;
    const requestId = randomUUID();
    const body = errorXml(ec2Dialect('2016-11-15'), code, message, requestId);
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: text/xml;charset=UTF-8',
      `x-amzn-RequestId: ${requestId}`,
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    log.info({ requestId, status, code, problem: error.code }, 'request');
  });
}
