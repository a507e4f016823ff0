import { lookUp, member, pages, remove } from '../reading.ts';
import { type Query, type Session, segment } from '../session.ts';

/** A key pair. In Nova it belongs to a user, not to a project, and its name is its id. */
export interface KeyPair {
  readonly name: string;
  readonly type: 'ssh' | 'x509';
  readonly public_key: string;
  /** MD5, in pairs of digits with colons between. */
  readonly fingerprint: string;
  readonly user_id?: string;
  /** Only in the answer that made it. */
  readonly private_key?: string;
}

/**
 * 2.2 tells the type and makes ed25519 keys importable as `ssh`; 2.10 acts for another user (administrators only);
 * 2.35 pages the list. Never 2.92: from there on Nova makes no private keys.
 */
const versionFor = (userId: string | undefined): '2.2' | '2.10' => (userId === undefined ? '2.2' : '2.10');

/** Makes a key pair (Nova's is RSA 2048) or, with a public key, imports one. A name in use is trouble `conflict`. */
export async function createKeyPair(
  session: Session,
  keypair: { readonly name: string; readonly public_key?: string; readonly user_id?: string },
  signal?: AbortSignal,
): Promise<KeyPair> {
  const microversion = versionFor(keypair.user_id);
  const body = { keypair: { ...keypair, type: 'ssh' } };
  const reply = await session.ask({
    service: 'compute',
    method: 'POST',
    path: '/os-keypairs',
    body,
    microversion,
    signal,
  });
  return member(reply, 'compute', 'keypair');
}

export const keyPair = (
  session: Session,
  name: string,
  userId?: string,
  signal?: AbortSignal,
): Promise<KeyPair | undefined> => lookUp(session, asked(name, userId, signal), 'keypair');

export async function* keyPairs(session: Session, userId?: string, signal?: AbortSignal): AsyncIterable<KeyPair> {
  const query: Query = { user_id: userId };
  const ask = { service: 'compute', path: '/os-keypairs', query, microversion: '2.35', signal } as const;
  for await (const { keypair } of pages<{ readonly keypair: KeyPair }>(session, ask, 'keypairs')) yield keypair;
}

/** False: there was none. Servers keep the key that they were made with. */
export const deleteKeyPair = (
  session: Session,
  name: string,
  userId?: string,
  signal?: AbortSignal,
): Promise<boolean> => remove(session, asked(name, userId, signal));

const asked = (name: string, userId: string | undefined, signal: AbortSignal | undefined) =>
  ({
    service: 'compute',
    path: `/os-keypairs/${segment(name)}`,
    query: { user_id: userId },
    microversion: versionFor(userId),
    signal,
  }) as const;
