import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whether a web page could have made a browser send this request. A server that asks for no secret refuses those:
 * - browsers add `Origin` (every POST, every cross-site read) or `Sec-Fetch-Site` (everything sent to this computer);
 * - plain GETs of a page whose own name was made to point here (DNS rebinding) carry neither, but that name as host.
 */
export function fromBrowser(headers: IncomingHttpHeaders, host: string | undefined, own: string): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return true;
  return host !== undefined && !nobodysName(host, own);
}

/** Domains that nobody can register: RFC 6761 (localhost, test), RFC 6762 (local), ICANN (internal), RFC 8375 (home.arpa). */
const reserved = /\.(?:localhost|test|local|internal|home\.arpa)$/;

/**
 * Whether a host is one that no stranger can make point here: an address, a name of one word (localhost, a container's
 * or a computer's name), a name in a reserved domain, or the name that the server was told to listen at (`own`).
 */
export function nobodysName(host: string, own: string): boolean {
  const name = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1] ?? host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
  return isIP(name) !== 0 || /^[a-z0-9_-]+$/.test(name) || reserved.test(name) || name === own.toLowerCase();
}
