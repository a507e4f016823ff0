import { DriverError } from '../../ports/driver.ts';
import type { Token } from './rest/authentication.ts';
import type { Ask, Session } from './rest/session.ts';

/** A cloud of canned lists, by `SERVICE PATH`. A function is asked anew each time. */
export type Canned = Record<string, unknown>;

export interface FakeSession extends Session {
  readonly asked: Ask[];
  /** While true nothing answers. */
  away: boolean;
}

/** A session whose services answer what the test wrote down, and that remembers what it was asked. */
export function fakeSession(canned: Canned): FakeSession {
  const asked: Ask[] = [];
  const session: FakeSession = {
    asked,
    away: false,
    async ask(ask) {
      asked.push(ask);
      await new Promise((resolve) => setImmediate(resolve));
      if (session.away) throw new DriverError('unavailable', 'connection refused');
      const found = canned[`${ask.service} ${ask.path}`];
      if (found === undefined) throw new DriverError('bug', `nobody wrote down ${ask.service} ${ask.path}`);
      return { status: 200, headers: {}, body: typeof found === 'function' ? await found(ask) : found };
    },
    download: () => Promise.reject(new DriverError('unsupported', 'no streams here')),
    scopedTo: () => session,
    withCredential: () => session,
    withToken: () => session,
    token: async () => ({ id: 'token' }) as Token,
    refused: () => undefined,
  };
  return session;
}
