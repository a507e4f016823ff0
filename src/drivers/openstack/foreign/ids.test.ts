import { beforeEach, expect, it } from 'vitest';
import { idOf } from '../ids.ts';
import { createRecords, type Made, type Records } from '../records.ts';
import { callOf, memoryShelf } from '../storage/storage.fixture.ts';
import { Ids, type Native } from './ids.ts';

const call = callOf();
const ours = 'i-00000000000000001';

let records: Records<Made>;
let ids: Ids<Native, Made>;
/** Ids that rows have, and things that are found by their ids alone. */
const taken = new Set<string>();
const alone = new Map<string, Native>();
beforeEach(() => {
  records = createRecords<Made>(memoryShelf(new Map()), 'machine');
  ids = open();
  taken.clear();
  alone.clear();
});
const open = () =>
  new Ids<Native, Made>({
    records,
    prefix: 'i',
    isTaken: async (id) => taken.has(id),
    look: async (native) => alone.get(native),
    hidden: (made) => (made as { deleted?: boolean }).deleted === true,
  });
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

it('what was made here before the store was lost has the id that it says, the older one of two', async () => {
  const copy = { id: 'n2', created: '2026-02-02', metadata: { elsewhere: ours } };
  const lost = { id: 'n1', created: '2026-01-01', metadata: { elsewhere: ours } };
  expect(await shown(copy, lost)).toEqual({ n1: ours, n2: idOf('i', 'n2') });
  expect(await records.get(ours, call)).toEqual({ account: call.account, native: 'n1', adopted: true });
  ids = open();
  expect(await shown(copy, { ...lost, metadata: {} })).toEqual({ n1: ours, n2: idOf('i', 'n2') });
});

it('nothing has an id that a row has, nor one that is none, nor the id of another kind', async () => {
  taken.add(ours);
  const said = [ours, 'i-0000', 'vol-00000000000000001', `${ours}0`];
  const things = said.map((elsewhere, at) => ({ id: `n${at}`, metadata: { elsewhere } }));
  expect(await shown(...things)).toEqual(Object.fromEntries(things.map(({ id }) => [id, idOf('i', id)])));
});

it('of two accounts that say the same id, one has it', async () => {
  const lost = (id: string) => ({ id, metadata: { elsewhere: ours } });
  expect(await shown(lost('n1'))).toEqual({ n1: ours });
  const other = { ...call, account: '999999999999' };
  expect([...(await ids.shown([lost('n2')], other))]).toEqual([['n2', idOf('i', 'n2')]]);
  expect((await records.get(ours, call))?.account).toBe(call.account);
});

it('what only its own id is known of is asked what it says, once', async () => {
  alone.set('n1', { id: 'n1', metadata: { elsewhere: ours } });
  expect([...(await ids.named(['n1', 'gone'], call))]).toEqual([
    ['n1', ours],
    ['gone', idOf('i', 'gone')],
  ]);
  alone.clear();
  expect((await ids.named(['n1'], call)).get('n1')).toBe(ours);
});
