import { beforeEach, expect, it, vi } from 'vitest';
import { troubleOf } from '../../../../test/contract/driver/harness.ts';
import { createMemoryShelf } from '../../../../test/contract/driver/shelf.ts';
import { createVirtualClock, type VirtualClock } from '../../../main/clock/virtual.ts';
import { DriverError } from '../../../ports/driver.ts';
import type { Log } from '../../../ports/log.ts';
import type { Flavor } from '../rest/nova.ts';
import { type FakeSession, fakeSession } from '../session.fixture.ts';
import { type AccountTypes, createAccountTypes, type Everybodys } from './accountTypes.ts';
import { instanceTypes } from './flavors.ts';

const [a, b, stranger] = ['111111111111', '222222222222', '333333333333'];
const aliases = { 't3.big': 'own' };
const flavor = (name: string, isPublic: boolean) =>
  ({ id: `id of ${name}`, name, vcpus: 1, ram: 128, 'os-flavor-access:is_public': isPublic }) as Flavor;
const everybodys = (...names: string[]): Everybodys => {
  const flavors = names.map((name) => flavor(name, true));
  return { flavors, types: instanceTypes(flavors, aliases) };
};

let offered: Everybodys | undefined;
let sessions: Record<string, FakeSession>;
let clock: VirtualClock;
let warned: number;
let types: AccountTypes;
const shelf = createMemoryShelf();
const make = (on = createMemoryShelf()) =>
  createAccountTypes({
    ...{ region: 'os-1', shelf: on, clock, aliases },
    log: { warn: () => warned++ } as unknown as Log,
    everybodys: () => offered,
    async placeOf(account) {
      const session = sessions[account];
      if (session === undefined) throw new DriverError('denied', 'stands for no project');
      return { project: account, session };
    },
  });
const lists = (...found: readonly Flavor[]) => fakeSession({ 'compute /flavors/detail': { flavors: found } });
const names = (account: string) => types.of(account)?.names;

beforeEach(() => {
  clock = createVirtualClock({ start: 1_000_000 });
  offered = everybodys('m1.tiny');
  sessions = { [a]: lists(flavor('m1.tiny', true), flavor('own', false)), [b]: lists(flavor('m1.tiny', true)) };
  warned = 0;
  types = make();
});

it('a private flavor, and its alias, are types of the accounts whose projects may use it, and nobody else’s', async () => {
  for (const account of [a, b, stranger]) await types.refresh(account);
  expect(names(a)).toEqual(['m1.tiny', 'own', 't3.big']);
  expect(types.of(a)?.byName.get('t3.big')?.flavor.id).toBe('id of own');
  expect(names(b)).toEqual(['m1.tiny']);
  expect(names(stranger)).toEqual(['m1.tiny']);
  offered = everybodys('m1.tiny', 'm2');
  expect(names(a)).toEqual(['m1.tiny', 'm2', 'own', 't3.big']);
});

it('nobody is asked for types that are everybody’s', async () => {
  await types.refresh(a, ['m1.tiny']);
  expect(sessions[a]!.asked).toEqual([]);
  await types.refresh(a, ['m1.tiny', 'own']);
  expect(names(a)).toContain('own');
  expect(sessions[a]!.asked).toHaveLength(1);
});

it('what is known stands for 15 s, and for two where a type is named that is not among it', async () => {
  await types.refresh(a);
  sessions[a] = lists(flavor('next', false));
  await clock.advance(2_000);
  await types.refresh(a, ['own']);
  expect(names(a)).toContain('own');
  await types.refresh(a, ['next']);
  expect(names(a)).toEqual(['m1.tiny', 'next']);
  sessions[a] = lists();
  await clock.advance(5_000);
  await types.refresh(a);
  await clock.advance(0);
  await vi.waitFor(() => expect(names(a)).toEqual(['m1.tiny']));
});

it('a cloud that is away leaves what is known, on the shelf, too; else it is told', async () => {
  types = make(shelf);
  await types.refresh(a);
  sessions[a]!.away = true;
  await clock.advance(20_000);
  await types.refresh(a);
  await types.refresh(a);
  expect([names(a)?.length, warned]).toEqual([3, 1]);
  sessions[b]!.away = true;
  types = make(shelf);
  await types.refresh(a);
  expect(names(a)).toContain('own');
  expect(await troubleOf(types.refresh(b))).toBe('unavailable');
  await types.refresh(b, ['m1.tiny']);
});

it('who is the first of an account waits five seconds for a cloud that says nothing', async () => {
  const ask = vi.fn(() => new Promise<never>(() => undefined));
  sessions[a] = { ...sessions[a]!, ask };
  const first = troubleOf(types.refresh(a));
  await vi.waitFor(() => expect(ask).toHaveBeenCalled());
  await clock.advance(4_999);
  await types.refresh(b);
  await clock.advance(1);
  expect(await first).toBe('unavailable');
});

it('nothing is known before the catalogue is', async () => {
  offered = undefined;
  await types.refresh(a);
  expect(names(a)).toBeUndefined();
});
