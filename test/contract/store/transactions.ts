import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Store, Writer } from '../../../src/ports/store.ts';
import { HOME, newItem, newOperation, OTHER, type Place, put } from './place.ts';

const VOLUMES = { ...HOME, kind: 'volume' };

function isolation(current: () => Store, beside: () => Place): void {
  it('rolls back only the transaction that fails, among many at once', async () => {
    const store = current();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, at) =>
        store.write(HOME, async (writer) => {
          await writer.insert([newItem(`vol-${at}`, [['state', 'x']])]);
          await writer.addUsage(HOME, 'volume', 1);
          await writer.startOperations([newOperation(`op-${at}`, `vol-${at}`)], { owner: 'me', until: 5000 });
          if (at % 5 === 0) throw new Error(`refused ${at}`);
          return at;
        }),
      ),
    );
    expect(outcomes[10]).toMatchObject({ status: 'rejected', reason: { message: 'refused 10' } });
    expect(outcomes[11]).toEqual({ status: 'fulfilled', value: 11 });
    const kept = Array.from({ length: 50 }, (_, at) => at).filter((at) => at % 5 !== 0);
    expect((await store.read.heads(VOLUMES)).map((head) => head.id).sort()).toEqual(
      kept.map((at) => `vol-${at}`).sort(),
    );
    expect(await store.read.count({ ...VOLUMES, where: [{ name: 'state', values: ['x'] }] })).toBe(40);
    expect(await store.read.usage(HOME, 'volume')).toBe(40);
    expect(await store.read.revision(HOME, ['volume'])).toBe(40);
    expect(await store.operations.pending()).toBe(40);
  });

  it('rolls back alone when a statement fails, too', async () => {
    const store = current();
    const [first, second, third] = await Promise.allSettled([
      put(store, [newItem('vol-1')]),
      put(store, [newItem('vol-2'), newItem('vol-1')]),
      put(store, [newItem('vol-3')]),
    ]);
    expect([first?.status, second?.status, third?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await store.read.heads(VOLUMES)).map((head) => head.id)).toEqual(['vol-1', 'vol-3']);
  });

  it('writes nothing of a transaction in which a statement failed, whatever its body makes of that', async () => {
    const store = current();
    await put(store, [newItem('vol-1')]);
    const stubborn = (id: string) =>
      store.write(HOME, async (writer) => {
        await writer.insert([newItem(`${id}-before`)]);
        await Promise.allSettled([writer.insert([newItem('vol-1')])]);
        await Promise.allSettled([writer.insert([newItem(`${id}-after`)])]);
      });
    const outcomes = await Promise.allSettled([
      put(store, [newItem('vol-2')]),
      stubborn('vol-3'),
      put(store, [newItem('vol-4')]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await store.read.heads(VOLUMES)).map((head) => head.id).sort()).toEqual(['vol-1', 'vol-2', 'vol-4']);
  });

  it('shows a write what it has written, and nobody else, until it is committed', async () => {
    const store = current();
    const other = await beside().openBeside();
    await store.write(HOME, async (writer) => {
      await writer.insert([newItem('vol-1', [['state', 'x']])]);
      const where = [{ name: 'state', values: ['x'] }];
      expect((await writer.items({ ...VOLUMES, where })).map((item) => item.id)).toEqual(['vol-1']);
      expect(await writer.count(VOLUMES)).toBe(1);
      expect(await store.read.count(VOLUMES)).toBe(0);
      expect(await other.read.count(VOLUMES)).toBe(0);
    });
    expect(await store.read.count(VOLUMES)).toBe(1);
    // Another process reads one committed state in a turn of its event loop.
    await turn();
    expect(await other.read.count(VOLUMES)).toBe(1);
    await other.close();
  });

  it('runs writers of one scope one after another', async () => {
    const store = current();
    const add = () =>
      store.write(HOME, async (writer) => {
        const usage = await writer.usage(HOME, 'x');
        await writer.count(VOLUMES);
        return (await writer.addUsage(HOME, 'x', 1)) - usage;
      });
    expect(await Promise.all(Array.from({ length: 40 }, add))).toEqual(Array(40).fill(1));
    expect(await store.read.usage(HOME, 'x')).toBe(40);
  });

  it('lets writers of different scopes touch the same kind', async () => {
    const store = current();
    await Promise.all(
      Array.from({ length: 40 }, (_, at) => {
        const scope = at % 2 === 0 ? HOME : OTHER;
        return put(store, [newItem(`vol-${at}`, [], scope), newItem(`snap-${at}`, [], scope, 'snapshot')], scope);
      }),
    );
    expect(await store.read.revision({ account: '*', region: HOME.region }, ['volume', 'snapshot'])).toBe(80);
  });
}

/** What a transaction is: whole, alone, and durable. */
export function transactions(current: () => Store, reopen: () => Promise<Store>, place: () => Place): void {
  isolation(current, place);

  it('refuses a writer whose transaction is over', async () => {
    const store = current();
    const kept: Writer[] = [];
    await store.write(HOME, async (writer) => {
      kept.push(writer);
    });
    await expect(kept[0]!.insert([newItem('vol-1')])).rejects.toThrow(/over/);
    expect(await store.read.count(VOLUMES)).toBe(0);
  });

  it('has everything again after it was closed', async () => {
    await current().write(HOME, async (writer) => {
      await writer.insert([newItem('vol-1', [['tag:a', 'b']])]);
      await writer.addUsage(HOME, 'x', 7);
      await writer.startOperations([newOperation('op-1', 'vol-1')], { owner: 'me', until: 9000 });
    });
    await current().shelf('simulator').put('k', '"v"');
    const before = await current().read.items(VOLUMES);
    const store = await reopen();
    expect(await store.read.items(VOLUMES)).toEqual(before);
    expect(await store.read.entries({ ...HOME, namePrefix: 'tag:' })).toHaveLength(1);
    expect(await store.read.usage(HOME, 'x')).toBe(7);
    expect(await store.read.revision(HOME, ['volume'])).toBe(1);
    expect(await store.operations.of('vol-1')).toEqual(['volume.provision']);
    expect(await store.shelf('simulator').get('k')).toBe('"v"');
  });

  it('finishes what was asked before it is closed', async () => {
    const writes = Array.from({ length: 20 }, (_, at) => put(current(), [newItem(`vol-${at}`)]));
    const store = await reopen();
    await Promise.all(writes);
    expect(await store.read.count(VOLUMES)).toBe(20);
  });
}
