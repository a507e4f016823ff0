import { type BinaryLike, createHash, createHmac } from 'node:crypto';

/** An access key of a server under measurement, and where it listens. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly port: number;
}

/** Parameters of a question, without `Version`. */
export type Question = Readonly<Record<string, string | number>>;

const region = 'us-east-1';
const version = '2016-11-15';
const type = 'application/x-www-form-urlencoded; charset=utf-8';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: BinaryLike, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Makes the bytes of signed requests: Signature Version 4 in the header, the date taken once. */
export function signer({ accessKeyId, secretAccessKey, port }: Credentials): (question: Question) => Buffer {
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${stamp.slice(0, 8)}/${region}/ec2/aws4_request`;
  const key = scope.split('/').reduce<BinaryLike>(hmac, `AWS4${secretAccessKey}`);
  const host = `127.0.0.1:${port}`;
  const signed = 'content-type;host;x-amz-date';
  return (question) => {
    const body = formOf(question);
    const canonical = `POST\n/\n\ncontent-type:${type}\nhost:${host}\nx-amz-date:${stamp}\n\n${signed}\n${sha256(body)}`;
    const signature = hmac(key as Buffer, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
    const head = [
      'POST / HTTP/1.1',
      `Host: ${host}`,
      `Content-Type: ${type}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Amz-Date: ${stamp}`,
      `Authorization: AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
      'User-Agent: elsewhere-bench',
    ];
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  };
}

function formOf(question: Question): string {
  const pairs = Object.entries({ ...question, Version: version });
  return pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}
