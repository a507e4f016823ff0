import { hash } from 'node:crypto';
import { canonicalRequest, encode } from './canonical.ts';
import { signingKey } from './keys.ts';
import { basicTime } from './time.ts';

/** A GET that is to be signed in its URL. */
export interface Unsigned {
  /** As the client will say it in its Host header. */
  readonly host: string;
  readonly path: string;
  readonly service: string;
  readonly region: string;
}

export interface Signer {
  readonly accessKeyId: string;
  readonly secret: string;
}

/** The query that makes a GET a signed one (version 4, presigned), for so many seconds from `nowMs` on. */
export function presign({ host, path, service, region }: Unsigned, by: Signer, nowMs: number, seconds: number): string {
  const signedAt = basicTime(nowMs);
  const date = signedAt.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const query = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${by.accessKeyId}/${scope}`],
    ['X-Amz-Date', signedAt],
    ['X-Amz-Expires', String(seconds)],
    ['X-Amz-SignedHeaders', 'host'],
  ] as const;
  const presented = {
    ...({ kind: 'v4-query', accessKeyId: by.accessKeyId, sessionToken: undefined, date, region, service } as const),
    ...{ terminator: 'aws4_request', signedAt, signedAtMs: nowMs, expiresIn: seconds, signedHeaders: ['host'] },
    ...{ signature: '', query },
  };
  const request = { method: 'GET', path, query: '', headers: { host }, body: Buffer.alloc(0) };
  const canonical = canonicalRequest(presented, request, hash('sha256', '', 'hex'));
  const text = `AWS4-HMAC-SHA256\n${signedAt}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
  const signature = signingKey(by.secret, date, region, service)(text);
  return [...query, ['X-Amz-Signature', signature] as const]
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join('&');
}
