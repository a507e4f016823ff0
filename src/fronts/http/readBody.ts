import type { IncomingMessage } from 'node:http';
import { WireError } from '../awsquery/errors.ts';

const nothing = Buffer.alloc(0);

/** Reads a request's body up to `limit` bytes. EC2 itself reads less than a mebibyte; RunInstances' largest user data is 16 KiB. */
export async function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(message.headers['content-length'] ?? 0);
  if (announced > limit) throw tooLarge(limit);
  if (announced === 0 && message.headers['transfer-encoding'] === undefined) return nothing;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) reject(tooLarge(limit));
      else chunks.push(chunk);
    });
    message.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    message.on('error', reject);
    message.on('close', () => reject(new Error('the client hung up')));
  });
}

const tooLarge = (limit: number): WireError =>
  new WireError('RequestEntityTooLarge', `The request body is larger than ${limit} bytes.`, 413);
