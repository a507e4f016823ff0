import type { IncomingMessage } from 'node:http';
import { WireError } from '../awsquery/errors.ts';

const nothing = Buffer.alloc(0);

/** The client was gone before its request was whole: nobody is left to answer. */
export class HungUpError extends Error {
  constructor(options?: { cause?: unknown }) {
    super('the client hung up', options);
    this.name = 'HungUpError';
  }
}

/** Whether a request says that it has a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * The body of a request that is all here already, as those of most requests are, with their heads: to listen for it would cost
 * as much as verifying its signature. Undefined: `readBody` has to read it, or to refuse it.
 */
export function bodyAtHand(message: IncomingMessage, limit: number): Buffer | undefined {
  if (!hasBody(message)) return nothing;
  const length = message.headers['content-length'];
  if (!message.complete || length === undefined || Number(length) > limit) return undefined;
  return (message.read() as Buffer | null) ?? undefined;
}

/**
 * Reads a request's body of at most `limit` bytes. `proceed` is called once it is known that the body is wanted, for
 * clients that wait for `100 Continue`. Throws `RequestEntityTooLarge` (413) or {@link HungUpError}.
 */
export async function readBody(message: IncomingMessage, limit: number, proceed: () => void): Promise<Buffer> {
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  proceed();
  if (!hasBody(message)) return nothing;
  if (message.destroyed) throw new HungUpError();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      message.off('data', take);
      message.pause();
      reject(tooLarge(limit));
    };
    message.on('data', take);
    message.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    message.on('error', (cause) => reject(new HungUpError({ cause })));
    // Also comes behind every whole request, where building an error would cost as much as all the rest here.
    message.on('close', () => message.complete || reject(new HungUpError()));
  });
}

const tooLarge = (limit: number): WireError =>
  new WireError('RequestEntityTooLarge', `The request body is larger than ${limit} bytes.`, 413);
