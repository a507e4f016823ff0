import { createHash } from 'node:crypto';
import type { Call } from '../../../ports/driver.ts';
import { createKeyPair, deleteKeyPair, keyPairs } from '../rest/nova.ts';
import type { Session } from '../rest/session.ts';
import { OpenStackError } from '../trouble.ts';

/** Has Nova know a public key while a server is made with it, by the name that the key has there. */
export type WithKey = <T>(
  session: Session,
  publicKey: string,
  call: Call,
  make: (keyName: string) => Promise<T>,
) => Promise<T>;

const prefix = 'elsewhere-';

/** Whether a key pair of Nova's has a name as those that are made for launches. */
export const madeHere = (name: string): boolean => /^elsewhere-[0-9a-f]{32}$/.test(name);

/** So many key pairs are made before those that nobody needs are looked for. A user of Nova may have 100, unless it says otherwise. */
const most = 25;
/** How often a key pair may vanish under us before that is somebody's intention. */
const patience = 5;

/**
 * Nova puts keys into a server by the name of a key pair of the user who makes the server, which is ours. The server keeps the
 * key: no machine needs a key pair once it is made. Each public key is there once, under a name that comes of it, and stays
 * for the next machine; now and then, or when there may be no more, all that no launch of this process is at work with are
 * deleted. Another process that counted on one of them makes it again.
 */
export function createKeys(): WithKey {
  /** What Nova is known to have, for each session: another project may have another user. */
  const known = new WeakMap<Session, Set<string>>();
  const inUse = new Map<string, number>();
  let made = 0;

  const tidy = async (session: Session, call: Call): Promise<void> => {
    made = 0;
    const spare: string[] = [];
    for await (const { name } of keyPairs(session, undefined, call.signal))
      if (name.startsWith(prefix) && !inUse.has(name)) spare.push(name);
    // A launch may have begun with one of them meanwhile.
    for (const name of spare) if (!inUse.has(name)) await deleteKeyPair(session, name, undefined, call.signal);
    known.get(session)?.clear();
  };
  const ensure = async (session: Session, name: string, publicKey: string, call: Call): Promise<void> => {
    const there = known.get(session) ?? new Set<string>();
    known.set(session, there);
    if (there.has(name)) return;
    const create = () => createKeyPair(session, { name, public_key: publicKey }, call.signal);
    try {
      if (++made > most) await tidy(session, call);
      await create().catch(async (error: unknown) => {
        if (!(error instanceof OpenStackError) || error.facts.quota !== true) throw error;
        await tidy(session, call);
        return create();
      });
    } catch (error) {
      // It is there: the name says that it is the same key.
      if (!(error instanceof OpenStackError) || error.facts.status !== 409) throw error;
    }
    there.add(name);
  };

  return async (session, publicKey, call, make) => {
    const name = `${prefix}${createHash('sha256').update(publicKey).digest('hex').slice(0, 32)}`;
    inUse.set(name, (inUse.get(name) ?? 0) + 1);
    try {
      for (let tries = 1; ; tries++) {
        await ensure(session, name, publicKey, call);
        try {
          return await make(name);
        } catch (error) {
          if (!isUnknownKey(error) || tries === patience) throw error;
          known.get(session)?.delete(name);
        }
      }
    } finally {
      const left = inUse.get(name)! - 1;
      if (left === 0) inUse.delete(name);
      else inUse.set(name, left);
    }
  };
}

/** Nova says `Invalid key_name provided.` (nova.compute.api). */
const isUnknownKey = (error: unknown): boolean =>
  error instanceof OpenStackError && error.facts.status === 400 && /key_name/.test(error.message);
