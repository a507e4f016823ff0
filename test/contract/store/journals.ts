import { expect, it } from 'vitest';
import type { Lease, NewOperation, OperationSave, Store } from '../../../src/ports/store.ts';
import { HOME, newOperation, OTHER, type Place } from './place.ts';

const MINE: Lease = { owner: 'me', until: 5000 };
const THEIRS: Lease = { owner: 'they', until: 5000 };

const start = (store: Store, operations: readonly NewOperation[], lease = MINE) =>
  store.write(HOME, (writer) => writer.startOperations(operations, lease));
const save = (store: Store, change: Partial<OperationSave> & { id: string; fence: number }) =>
  store.write(HOME, (writer) =>
    writer.saveOperation({ journal: '[]', dueAt: 1000, attempts: 0, lease: MINE, ...change }),
  );
const end = (store: Store, id: string, fence: number) => store.write(HOME, (writer) => writer.endOperation(id, fence));

function subjects(current: () => Store): void {
  it('leases the first operation of a subject at once and lets the others wait', async () => {
    const store = current();
    const started = await start(store, [
      newOperation('op-1', 'vol-1'),
      newOperation('op-2', 'vol-1'),
      newOperation('op-3', 'vol-2', 2000, OTHER),
    ]);
    expect(started.map((record) => record.id)).toEqual(['op-1', 'op-3']);
    const rest = { seq: started[1]!.seq, journal: '', fence: 1, dueAt: 2000, attempts: 0 };
    expect(started[1]).toEqual({ ...newOperation('op-3', 'vol-2', 2000, OTHER), ...rest });
    expect(await start(store, [newOperation('op-4', 'vol-1')])).toEqual([]);
    expect(await store.operations.of('vol-1')).toHaveLength(3);
    expect(await store.operations.claim(THEIRS, 4000, 10)).toEqual([]);
    expect(await store.operations.nextDue()).toBeUndefined();

    expect(await end(store, 'op-1', 1)).toBe(true);
    expect(await store.operations.nextDue()).toBe(1000);
    const claimed = await store.operations.claim(THEIRS, 4000, 10);
    expect(claimed.map((record) => [record.id, record.fence])).toEqual([['op-2', 1]]);
    await end(store, 'op-2', 1);
    expect((await store.operations.claim(THEIRS, 4000, 10)).map((record) => record.id)).toEqual(['op-4']);
    expect(await store.operations.pending()).toBe(2);
    expect(await store.operations.unfinished(['op-1', 'op-4', 'op-3', 'op-9'])).toEqual(['op-3', 'op-4']);
    expect(await store.operations.unfinished([])).toEqual([]);
  });

  it('tells what the unfinished operations of a scope are about, in a transaction those of the transaction too', async () => {
    const store = current();
    await start(store, [newOperation('op-1', 'vol-1'), newOperation('op-2', 'vol-2', 2000, OTHER)]);
    const about = async (scope: typeof HOME) => (await store.read.unfinished(scope)).map(({ subject }) => subject);
    expect([await about(HOME), await about(OTHER)]).toEqual([['vol-1'], ['vol-2']]);
    await store.write(HOME, async (writer) => {
      await writer.startOperations([newOperation('op-3', 'vol-3')], MINE);
      const { input } = newOperation('op-3', 'vol-3');
      expect((await writer.unfinished(HOME))[1]).toEqual({ subject: 'vol-3', input });
    });
    await end(store, 'op-1', 1);
    expect(await about(HOME)).toEqual(['vol-3']);
  });

  it('claims the oldest first, up to the limit, when they are due', async () => {
    const store = current();
    await start(
      store,
      Array.from({ length: 5 }, (_, at) => newOperation(`op-${at}`, `vol-${at}`, 1000)),
    );
    await save(store, { id: 'op-3', fence: 1, dueAt: 3000, lease: undefined });
    await save(store, { id: 'op-1', fence: 1, dueAt: 2500, lease: undefined, journal: '["a"]', attempts: 4 });
    await save(store, { id: 'op-4', fence: 1, dueAt: 2000, lease: undefined });
    expect(await store.operations.nextDue()).toBe(2000);
    expect(await store.operations.claim(MINE, 1999, 10)).toEqual([]);
    expect((await store.operations.claim(MINE, 2500, 1)).map((record) => record.id)).toEqual(['op-1']);
    const rest = await store.operations.claim(MINE, 3000, 10);
    expect(rest.map((record) => record.id)).toEqual(['op-3', 'op-4']);
    await save(store, { id: 'op-1', fence: 2, lease: undefined, journal: '["b"]', attempts: 5 });
    const [record] = await store.operations.claim(MINE, 3000, 10);
    expect(record).toMatchObject({ id: 'op-1', fence: 3, journal: '["b"]', attempts: 5, input: '{"a":1}' });
  });
}

