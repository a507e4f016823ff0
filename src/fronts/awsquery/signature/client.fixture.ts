import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { SignedRequest } from './request.ts';

/** A client that signs with the SDK's own signer, and one that signs with version 2, written from its specification. */

export const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const accessKeyId = 'AKIDEXAMPLE';
export const now = Date.UTC(2026, 0, 2, 3, 4, 5);
export const host = '127.0.0.1:4566';

/** The SDK wants a hash as a class that takes the key of an HMAC or nothing. */
class Sha256 {
  #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytes(key));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = createHash('sha256');
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

export interface Unsigned {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Signing {
  readonly service?: string;
  readonly at?: number;
  readonly token?: string;
  readonly expiresIn?: number;
}

/** Signs in the header, or presigns when `expiresIn` is given, with the SDK. */
export async function signV4(unsigned: Unsigned, signing: Signing = {}): Promise<SignedRequest> {
  const { service = 'ec2', at = now, token, expiresIn } = signing;
  const signer = new SignatureV4({
    service,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: secret, ...(token && { sessionToken: token }) },
    sha256: Sha256,
  });
  const { method = 'POST', path = '/', query = {}, headers = {}, body = '' } = unsigned;
  const request = {
    method,
    path,
    query,
    headers: { host, ...headers },
    body,
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: 4566,
  };
  const signingDate = new Date(at);
  const signed =
    expiresIn === undefined
      ? await signer.sign(request, { signingDate })
      : await signer.presign(request, { signingDate, expiresIn });
  return {
    method,
    path,
    query: queryText(signed.query ?? {}),
    headers: lowerCase(signed.headers),
    body: Buffer.from(body),
  };
}

function queryText(query: Readonly<Record<string, string | readonly string[] | null>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ''].flat().map((one) => [name, one] as const),
  );
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

export interface SigningV2 {
  readonly method?: 'GET' | 'POST';
  readonly algorithm?: 'HmacSHA1' | 'HmacSHA256';
  readonly path?: string;
  readonly signedHost?: string;
}

/** Signs with version 2 and gives the request with its parameters in the query (GET) or in the form (POST). */
export function signV2(parameters: Readonly<Record<string, string>>, signing: SigningV2 = {}): SignedRequest {
  const { method = 'GET', algorithm = 'HmacSHA256', path = '/', signedHost = host } = signing;
  const all: Record<string, string> = {
    ...parameters,
    AWSAccessKeyId: accessKeyId,
    SignatureMethod: algorithm,
    SignatureVersion: '2',
  };
  const rfc3986 = (text: string) =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const text = Object.keys(all)
    .sort()
    .map((name) => `${rfc3986(name)}=${rfc3986(all[name]!)}`)
    .join('&');
  const toSign = [method, signedHost.toLowerCase(), path, text].join('\n');
  const signature = createHmac(algorithm === 'HmacSHA1' ? 'sha1' : 'sha256', secret)
    .update(toSign)
    .digest('base64');
  const form = `${text}&Signature=${rfc3986(signature)}`;
  const headers = { host, 'content-type': 'application/x-www-form-urlencoded' };
  if (method === 'GET') return { method, path, query: form, headers, body: Buffer.alloc(0) };
  return { method, path, query: '', headers, body: Buffer.from(form) };
}
