import { expect, it } from 'vitest';
import { accountsOf, createAccountOf } from './owners.ts';
import type { Session } from './rest/session.ts';

const session = { token: async () => ({ projectId: 'own' }) } as unknown as Session;
const accountOf = createAccountOf(session, { '123456789012': 'configured' }, async (project) =>
  project === 'seen' ? { id: '222222222222', known: true } : { id: '333333333333', known: false },
);

it('a project’s account is the configured one, the known one, the usual one, or the one to come', async () => {
  expect(await accountsOf(['configured', 'seen', 'own', 'never seen', null, 'seen'], accountOf)).toEqual(
    new Map([
      ['configured', '123456789012'],
      ['seen', '222222222222'],
      ['own', '000000000000'],
      ['never seen', '333333333333'],
      ['', '333333333333'],
    ]),
  );
});
