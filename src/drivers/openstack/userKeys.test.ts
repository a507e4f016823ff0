import { beforeEach, expect, it } from 'vitest';
import { troubleOf } from '../../../test/contract/driver/harness.ts';
import { createVirtualClock, type VirtualClock } from '../../main/clock/virtual.ts';
import { DriverError } from '../../ports/driver.ts';
import type { Log } from '../../ports/log.ts';
import { idOf } from './ids.ts';
import { type FakeSession, fakeSession } from './session.fixture.ts';
import { createUserKeys, type UserKeys } from './userKeys.ts';

const key = (name: string, type = 'ssh') => ({
  keypair: { name, type, public_key: `${name} key\n`, fingerprint: 'f' },
});

let clock: VirtualClock;
let session: FakeSession;
let stored: ReturnType<typeof key>[];
let silent: boolean;
let warned: number;
let keys: UserKeys;

beforeEach(() => {
  clock = createVirtualClock({ start: 0 });
  [stored, silent, warned] = [[key('mine')], false, 0];
  session = fakeSession({
    'compute /os-keypairs': ({ signal }: { signal?: AbortSignal }) =>
      silent
        ? new Promise((_, reject) => {
            signal?.addEventListener('abort', () => reject(new DriverError('unavailable', 'stopped')));
          })
        : { keypairs: stored },
  });
  keys = createUserKeys(clock, { warn: () => warned++ } as unknown as Log);
});

it('are those of SSH that Nova tells the user, each time anew', async () => {
  stored = [key('mine'), key('cert', 'x509'), key(`elsewhere-${'0'.repeat(32)}`)];
  expect(await keys('u1', session)).toEqual([{ id: idOf('key', 'u1/mine/f'), name: 'mine', publicKey: 'mine key' }]);
  stored = [];
  expect(await keys('u1', session)).toEqual([]);
  expect(session.asked).toHaveLength(2);
});

it('are as they were while Nova is away, and another’s are not', async () => {
  await keys('u1', session);
  session.away = true;
  expect(await keys('u1', session)).toHaveLength(1);
  expect(await keys('u1', session)).toHaveLength(1);
  expect([session.asked.length, warned]).toEqual([2, 1]);
  expect(await troubleOf(keys('u2', session))).toBe('unavailable');
  session.away = false;
  stored = [];
  await clock.advance(5_000);
  expect(await keys('u1', session)).toEqual([]);
});

it('are waited for five seconds', async () => {
  silent = true;
  const asked = troubleOf(keys('u1', session));
  await new Promise(setImmediate);
  await clock.advance(5_000);
  expect(await asked).toBe('unavailable');
});
