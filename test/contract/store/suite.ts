import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/ports/store.ts';
import { findings } from './findings.ts';
import { journals } from './journals.ts';
import { AWAY, HOME, newItem, OTHER, type Place, put } from './place.ts';
import { transactions } from './transactions.ts';

const VOLUMES = { ...HOME, kind: 'volume' };

function items(current: () => Store): void {
  it('gives back what was inserted, in the order of creation, with the first generation', async () => {
    const store = current();
    const heads = await put(
      store,
      Array.from({ length: 150 }, (_, at) => newItem(`vol-${(at * 7919) % 1000}`)),
    );
    expect(heads.map((head) => head.seq)).toEqual([...heads.map((head) => head.seq)].sort((a, b) => a - b));
    expect(new Set(heads.map((head) => head.seq)).size).toBe(150);
    const found = await store.read.items(VOLUMES);
    expect(found.map((item) => item.id)).toEqual(heads.map((head) => head.id));
    expect(found[7]).toEqual({ ...VOLUMES, ...heads[7], generation: 1, body: `{"id":"${heads[7]?.id}"}` });
    expect(await store.read.heads(VOLUMES)).toEqual(heads);
  });

  it('replaces a body once per generation', async () => {
    const store = current();
    await put(store, [
      newItem('vol-1', [
        ['state', 'creating'],
        ['zone', 'a'],
      ]),
    ]);
    const [item] = await store.read.items(VOLUMES);
    const change = { add: [['state', 'available']], drop: [['state', 'creating']] } as const;
    expect(await store.write(HOME, (writer) => writer.update(item!, '{"v":2}', change))).toBe(true);
    expect(await store.write(HOME, (writer) => writer.update(item!, '{"v":3}', change))).toBe(false);
    const [after] = await store.read.items({ ...VOLUMES, where: [{ name: 'state', values: ['available'] }] });
    expect(after).toEqual({ ...item, generation: 2, body: '{"v":2}' });
    expect(await store.read.count({ ...VOLUMES, where: [{ name: 'state', values: ['creating'] }] })).toBe(0);
    expect(await store.read.count({ ...VOLUMES, where: [{ name: 'zone', values: ['a'] }] })).toBe(1);
  });

  it('removes items with their entries and never gives their numbers again', async () => {
    const store = current();
    await put(store, [newItem('vol-1', [['tag:a', 'b']]), newItem('vol-2', [['tag:a', 'b']]), newItem('vol-3')]);
    const all = await store.read.items(VOLUMES);
    await store.write(HOME, (writer) => writer.remove(all.slice(1)));
    expect((await store.read.heads(VOLUMES)).map((head) => head.id)).toEqual(['vol-1']);
    expect(await store.read.count({ ...VOLUMES, where: [{ name: 'tag:a', values: ['b'] }] })).toBe(1);
    expect((await store.read.entries({ ...HOME, namePrefix: 'tag:' })).map((entry) => entry.id)).toEqual(['vol-1']);
    expect((await store.read.bodies(all.map((item) => item.seq))).map((item) => item.id)).toEqual(['vol-1']);
    const [again] = await put(store, [newItem('vol-3')]);
    expect(again?.seq).toBeGreaterThan(all[2]!.seq);
    await store.write(HOME, (writer) => writer.remove([]));
  });

  it('refuses a second item of one id, kind and scope, and allows it elsewhere', async () => {
    const store = current();
    await put(store, [newItem('vol-1')]);
    await expect(put(store, [newItem('vol-1')])).rejects.toThrow();
    await put(store, [newItem('vol-1', [], OTHER), newItem('vol-1', [], AWAY), newItem('vol-1', [], HOME, 'snapshot')]);
    expect(await store.read.count({ kind: 'volume', region: HOME.region })).toBe(2);
  });

  it('keeps any text', async () => {
    const store = current();
    const odd = '?$1\'"\\%_ \u{1f600} \t\n in list(?)';
    await put(store, [{ ...newItem('vol-1', [['tag:odd', odd]]), body: JSON.stringify({ odd }) }]);
    const [item] = await store.read.items({ ...VOLUMES, where: [{ name: 'tag:odd', values: [odd, '[1]'] }] });
    expect(JSON.parse(item!.body)).toEqual({ odd });
  });
}

