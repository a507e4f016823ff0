import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { type Row, resource } from '../../kernel/resource.ts';
import type { Item, Writer } from '../../ports/store.ts';
import { reading } from './reading.ts';
import { type Writing, write, writing } from './writing.ts';

interface BoxRow extends Row {
  readonly colour: string;
  readonly friends?: readonly string[];
}

const boxLike = (kind: string) =>
  resource<BoxRow>()({
    kind,
    prefix: kind,
    codes: { missing: 'InvalidVolume.NotFound', malformed: 'InvalidVolumeID.Malformed', noun: kind },
    audience: (b) => b.friends ?? [],
    filters: {},
    indexes: { colour: (b) => b.colour },
    view: (b) => b.id,
  });
const box = boxLike('box');
const bag = boxLike('bag');

const scope = { account: testAccount, region: 'us-east-1' };
const other = { account: otherAccount, region: 'us-east-1' };
const query = { ...scope, kind: 'box' };

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

const tx = <T>(body: (tx: Writing) => Promise<T>, where = scope) => write(w.world, where, body);
const cx = (where = scope) => reading(w.world, where, w.world.store.read);

describe('changes that are held back', () => {
  it('are seen by every read of their kind', () =>
    tx(async (t) => {
      const { id } = await t.insert(box, { colour: 'red' });
      expect(await t.find(box, id)).toMatchObject({ colour: 'red' });
      await t.insert(box, { colour: 'red' });
      expect(await t.where(box, { colour: 'red' })).toHaveLength(2);
      await t.insert(box, { colour: 'red' });
      expect(await t.count(box, { colour: 'red' })).toBe(3);
      await t.insert(box, { colour: 'red' });
      expect(await t.reader.heads(query)).toHaveLength(4);
      await t.insert(box, { colour: 'red' });
      expect(await t.reader.entries({ ...scope, namePrefix: 'colour' })).toHaveLength(5);
      const [item] = (await t.reader.items(query)) as [Item];
      await t.update(box, await t.need(box, item.id), { colour: 'blue' });
      expect((await t.reader.bodies([item.seq])).map((one) => JSON.parse(one.body).colour)).toEqual(['blue']);
      expect(await t.reader.settledRevision(scope, ['box'])).toBeUndefined();
      expect(await t.reader.revision(scope, ['box'])).toBe(1);
    }));

  it('are seen by reads that begin at the same time', () =>
    tx(async (t) => {
      await t.insertAll(box, [{ colour: 'red' }, { colour: 'red' }]);
      const counts = await Promise.all([1, 2, 3].map(() => t.count(box, { colour: 'red' })));
      expect(counts).toEqual([2, 2, 2]);
      const [one] = (await t.where(box, {})) as [BoxRow];
      const during = [t.count(box, { colour: 'red' }), t.insert(box, { colour: 'red' })] as const;
      await t.update(box, one, { colour: 'blue' });
      const after = t.count(box, { colour: 'blue' });
      await t.update(box, await during[1], { colour: 'blue' });
      expect([await during[0], await after]).toEqual([2, 1]);
      expect(await t.count(box, { colour: 'blue' })).toBe(2);
    }));

  it('are written together, in the order in which they came, a row once', async () => {
    const calls: string[] = [];
    const ids = await w.world.store.write(scope, async (writer) => {
      const counted: Writer = {
        ...writer,
        insert: (items) => {
          calls.push(`insert ${items.map((item) => item.kind).join()}`);
          return writer.insert(items);
        },
        update: (item, body, entries) => {
          calls.push(`update ${item.kind} +${entries.add.join()} -${entries.drop.join()}`);
          return writer.update(item, body, entries);
        },
      };
      const { tx: t, flush } = writing(w.world, scope, counted);
      const one = await t.insert(box, { colour: 'red' });
      const two = await t.insert(bag, { colour: 'green' });
      await t.update(box, one, { colour: 'blue' });
      const three = await t.insert(box, { colour: 'white' });
      expect(calls).toEqual([]);
      await flush();
      await t.update(box, one, { colour: 'black' });
      await t.update(box, three, { colour: 'grey' });
      await t.update(box, three, { colour: 'white' });
      await flush();
      return [one.id, two.id, three.id];
    });
    expect(calls).toEqual(['insert box,bag,box', 'update box +colour,black -colour,blue']);
    const seqs = await Promise.all(['box', 'bag'].map((kind) => w.world.store.read.heads({ ...scope, kind })));
    expect(
      seqs
        .flat()
        .sort((a, b) => a.seq - b.seq)
        .map((head) => head.id),
    ).toEqual(ids);
  });

  it('are refused by the store where an id is inserted twice, and then nothing of them is there', async () => {
    const id = 'box-0123456789abcdef0';
    const twice = tx(async (t) => {
      await t.insert(box, { id, colour: 'red' });
      await t.insert(box, { id, colour: 'blue' });
    });
    await expect(twice).rejects.toThrow();
    expect(await cx().find(box, id)).toBeUndefined();
  });

  it('of a row that is removed again leave nothing', async () => {
    const row = await tx(async (t) => {
      const made = await t.insert(box, { colour: 'red' });
      await t.update(box, made, { colour: 'blue' });
      await t.remove(box, made);
      return made;
    });
    expect(await cx().find(box, row.id)).toBeUndefined();
    expect(await w.world.store.read.entries({ ...scope, namePrefix: 'colour' })).toEqual([]);
  });
});

