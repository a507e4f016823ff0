import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/ports/store.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { HOME, newItem, OTHER } from '../contract/store/place.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

const VOLUMES = { ...HOME, kind: 'volume' };
let database: TestDatabase;
let store: Store;

beforeEach(async () => {
  database = await createDatabase();
  store = await openPostgres({ url: database.url, poolSize: 4 });
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

/** The first so many inserts of an item end in a serialization failure: when they are made, or at their commit. */
async function failFirst(times: number, when: 'insert' | 'commit'): Promise<void> {
  await database.rows('create sequence tries');
  await database.rows(`create function fail() returns trigger language plpgsql as $$ begin
    if nextval('tries') <= ${times} then raise exception 'not now' using errcode = '40001'; end if;
    return null; end $$`);
  const deferred = when === 'commit' ? 'deferrable initially deferred' : '';
  const kind = when === 'commit' ? 'constraint trigger' : 'trigger';
  await database.rows(`create ${kind} fail after insert on item ${deferred} for each row execute function fail()`);
}

/** Inserts one volume; gives how often the body ran, and how that ended. */
async function insertOne(): Promise<{ readonly bodies: number; readonly error: unknown }> {
  let bodies = 0;
  const error = await store
    .write(HOME, async (writer) => {
      bodies++;
      await writer.insert([newItem('vol-1', [['state', 'x']])]);
      await writer.addUsage(HOME, 'volume', 1);
    })
    .catch((thrown: unknown) => thrown);
  return { bodies, error };
}

describe('a transaction that PostgreSQL undoes', () => {
  it.each(['insert', 'commit'] as const)('is run again, and happens once (40001 at %s)', async (when) => {
    await failFirst(3, when);
    expect(await insertOne()).toEqual({ bodies: 4, error: undefined });
    expect(await store.read.count({ ...VOLUMES, where: [{ name: 'state', values: ['x'] }] })).toBe(1);
    expect(await store.read.usage(HOME, 'volume')).toBe(1);
    expect(await store.read.revision(HOME, ['volume'])).toBe(1);
  });

  it('is given up as trouble of the store when it is undone again and again', async () => {
    await failFirst(100, 'insert');
    expect(await insertOne()).toMatchObject({ bodies: 5, error: { name: 'StoreError', trouble: 'locked' } });
    expect(await store.read.count(VOLUMES)).toBe(0);
    expect(await store.read.usage(HOME, 'volume')).toBe(0);
  });

  it('is run again after a deadlock with another (40P01)', async () => {
    let bodies = 0;
    let met = 0;
    let open = (): void => undefined;
    const both = new Promise<void>((resolve) => {
      open = resolve;
    });
    /** Counts in one scope, waits until the other transaction has, too, and counts in the other's. */
    const cross = (scope: typeof HOME, other: typeof HOME) =>
      store.write(scope, async (writer) => {
        bodies++;
        await writer.addUsage(scope, 'x', 1);
        met++;
        if (met === 2) open();
        await both;
        await writer.addUsage(other, 'x', 1);
      });
    await Promise.all([cross(HOME, OTHER), cross(OTHER, HOME)]);
    expect(bodies).toBe(3);
    expect([await store.read.usage(HOME, 'x'), await store.read.usage(OTHER, 'x')]).toEqual([2, 2]);
  });
});
