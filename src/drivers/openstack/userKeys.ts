import type { Clock } from '../../ports/clock.ts';
import { DriverError } from '../../ports/driver.ts';
import type { OwnKeyPair } from '../../ports/identity.ts';
import type { Log } from '../../ports/log.ts';
import { all } from './catalogue/offered.ts';
import { idOf } from './ids.ts';
import { madeHere } from './machines/keys.ts';
import { type KeyPair, keyPairs } from './rest/nova.ts';
import type { Session } from './rest/session.ts';

/** Gives the key pairs of a user of Nova's. The session is the user's own: to others Nova shows none. */
export type UserKeys = (user: string, session: Session) => Promise<readonly OwnKeyPair[]>;

/** How long a request waits for Nova, in milliseconds, and how long a Nova that did not answer is left alone. */
const patienceMs = 5_000;
const pauseMs = 5_000;
/** Users whose key pairs are remembered. */
const most = 1_000;

/** Asks Nova each time. Where it does not answer in time, what it said the last time stands. */
export function createUserKeys(clock: Clock, log: Log): UserKeys {
  const last = new Map<string, readonly OwnKeyPair[]>();
  let restUntil = Number.NEGATIVE_INFINITY;

  const ask = async (user: string, session: Session): Promise<readonly OwnKeyPair[]> => {
    const cut = new AbortController();
    const timer = clock.at(clock.now() + patienceMs, () => cut.abort());
    try {
      const found = await all<KeyPair>(keyPairs(session, undefined, cut.signal));
      const shown = found.filter(isShown).map((one) => shownAs(user, one));
      if (last.size >= most) last.clear();
      last.set(user, shown);
      return shown;
    } finally {
      timer.cancel();
    }
  };
  return async (user, session) => {
    const known = last.get(user);
    if (known !== undefined && clock.now() < restUntil) return known;
    try {
      return await ask(user, session);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      restUntil = clock.now() + pauseMs;
      if (known === undefined) throw error;
      log.warn({ error: error.message }, 'Nova does not tell the key pairs of a user; they are as they were');
      return known;
    }
  };
}

/** Certificates are no keys of SSH, and what was made for launches is nobody's. */
const isShown = ({ type, name }: KeyPair): boolean => (type ?? 'ssh') === 'ssh' && !madeHere(name);

/** Another key under the same name has another id. */
const shownAs = (user: string, { name, public_key: publicKey, fingerprint }: KeyPair): OwnKeyPair => ({
  id: idOf('key', `${user}/${name}/${fingerprint}`),
  name,
  publicKey: publicKey.trim(),
});
