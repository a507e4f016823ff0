import { createHash } from 'node:crypto';
import type { Call } from '../../ports/driver.ts';
import { createKeyPair } from './rest/nova.ts';
import type { Session } from './rest/session.ts';
import { OpenStackError } from './trouble.ts';

/** Makes sure that Nova has a public key, and gives the name that it has there. */
export type KeyNamed = (session: Session, publicKey: string, call: Call) => Promise<string>;

/**
 * Nova puts keys into a server by the name of a key pair of the user who makes the server, which is ours: each public
 * key is there once, under a name that comes of it. What was made once is not made again by this process.
 */
export function createKeys(): KeyNamed {
  const known = new Set<string>();
  return async (session, publicKey, call) => {
    const name = `elsewhere-${createHash('sha256').update(publicKey).digest('hex').slice(0, 32)}`;
    if (known.has(name)) return name;
    try {
      await createKeyPair(session, { name, public_key: publicKey }, call.signal);
    } catch (error) {
      // It is there: the name says that it is the same key.
      if (!(error instanceof OpenStackError) || error.facts.status !== 409) throw error;
    }
    known.add(name);
    return name;
  };
}
