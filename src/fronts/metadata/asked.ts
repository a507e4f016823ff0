import type { IncomingMessage } from 'node:http';
import { readBody } from '../http/readBody.ts';
import { longestPassword } from './password.ts';
import type { MetadataRequest } from './service.ts';

/** What an HTTP message asks for, at this path of the tree. */
export function requestOf(message: IncomingMessage, path: string): MetadataRequest {
  const { method = '', headers } = message;
  const one = (name: string): string | undefined => (headers[name] === undefined ? undefined : String(headers[name]));
  return {
    ...{ method, path },
    token: one('x-aws-ec2-metadata-token'),
    seconds: one('x-aws-ec2-metadata-token-ttl-seconds'),
    forwarded: headers['x-forwarded-for'] !== undefined,
    body: () => readBody(message, longestPassword, () => undefined),
  };
}
