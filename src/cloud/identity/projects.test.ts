import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestWorld, testWorld } from '../../../test/support/world.ts';
import { createAccount, listAccounts } from './accounts.ts';
import { accountFor, accountOfProject, projectOfAccount } from './projects.ts';

let w: TestWorld;
const demo = { cloud: 'os-1', id: '3f9c0c8e1a2b4d5e8f70123456789abc', name: 'demo' };
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

it('a project has one account, however many ask at once', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, () => accountOfProject(w.world, demo)));
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^[1-9]\d{11}$/);
  expect(await accountOfProject(w.world, { ...demo, name: 'renamed' })).toBe(ids[0]);
  expect((await listAccounts(w.world)).map(({ name }) => name)).toEqual(['demo']);
});

it('is told back, for its own cloud only', async () => {
  const id = await accountOfProject(w.world, demo);
  expect(await projectOfAccount(w.world, 'os-1', id)).toBe(demo.id);
  expect(await projectOfAccount(w.world, 'os-2', id)).toBeUndefined();
  expect(await projectOfAccount(w.world, 'os-1', '111122223333')).toBeUndefined();
});

it('is foretold before anybody has used it', async () => {
  const { id, known } = await accountFor(w.world, demo);
  expect(known).toBe(false);
  expect(await listAccounts(w.world)).toEqual([]);
  expect(await accountOfProject(w.world, demo)).toBe(id);
  expect(await accountFor(w.world, demo)).toEqual({ id, known: true });
});

it('the same id in another cloud is another account', async () => {
  const one = await accountOfProject(w.world, demo);
  expect(await accountOfProject(w.world, { ...demo, cloud: 'os-2' })).not.toBe(one);
});

it('an account id that somebody has already is not taken over', async () => {
  const other = await testWorld();
  const id = await accountOfProject(other.world, demo);
  await other.close();
  await createAccount(w.world, 'somebody', id);
  const own = await accountOfProject(w.world, demo);
  expect(own).not.toBe(id);
  expect(await projectOfAccount(w.world, 'os-1', id)).toBeUndefined();
  expect(await projectOfAccount(w.world, 'os-1', own)).toBe(demo.id);
});