function counters(current: () => Store): void {
  it('counts one revision per commit, kind and scope, and one for every account', async () => {
    const store = current();
    const of = (account: string, kinds: string[], region = HOME.region) =>
      store.read.revision({ account, region }, kinds);
    expect(await of(HOME.account, ['volume'])).toBe(0);
    await store.write(HOME, async (writer) => {
      await writer.insert([newItem('vol-1'), newItem('vol-2')]);
      await writer.insert([newItem('vol-3'), newItem('snap-1', [], HOME, 'snapshot')]);
    });
    await put(store, [newItem('vol-9', [], OTHER)], OTHER);
    expect(await of(HOME.account, ['volume'])).toBe(1);
    expect(await of(HOME.account, ['volume', 'snapshot', 'instance'])).toBe(2);
    expect(await of('*', ['volume'])).toBe(2);
    expect(await of('*', ['volume'], AWAY.region)).toBe(0);
    const found = await store.read.items(VOLUMES);
    await store.write(HOME, (writer) => writer.update(found[0]!, '{}', { add: [], drop: [] }));
    await store.write(HOME, (writer) => writer.update(found[0]!, '{}', { add: [], drop: [] }));
    await store.write(HOME, (writer) => writer.remove(found.slice(1)));
    await store.write(HOME, (writer) => writer.addUsage(HOME, 'x', 1));
    expect(await of(HOME.account, ['volume'])).toBe(3);
    expect(await of(OTHER.account, ['volume'])).toBe(1);
  });

  it('shows a write its own revision', async () => {
    const seen = await current().write(HOME, async (writer) => {
      await writer.insert([newItem('vol-1')]);
      return [await writer.revision(HOME, ['volume']), await writer.revision(OTHER, ['volume'])];
    });
    expect(seen).toEqual([1, 0]);
  });

  it('adds to usage and gives the new value', async () => {
    const store = current();
    const add = (amount: number) => store.write(HOME, (writer) => writer.addUsage(HOME, 'volume.gib', amount));
    expect(await store.read.usage(HOME, 'volume.gib')).toBe(0);
    expect([await add(5), await add(10), await add(-3)]).toEqual([5, 15, 12]);
    expect(await store.read.usage(HOME, 'volume.gib')).toBe(12);
    expect(await store.read.usage(OTHER, 'volume.gib')).toBe(0);
  });
}

function shelves(current: () => Store): void {
  it('keeps pairs by name and key', async () => {
    const shelf = current().shelf('simulator');
    const other = current().shelf('qemu');
    await Promise.all([shelf.put('vm/2', '{"a":2}'), shelf.put('vm/1', '{"a":1}'), shelf.put('disk/1', '{}')]);
    await other.put('vm/1', '{"other":true}');
    await shelf.put('vm/1', '{"a":3}');
    expect(await shelf.get('vm/1')).toBe('{"a":3}');
    expect(await shelf.get('vm/3')).toBeUndefined();
    expect(await shelf.list('vm/')).toEqual([
      ['vm/1', '{"a":3}'],
      ['vm/2', '{"a":2}'],
    ]);
    expect((await shelf.list('')).map(([key]) => key)).toEqual(['disk/1', 'vm/1', 'vm/2']);
    await shelf.delete('vm/1');
    await shelf.delete('vm/1');
    expect(await shelf.get('vm/1')).toBeUndefined();
    expect(await other.get('vm/1')).toBe('{"other":true}');
  });
}

/** What every store does. `place` gives a new, empty place for each test. */
export function storeSuite(name: string, place: () => Promise<Place>): void {
  describe(name, () => {
    let here: Place;
    let store: Store;
    const reopen = async (): Promise<Store> => {
      await store.close();
      store = await here.open();
      return store;
    };
    beforeEach(async () => {
      here = await place();
      store = await here.open();
    });
    afterEach(async () => {
      await store.close();
      await here.remove();
    });
    const current = (): Store => store;
    describe('items', () => items(current));
    describe('counters', () => counters(current));
    describe('finding', () => findings(current));
    describe('transactions', () => transactions(current, reopen, () => here));
    describe('operations', () => journals(current, () => here));
    describe('shelves', () => shelves(current));
    it('answers a ping until it is closed', async () => {
      await store.ping();
      const beside = await here.openBeside();
      await beside.ping();
      await beside.close();
      await beside.close();
      await expect(beside.ping()).rejects.toThrow();
      await expect(put(beside, [newItem('vol-1')])).rejects.toThrow();
    });
  });
}
