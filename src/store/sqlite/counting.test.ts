import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../ports/store.ts';
import { connect } from './connection.ts';
import { openSqlite } from './open.ts';

const scope = { account: '111122223333', region: 'us-east-1' };
const item = (id: string, kind = 'volume') => ({ ...scope, kind, id, body: '{}', entries: [] });

let folder: string;
let file: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-counting-'));
  file = join(folder, 'store.db');
  store = await openSqlite({ file });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const add = (amount: number, fails = false, on = store): Promise<number> =>
  on.write(scope, async (writer) => {
    const sum = await writer.addUsage(scope, 'x', amount);
    if (fails) throw new Error('refused');
    return sum;
  });

describe('counters', () => {
  it('of one commit go on from each other, and leave out what was refused', async () => {
    const sums = await Promise.allSettled([add(1), add(10, true), add(2), add(20, true), add(-1)]);
    expect(sums.map((one) => (one.status === 'fulfilled' ? one.value : 'refused'))).toEqual([
      1,
      'refused',
      3,
      'refused',
      2,
    ]);
    expect(await store.read.usage(scope, 'x')).toBe(2);
  });

  it('go on from what another process has counted', async () => {
    expect(await add(1)).toBe(1);
    const beside = await openSqlite({ file, exclusive: false });
    expect(await add(5, false, beside)).toBe(6);
    expect(await add(1)).toBe(7);
    expect(await add(1, false, beside)).toBe(8);
    await beside.close();
    expect(await add(1)).toBe(9);
  });

  it('forget a commit that failed', async () => {
    await store.close();
    store = await openSqlite({ file, maxBytes: 300_000 });
    expect(await add(1)).toBe(1);
    const large = { ...item('vol-large'), body: 'x'.repeat(400_000) };
    const both = [add(1), store.write(scope, (writer) => writer.insert([large]))];
    expect((await Promise.allSettled(both)).map((one) => one.status)).toContain('rejected');
    const sum = await store.read.usage(scope, 'x');
    expect(await add(1)).toBe(sum + 1);
    expect(await store.read.usage(scope, 'x')).toBe(sum + 1);
  });
});

describe('a revision to keep things by', () => {
  it('is there only while nothing of the kind is on the way', async () => {
    const seen = await store.write(scope, async (writer) => {
      const before = await writer.settledRevision(scope, ['volume']);
      await writer.insert([item('vol-1')]);
      return [before, await writer.settledRevision(scope, ['volume']), await writer.settledRevision(scope, ['image'])];
    });
    expect(seen).toEqual([0, undefined, 0]);
    expect(await store.read.settledRevision(scope, ['volume'])).toBe(1);
  });

  it('is none while an earlier transaction of the commit has changed the kind', async () => {
    const [, second] = await Promise.all([
      store.write(scope, (writer) => writer.insert([item('vol-1')])),
      store.write(scope, (writer) => writer.settledRevision(scope, ['volume'])),
    ]);
    expect(second).toBeUndefined();
  });

  it('counts what another process did, at the beginning of a transaction', async () => {
    const of = () => store.write(scope, (writer) => writer.settledRevision(scope, ['volume']));
    expect(await of()).toBe(0);
    const beside = await openSqlite({ file, exclusive: false });
    for (let n = 1; n <= 20; n++) {
      await beside.write(scope, (writer) => writer.insert([item(`vol-${n}`)]));
      expect(await of()).toBe(n);
    }
    await beside.close();
  });
});

it('brings a store of the first schema up to date: what was counted in a subnet’s row is counted in counters', async () => {
  const body = (usedAddresses: number, nextOffset: number) => JSON.stringify({ usedAddresses, nextOffset });
  await store.write(scope, (writer) =>
    writer.insert([
      { ...item('subnet-1', 'subnet'), body: body(7, 12) },
      { ...item('subnet-2', 'subnet'), body: body(0, 4) },
      item('subnet-3', 'subnet'),
      { ...item('vol-1'), body: body(1, 1) },
    ]),
  );
  await store.close();
  const raw = connect(file, 0);
  raw.run('update meta set version = 1', []);
  raw.close();
  store = await openSqlite({ file });
  const counted = async (name: string) => store.read.usage(scope, name);
  expect([await counted('subnet-1/taken'), await counted('subnet-1/passed')]).toEqual([7, 8]);
  expect([await counted('subnet-2/taken'), await counted('subnet-2/passed')]).toEqual([0, 0]);
  expect([await counted('subnet-3/taken'), await counted('vol-1/taken')]).toEqual([0, 0]);
});