describe('look-ups of what hardly ever changes', () => {
  it('give what is there now, whoever has changed it', async () => {
    const made = await tx((t) => t.insert(box, { colour: 'red' }));
    const look = async () => (await cx().standing.where(box, { colour: 'red' })).map((row) => row.id);
    expect(await look()).toEqual([made.id]);
    expect(await look()).toEqual([made.id]);
    const second = await tx((t) => t.insert(box, { colour: 'red' }));
    expect(await look()).toEqual([made.id, second.id]);
    await tx(async (t) => t.update(box, await t.standing.need(box, made.id), { colour: 'blue' }));
    expect(await look()).toEqual([second.id]);
    expect(await cx().standing.find(box, made.id)).toMatchObject({ colour: 'blue' });
    await tx(async (t) => t.remove(box, await t.standing.need(box, second.id)));
    expect(await look()).toEqual([]);
    expect(await cx().standing.find(box, second.id)).toBeUndefined();
  });

  it('ask the store once while nothing changes', async () => {
    const { id } = await tx((t) => t.insert(box, { colour: 'red' }));
    let asked = 0;
    const { read } = w.world.store;
    const items: typeof read.items = (q) => {
      asked++;
      return read.items(q);
    };
    const counted = reading(w.world, scope, { ...read, items });
    for (let i = 0; i < 5; i++) expect(await counted.standing.need(box, id)).toMatchObject({ colour: 'red' });
    expect(asked).toBe(1);
  });

  it('see what their own transaction has changed, and forget it where that is undone', async () => {
    const { id } = await tx((t) => t.insert(box, { colour: 'red' }));
    expect(await cx().standing.find(box, id)).toMatchObject({ colour: 'red' });
    const undone = tx(async (t) => {
      await t.update(box, await t.standing.need(box, id), { colour: 'blue' });
      expect(await t.standing.find(box, id)).toMatchObject({ colour: 'blue' });
      throw new Error('undone');
    });
    // In the same commit, and in the ones after it.
    const beside = tx(async (t) => t.standing.find(box, id));
    await expect(undone).rejects.toThrow('undone');
    expect(await beside).toMatchObject({ colour: 'red' });
    await tx((t) => t.insert(box, { colour: 'white' }));
    expect(await cx().standing.find(box, id)).toMatchObject({ colour: 'red' });
  });

  it('give what others share for as long as they share it', async () => {
    const { id } = await tx((t) => t.insert(box, { colour: 'red', friends: [testAccount] }), other);
    const see = () => cx().standing.needVisible(box, id);
    expect(await see()).toMatchObject({ colour: 'red' });
    await tx(async (t) => t.update(box, await t.need(box, id), { colour: 'blue' }), other);
    expect(await see()).toMatchObject({ colour: 'blue' });
    await tx(async (t) => t.update(box, await t.need(box, id), { friends: [] }), other);
    await expect(see()).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
  });

  it('keep accounts apart', async () => {
    const { id } = await tx((t) => t.insert(box, { colour: 'red' }));
    expect(await cx().standing.find(box, id)).toBeDefined();
    expect(await cx(other).standing.find(box, id)).toBeUndefined();
    expect(await cx(other).standing.where(box, { colour: 'red' })).toEqual([]);
  });
});
