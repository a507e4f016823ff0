import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { whyNoConsole } from '../../cloud/instance/consoles.ts';
import type { ErrorCode } from '../../kernel/codes.ts';
import { Refusal } from '../../kernel/errors.ts';
import type { NoConsole } from '../../ports/consoles.ts';
import { StoreError } from '../../ports/store.ts';
import { WireError } from '../awsquery/errors.ts';

/** Why no console is opened: an HTTP status, and a line for whoever reads it. */
export interface NotOpened {
  readonly status: number;
  readonly line: string;
  /** For the log only. */
  readonly cause?: unknown;
}

/** EC2 has one status for nearly all that it refuses; here the status is all that many clients tell. */
const statuses: Partial<Readonly<Record<ErrorCode, number>>> = {
  'InvalidInstanceID.NotFound': 404,
  'InvalidInstanceID.Malformed': 404,
  IncorrectInstanceState: 409,
  UnsupportedOperation: 501,
};

/** What went wrong, as an answer. */
export function notOpened(error: unknown): NotOpened {
  if (error instanceof Refusal)
    return { status: statuses[error.code] ?? error.status, line: error.message, cause: error.internal };
  if (error instanceof WireError) return { status: error.status, line: error.message };
  if (error instanceof StoreError)
    return { status: 503, line: 'The server cannot reach its store at the moment. Try again.', cause: error };
  return { status: 500, line: 'An internal error has occurred', cause: error };
}

/** Why a machine has no console for whoever asks, as an answer. */
export const withoutConsole = (why: NoConsole, id: string): NotOpened => ({
  status: why === 'silent' ? 503 : 409,
  line: whyNoConsole[why](id),
});

/** Answers a request for an upgrade in plain HTTP, and ends the connection. */
export function refuse(socket: Duplex, requestId: string, { status, line }: NotOpened): void {
  const body = `${line}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: text/plain;charset=UTF-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `x-amzn-RequestId: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
