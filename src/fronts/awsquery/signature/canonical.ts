import type { Pair } from '../form.ts';
import { headerValues, type PresentedV4, type SignedRequest } from './request.ts';

/** Percent-encodes all but the unreserved characters of RFC 3986, as both signature versions do. */
export function encode(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  // Through a Buffer, half a surrogate pair becomes U+FFFD; encodeURIComponent would throw.
  return encodeURIComponent(Buffer.from(text).toString()).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The canonical request of signature version 4: method, path, query, headers, their names, hash of the body. `bodyHash` is
 * the text that stands for the body. The parameter `X-Amz-Signature` is not part of what it signs.
 */
export function canonicalRequest(presented: PresentedV4, request: SignedRequest, bodyHash: string): string {
  const { signedHeaders } = presented;
  let headers = '';
  for (const name of signedHeaders) headers += `${name}:${headerText(request, name)}\n`;
  const query = canonicalQuery(presented.query);
  return `${request.method}\n${canonicalPath(request.path)}\n${query}\n${headers}\n${signedHeaders.join(';')}\n${bodyHash}`;
}

/** The path as sent with its empty and dot segments resolved, encoded once more; every service but S3 does so. */
export function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/';
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${end}`;
}

function canonicalQuery(pairs: readonly Pair[]): string {
  if (pairs.length === 0) return '';
  const encoded: Pair[] = [];
  for (const [name, value] of pairs) if (name !== 'X-Amz-Signature') encoded.push([encode(name), encode(value)]);
  return encoded
    .sort(byNameThenValue)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** The order of parameters in both signature versions. */
export function byNameThenValue(a: Pair, b: Pair): number {
  return compare(a[0], b[0]) || compare(a[1], b[1]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A header's values, each trimmed and with runs of spaces made one, joined by commas. */
function headerText(request: SignedRequest, name: string): string {
  return headerValues(request, name).map(fold).join(',');
}

function fold(text: string): string {
  const trimmed = text.trim();
  return trimmed.includes('  ') ? trimmed.replace(/ +/g, ' ') : trimmed;
}
