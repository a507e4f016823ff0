import type { IncomingMessage } from 'node:http';
import type { MetadataRequest } from './service.ts';

/** What an HTTP message asks for, at this path of the tree. */
export function requestOf({ method = '', headers }: IncomingMessage, path: string): MetadataRequest {
  const one = (name: string): string | undefined => (headers[name] === undefined ? undefined : String(headers[name]));
  return {
    ...{ method, path },
    token: one('x-aws-ec2-metadata-token'),
    seconds: one('x-aws-ec2-metadata-token-ttl-seconds'),
    forwarded: headers['x-forwarded-for'] !== undefined,
  };
}
