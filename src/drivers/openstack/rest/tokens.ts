import type { Clock } from '../../../ports/clock.ts';
import { OpenStackError } from '../trouble.ts';
import type { Token } from './authentication.ts';

/** The one token of a session, shared by all its requests. */
export interface Tokens {
  /** A token that is good for a while yet. Throws what authenticating throws. */
  current(signal?: AbortSignal): Promise<Token>;
  /** This token was refused: the next `current` gets another. */
  refused(token: Token): void;
}

/** A token is renewed so long before its end, in milliseconds: longer than any request that is sent with it. */
const margin = 120_000;

/** Keeps a token, renews it before it ends, and authenticates once however many requests wait for it. */
export function keepToken(authenticate: () => Promise<Token>, clock: Clock): Tokens {
  let kept: Token | undefined;
  let pending: Promise<Token> | undefined;

  const renew = (): Promise<Token> => {
    pending ??= authenticate()
      .then((token) => {
        kept = token;
        return token;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };

  return {
    async current(signal) {
      const now = clock.now();
      if (kept !== undefined && now < kept.expiresAt - margin) return kept;
      const old = kept;
      try {
        return await unlessStopped(renew(), signal);
      } catch (error) {
        // Keystone may be away while the other services still accept the token that we have.
        if (old !== undefined && old === kept && clock.now() < old.expiresAt && !signal?.aborted) return old;
        throw error;
      }
    },
    refused(token) {
      if (kept === token) kept = undefined;
    },
  };
}

/** One waiter that gives up does not stop the authentication that others wait for. */
function unlessStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = () =>
      reject(
        new OpenStackError(
          'unavailable',
          'identity gave no answer: the call was stopped',
          { reached: true },
          { cause: signal.reason },
        ),
      );
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
