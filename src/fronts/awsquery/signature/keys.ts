import { createHmac } from 'node:crypto';
import { type Hmac, hmacWith } from './hmac.ts';

/** Most derived keys kept. One is used by one key pair on one day in one region for one service. */
const MOST = 1_000;
const derived = new Map<string, Hmac>();

/** Signs with the signing key of version 4 for a scope. Derived once; the one kept longest makes room when there are too many. */
export function signingKey(secret: string, date: string, region: string, service: string): Hmac {
  // Only the secret may hold a slash, and it comes last.
  const name = `${date}/${region}/${service}/${secret}`;
  const found = derived.get(name);
  if (found) return found;
  const key = hmacWith(
    [date, region, service, 'aws4_request'].reduce<Buffer>(
      (parent, part) => createHmac('sha256', parent).update(part).digest(),
      Buffer.from(`AWS4${secret}`),
    ),
  );
  if (derived.size >= MOST) derived.delete(derived.keys().next().value as string);
  derived.set(name, key);
  return key;
}

/** How many derived keys are kept now. */
export function keptKeys(): number {
  return derived.size;
}
