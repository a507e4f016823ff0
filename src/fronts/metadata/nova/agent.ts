import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** For which server Neutron's metadata agent asks, in OpenStack's own ids. */
export interface AskedFor {
  readonly server: string;
  readonly project: string;
}

/** Neither id is ever longer. */
const longest = 255;

/**
 * Reads what Neutron's metadata agent says of a guest. It found the server by the address of a port, and signs its id
 * with the secret that it shares with us. Gives the status of a refusal as Nova does: 400 when something is missing, 403
 * when the signature is not the secret's.
 */
export function readAgent(headers: IncomingHttpHeaders, secret: string): AskedFor | 400 | 403 {
  const server = one(headers['x-instance-id']);
  const project = one(headers['x-tenant-id']);
  const signature = one(headers['x-instance-id-signature']);
  if (server === undefined || project === undefined || signature === undefined) return 400;
  return signed(server, signature, secret) ? { server, project } : 403;
}

/** A header that is there once. Node joins those that are there several times, and no id has a comma. */
function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= longest && !value.includes(',')
    ? value
    : undefined;
}

function signed(server: string, signature: string, secret: string): boolean {
  // Header bytes come as Latin-1; Nova signs what it has as UTF-8, and the ids are ASCII.
  const right = createHmac('sha256', secret).update(server).digest();
  const given = /^[0-9a-fA-F]{64}$/.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(right.length);
  return timingSafeEqual(given, right);
}

/** The agent names the guest in `X-Forwarded-For`. Whoever stands between guest and agent makes it two addresses. */
export const hasSecondHop = ({ 'x-forwarded-for': hops }: IncomingHttpHeaders): boolean =>
  hops !== undefined && String(hops).includes(',');
