import type { IncomingHttpHeaders } from 'node:http';
import { nobodysName } from '../http/browser.ts';

/**
 * Whether a server that asks for no secret may open a console for this request. Browsers let every page open a WebSocket to
 * anywhere, and tell whose page it is by `Origin`: it must be a page of this very server, under a name that no stranger can
 * make point here. Programs that are no browsers tell nothing.
 */
export function isNoStranger(
  { origin, ...headers }: IncomingHttpHeaders,
  host: string | undefined,
  own: string,
): boolean {
  if (host === undefined || !nobodysName(host, own)) return false;
  if (origin === undefined) return headers['sec-fetch-site'] === undefined;
  const from = partsOf(origin);
  const here = partsOf(`http://${host}`);
  if (from === undefined || here === undefined || from.port !== here.port) return false;
  return from.name === here.name || (isLoopback(from.name) && isLoopback(here.name));
}

interface Parts {
  readonly name: string;
  readonly port: string;
}

/** Host name and port of a web origin; undefined where it is none, such as `null`. */
function partsOf(text: string): Parts | undefined {
  if (!/^https?:\/\/[^/?#@\s]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, port, protocol } = new URL(text);
  return { name: hostname, port: port === '' ? (protocol === 'https:' ? '443' : '80') : port };
}

const isLoopback = (name: string): boolean =>
  /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d+){3}|\[::1\])$/.test(name);