function leases(current: () => Store, place: () => Place): void {
  it('gives an expired lease away and refuses the writes of who lost it', async () => {
    const store = current();
    await start(store, [newOperation('op-1', 'vol-1')]);
    expect(await store.operations.claim(THEIRS, 5000, 10)).toEqual([]);
    const [taken] = await store.operations.claim({ owner: 'they', until: 9000 }, 5001, 10);
    expect(taken).toMatchObject({ id: 'op-1', fence: 2 });
    expect(await save(store, { id: 'op-1', fence: 1 })).toBe(false);
    expect(await end(store, 'op-1', 1)).toBe(false);
    expect(await save(store, { id: 'op-1', fence: 2 })).toBe(true);
    expect(await end(store, 'op-1', 2)).toBe(true);
    expect(await end(store, 'op-1', 2)).toBe(false);
    expect(await store.operations.of('vol-1')).toEqual([]);
  });

  it('renews the leases that are still held', async () => {
    const store = current();
    await start(store, [newOperation('op-1', 'vol-1'), newOperation('op-2', 'vol-2'), newOperation('op-3', 'vol-3')]);
    await save(store, { id: 'op-2', fence: 1, lease: undefined });
    await store.operations.claim(THEIRS, 1000, 1);
    const held = ['op-1', 'op-2', 'op-3', 'op-9'].map((id) => ({ id, fence: 1 }));
    expect(await store.operations.renew([...held, { id: 'op-3', fence: 7 }], { owner: 'me', until: 8000 })).toEqual([
      'op-1',
      'op-3',
    ]);
    expect(await store.operations.renew([], MINE)).toEqual([]);
    expect((await store.operations.claim(THEIRS, 7000, 10)).map((record) => record.id)).toEqual(['op-2']);
    expect(await store.operations.claim(THEIRS, 8001, 10)).toHaveLength(3);
  });

  it('gives up the leases of an owner, or all', async () => {
    const store = current();
    await start(store, [newOperation('op-1', 'vol-1')]);
    await start(store, [newOperation('op-2', 'vol-2')], THEIRS);
    await store.operations.release('me');
    expect((await store.operations.claim(MINE, 2000, 10)).map((record) => record.id)).toEqual(['op-1']);
    await store.operations.release(undefined);
    expect(await store.operations.claim(MINE, 2000, 10)).toHaveLength(2);
  });

  it('never gives one operation to two claimers', async () => {
    const store = current();
    const other = await place().openBeside();
    await start(
      store,
      Array.from({ length: 60 }, (_, at) => newOperation(`op-${at}`, `vol-${at % 30}`)),
    );
    await store.operations.release(undefined);
    const claims = Array.from({ length: 20 }, (_, at) =>
      (at % 2 === 0 ? store : other).operations.claim({ owner: `owner ${at}`, until: 9000 }, 2000, 5),
    );
    const ids = (await Promise.all(claims)).flat().map((record) => record.id);
    expect(new Set(ids).size).toBe(ids.length);
    const rest = await store.operations.claim(MINE, 2000, 100);
    expect([...ids, ...rest.map((record) => record.id)].sort()).toEqual(
      Array.from({ length: 30 }, (_, at) => `op-${at}`).sort(),
    );
    await other.close();
  });
}

/** Operations: serial per subject, leased, fenced. */
export function journals(current: () => Store, place: () => Place): void {
  subjects(current);
  leases(current, place);
}
