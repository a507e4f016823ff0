import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type TestWorld, testWorld } from '../../../test/support/world.ts';
import type { Reader, Store } from '../../ports/store.ts';
import { createAccount, createKey, disableKey, listAccounts, listKeys, rotateKey } from './accounts.ts';
import { keyring } from './keyring.ts';

let w: TestWorld;
const owner = '123456789012';
beforeEach(async () => {
  w = await testWorld();
  await createAccount(w.world, 'lab', owner);
});
afterEach(() => w.close());

describe('accounts', () => {
  it('have the id that is given, or a free one', async () => {
    const { id } = await createAccount(w.world, 'other');
    expect(id).toMatch(/^[1-9]\d{11}$/);
    expect((await listAccounts(w.world)).map(({ name }) => name)).toEqual(['lab', 'other']);
  });

  it('are refused with a wrong id, one that exists, and a name that breaks a table', async () => {
    await expectRefusal(createAccount(w.world, 'x', '12'), 'InvalidParameterValue', /12 digits/);
    await expectRefusal(createAccount(w.world, 'x', owner), 'InvalidParameterValue', /exists already/);
    for (const name of ['', 'a\nb', 'x'.repeat(129)])
      await expectRefusal(createAccount(w.world, name), 'InvalidParameterValue', /name/);
  });
});

describe('keys', () => {
  it('look as AWS’s do, and belong to an account that exists', async () => {
    const key = await createKey(w.world, owner);
    expect(key).toEqual({
      account: owner,
      accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      secretAccessKey: expect.stringMatching(/^[\w+/]{40}$/),
    });
    await expectRefusal(createKey(w.world, '999999999999'), 'InvalidParameterValue', /does not exist/);
  });

  it('are rotated in one step, once', async () => {
    const { accessKeyId } = await createKey(w.world, owner);
    const next = await rotateKey(w.world, accessKeyId);
    const states = Object.fromEntries((await listKeys(w.world, owner)).map(({ id, status }) => [id, status]));
    expect(states).toEqual({ [accessKeyId]: 'inactive', [next.accessKeyId]: 'active' });
    await expectRefusal(rotateKey(w.world, accessKeyId), 'InvalidParameterValue', /disabled/);
    await expectRefusal(disableKey(w.world, 'AKIANONE'), 'InvalidParameterValue', /no access key/);
  });
});

describe('the keyring', () => {
  it('finds keys, keeps them, and sees every change', async () => {
    const { accessKeyId, secretAccessKey } = await createKey(w.world, owner);
    const ring = keyring(w.world.store, w.world.secrets);
    expect(await ring.find('AKIANONE')).toBeUndefined();
    expect(await ring.find(accessKeyId)).toEqual({
      account: owner,
      accessKeyId,
      secret: secretAccessKey,
      active: true,
    });
    await disableKey(w.world, accessKeyId);
    expect((await ring.find(accessKeyId))?.active).toBe(false);
  });

  it('does not keep what a look-up read that began before a change', async () => {
    const { accessKeyId } = await createKey(w.world, owner);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let first = true;
    const items: Reader['items'] = async (query) => {
      const found = await w.world.store.read.items(query);
      if (first) {
        first = false;
        await held;
      }
      return found;
    };
    const store: Store = { ...w.world.store, read: { ...w.world.store.read, items } };
    const ring = keyring(store, w.world.secrets);
    const early = ring.find(accessKeyId);
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    await disableKey(w.world, accessKeyId);
    await ring.find('AKIANONE');
    release();
    await early;
    expect((await ring.find(accessKeyId))?.active).toBe(false);
  });
});
