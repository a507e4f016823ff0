import { beforeEach, expect, it } from 'vitest';
import { claim } from './claims.ts';
import { createRecords, type Made, type Records } from './records.ts';
import { callOf, memoryShelf } from './storage/storage.fixture.ts';

const call = callOf();
const id = 'eipalloc-00000000000000001';

let records: Records<Made>;
const taken = new Set<string>();
beforeEach(() => {
  records = createRecords<Made>(memoryShelf(new Map()), 'address');
  taken.clear();
});
const claimed = (native: string, account = call.account) =>
  claim(records, async (one) => taken.has(one), id, { account, native }, { ...call, account });

it('a free id is the first one’s that says it, and nobody’s after that', async () => {
  expect(await Promise.all([claimed('n1'), claimed('n2'), claimed('n3', '999999999999')])).toEqual([
    'its',
    'not',
    'not',
  ]);
  expect(await records.get(id, call)).toEqual({ account: call.account, native: 'n1', adopted: true });
  expect(await claimed('n1')).toBe('its');
});

it('an id that a row has is nobody’s', async () => {
  taken.add(id);
  expect(await claimed('n1')).toBe('not');
  expect(await records.get(id, call)).toBeUndefined();
});

it('what is being made is its own, and what was made twice a double', async () => {
  await records.put(id, call, { account: call.account });
  expect([await claimed('n1'), await claimed('n1', '999999999999')]).toEqual(['its', 'not']);
  await records.put(id, call, { account: call.account, native: 'n1', again: true });
  expect(await claimed('n2')).toBe('double');
});
