import { beforeEach, expect, it } from 'vitest';
import { idOf } from '../ids.ts';
import { createRecords, type Made, type Records } from '../records.ts';
import { callOf, memoryShelf } from '../storage/storage.fixture.ts';
import { Ids, type Native } from './ids.ts';

const call = callOf();
const ours = 'i-00000000000000001';

let records: Records<Made>;
let ids: Ids<Native, Made>;
beforeEach(() => {
  records = createRecords<Made>(memoryShelf(new Map()), 'machine');
  ids = open();
});
const open = () =>
  new Ids<Native, Made>({ records, prefix: 'i', hidden: (made) => (made as { deleted?: boolean }).deleted === true });
const shown = async (...things: readonly Native[]) => Object.fromEntries(await ids.shown(things, call));

it('computes the id of what others made, the same in every process, and can be asked for it', async () => {
  const id = idOf('i', 'n1');
  expect(await shown({ id: 'n1', name: 'web' })).toEqual({ n1: id });
  expect(await records.get(id, call)).toEqual({ account: call.account, native: 'n1', adopted: true });
  ids = open();
  expect(await shown({ id: 'n1', name: 'renamed' })).toEqual({ n1: id });
});

it('knows its own by their records, also while they are being made', async () => {
  await records.put(ours, call, { account: call.account, native: 'n1' });
  expect(await shown({ id: 'n1', name: 'renamed by somebody' })).toEqual({ n1: ours });
  const young = 'i-00000000000000002';
  await records.put(young, call, { account: call.account });
  expect(await shown({ id: 'n2', name: young, metadata: { elsewhere: young } })).toEqual({ n2: young });
  expect(await records.get(idOf('i', 'n2'), call)).toBeUndefined();
});

it('does not show a double of its own, nor what is deleted for its user', async () => {
  await records.put(ours, call, { account: call.account, native: 'n1', again: true });
  expect(await shown({ id: 'n2', name: ours }, { id: 'n1', name: ours })).toEqual({ n1: ours });
  const hidden = 'i-00000000000000003';
  await records.put(hidden, call, { account: call.account, native: 'n3', deleted: true } as Made);
  expect(await shown({ id: 'n3', name: hidden })).toEqual({});
  expect((await ids.named(['n3'], call)).get('n3')).toBe(hidden);
});

it('believes nobody who only says an id: not of another account, nor of a thing that there is', async () => {
  await records.put(ours, call, { account: '999999999999', native: 'theirs' });
  expect(await shown({ id: 'n1', metadata: { elsewhere: ours } })).toEqual({ n1: idOf('i', 'n1') });
  const mine = 'i-00000000000000002';
  await records.put(mine, call, { account: call.account, native: 'n2' });
  expect(await shown({ id: 'n3', metadata: { elsewhere: mine } })).toEqual({ n3: idOf('i', 'n3') });
});
