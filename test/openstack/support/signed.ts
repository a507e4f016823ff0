import { type BinaryLike, createHash, createHmac } from 'node:crypto';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: BinaryLike, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** What Keystone's ec2tokens is told of a request: never the secret, only what it takes to compute the signature. */
export interface SignedRequest {
  readonly access: string;
  readonly signature: string;
  readonly host: string;
  readonly verb: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body_hash: string;
}

/** A DescribeInstances signed with Signature Version 4 at a time. Header names are written as Keystone looks them up. */
export function signed(keys: { readonly access: string; readonly secret: string }, at: Date): SignedRequest {
  const host = 'ec2.example:4566';
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${stamp.slice(0, 8)}/RegionOne/ec2/aws4_request`;
  const names = 'host;x-amz-date';
  const bodyHash = sha256('Action=DescribeInstances&Version=2016-11-15');
  const canonical = `POST\n/\n\nhost:${host}\nx-amz-date:${stamp}\n\n${names}\n${bodyHash}`;
  const key = scope.split('/').reduce<BinaryLike>(hmac, `AWS4${keys.secret}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const credential = `AWS4-HMAC-SHA256 Credential=${keys.access}/${scope}`;
  return {
    access: keys.access,
    signature,
    host,
    verb: 'POST',
    path: '/',
    params: {},
    headers: {
      Host: host,
      'X-Amz-Date': stamp,
      Authorization: `${credential}, SignedHeaders=${names}, Signature=${signature}`,
    },
    body_hash: bodyHash,
  };
}
