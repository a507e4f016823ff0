import { expect, it } from 'vitest';
import type { Call } from '../../ports/driver.ts';
import { openSqlite } from '../../store/sqlite/open.ts';
import { withNatives } from './natives.ts';
import { createRecords, type Made } from './records.ts';

const call = (region = 'os-1'): Call => ({
  account: '*',
  region,
  operation: 'op-1',
  signal: new AbortController().signal,
});

async function open() {
  const store = await openSqlite({ file: ':memory:' });
  const shelf = store.shelf('openstack');
  const plain = createRecords<Made>(shelf, 'machine');
  return { store, shelf, plain, records: withNatives(plain, shelf, 'machine') };
}

it('finds ours by the cloud’s id, in its region, as long as there is a record', async () => {
  const { store, shelf, records } = await open();
  await records.put('i-1', call(), { account: '111122223333' });
  expect(await records.idOf('n-1', call())).toBeUndefined();
  await records.put('i-1', call(), { account: '111122223333', native: 'n-1' });
  await records.put('i-1', call(), { account: '111122223333', native: 'n-1', again: true });
  expect(await records.idOf('n-1', call())).toBe('i-1');
  expect(await records.idOf('n-1', call('os-2'))).toBeUndefined();
  expect(await records.list(call())).toHaveLength(1);
  await records.delete('i-1', call());
  expect(await records.idOf('n-1', call())).toBeUndefined();
  expect(await shelf.list('')).toEqual([]);
  await store.close();
});

it('believes no entry that the record does not agree with', async () => {
  const { store, plain, records } = await open();
  await records.put('i-1', call(), { account: '111122223333', native: 'n-1' });
  await plain.put('i-1', call(), { account: '111122223333', native: 'n-2' });
  expect(await records.idOf('n-1', call())).toBeUndefined();
  await plain.delete('i-1', call());
  expect(await records.idOf('n-1', call())).toBeUndefined();
  await store.close();
});
