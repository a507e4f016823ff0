import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { type Resource, resource, type StatefulRow } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
import { operation } from '../operation/operation.ts';
import { reading } from './reading.ts';
import { entriesOf, entryChanges } from './rows.ts';
import { type Writing, write } from './writing.ts';

interface BoxRow extends StatefulRow {
  readonly colour: string;
  readonly sizes: readonly number[];
  readonly friends: readonly string[];
}

const box: Resource<BoxRow, string, 'shut' | 'open', 'open'> = resource<BoxRow>()({
  kind: 'box',
  prefix: 'box',
  otherPrefixes: ['crate'],
  tagged: 'box',
  codes: { missing: 'InvalidVolume.NotFound', malformed: 'InvalidVolumeID.Malformed', noun: 'box' },
  states: states({ shut: { open: 'open' }, open: {} }, { transient: [], refuse: 'IncorrectState' }),
  audience: (b) => b.friends,
  indexes: { colour: (b) => b.colour },
  filters: {
    size: { of: (b) => b.sizes, doc: '', indexed: true },
    status: { of: (b) => b.state, doc: '' },
  },
  view: (b) => b.id,
});

const scope = { account: testAccount, region: 'us-east-1' };
const other = { account: otherAccount, region: 'us-east-1' };
const elsewhere = { account: testAccount, region: 'eu-west-1' };
const shape = { state: 'shut', colour: 'red', sizes: [1, 2, 2], friends: [] as string[] };
const unknown = 'box-00000000000000001';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld({ quotas: { volumes: 3 } });
});
afterEach(() => w.close());

const tx = <T>(body: (tx: Writing) => Promise<T>, where = scope) => write(w.world, where, body);
const cx = (where = scope) => reading(w.world, where, w.world.store.read);
const insert = (more: Partial<BoxRow> = {}, where = scope) => tx((t) => t.insert(box, { ...shape, ...more }), where);

describe('reading', () => {
  it('finds an account’s own rows of the region, and nobody else’s', async () => {
    const [mine, theirs, far] = [await insert(), await insert({}, other), await insert({}, elsewhere)];
    expect((await cx().need(box, mine.id)).id).toBe(mine.id);
    for (const { id } of [theirs, far]) {
      expect(await cx().find(box, id)).toBeUndefined();
      await expectRefusal(
        cx().need(box, id),
        'InvalidVolume.NotFound',
        new RegExp(`The box ID '${id}' does not exist`),
      );
    }
  });

  it('refuses malformed ids before unknown ones, and names all that are unknown', async () => {
    const { id } = await insert();
    await expectRefusal(cx().needAll(box, [unknown, 'vol-1']), 'InvalidVolumeID.Malformed', /"vol-1"/);
    const two = [unknown, 'box-00000002'];
    await expectRefusal(
      cx().needAll(box, [id, ...two]),
      'InvalidVolume.NotFound',
      new RegExp(`IDs '${two.join(', ')}' do`),
    );
  });

  it.each([
    'box-0000000',
    'box-000000000',
    'box-0000000000000000g',
    'BOX-00000001',
    'box-0000000A',
    '',
    'box',
    "box-' or 1=1",
  ])('%j is not an id', (id) => expectRefusal(cx().need(box, id), 'InvalidVolumeID.Malformed'));

  it('takes both lengths of ids, and other prefixes', async () => {
    for (const id of ['box-00000001', 'crate-00000000000000001']) {
      await insert({ id });
      expect((await cx().need(box, id)).id).toBe(id);
    }
  });

  it('gives rows in the order asked, as often as asked', async () => {
    const [a, b] = [await insert(), await insert()];
    expect((await cx().needAll(box, [b.id, a.id, b.id])).map((r) => r.id)).toEqual([b.id, a.id, b.id]);
  });

  it('sees what is shared with the account or with all, where that is asked for', async () => {
    const shared = await insert({ friends: [testAccount] }, other);
    const open = await insert({ friends: ['all'] }, other);
    const closed = await insert({ friends: ['999999999999'] }, other);
    expect((await cx().needVisible(box, shared.id)).id).toBe(shared.id);
    expect((await cx().needVisible(box, open.id)).id).toBe(open.id);
    await expectRefusal(cx().needVisible(box, closed.id), 'InvalidVolume.NotFound');
    await expectRefusal(cx().need(box, shared.id), 'InvalidVolume.NotFound');
  });

  it('finds and counts by index, own look-ups and tags', async () => {
    const a = await insert({ tags: { Name: 'x' } });
    const b = await insert({ colour: 'blue', sizes: [3] });
    expect((await cx().where(box, { colour: ['red', 'blue'] })).map((r) => r.id)).toEqual([a.id, b.id]);
    expect((await cx().where(box, { size: '2', 'tag:Name': 'x' })).map((r) => r.id)).toEqual([a.id]);
    expect((await cx().where(box, { colour: ['red', 'blue'] }, 1)).length).toBe(1);
    expect([await cx().count(box, { size: '3' }), await cx().count(box, { size: '9' })]).toEqual([1, 0]);
  });

  it('refuses a region that is not offered', () => {
    expect(() => reading(w.world, { ...scope, region: 'mars-1' }, w.world.store.read)).toThrow(
      'The region mars-1 is not offered',
    );
  });
});

describe('writing', () => {
  it('fills in id, owner, time and tags, for many at once in their order', async () => {
    const rows = await tx((t) => t.insertAll(box, [shape, { ...shape, colour: 'blue', tags: { k: 'v' } }]));
    expect(rows.map((r) => [r.colour, r.account, r.region, r.createdAt, r.tags])).toEqual([
      ['red', testAccount, 'us-east-1', w.clock.now(), {}],
      ['blue', testAccount, 'us-east-1', w.clock.now(), { k: 'v' }],
    ]);
    expect(rows[0]!.id).toMatch(/^box-[0-9a-f]{17}$/);
    expect(
      await cx().needAll(
        box,
        rows.map((r) => r.id),
      ),
    ).toEqual(rows);
    expect(await tx((t) => t.insertAll(box, []))).toEqual([]);
  });

  it('an update counts a generation, unless nothing changes; several in one transaction are one', async () => {
    const { id } = await insert();
    const generation = async () =>
      (await w.world.store.read.items({ kind: 'box', ...scope, ids: [id] }))[0]!.generation;
    await tx(async (t) => t.update(box, await t.need(box, id), { colour: 'red' }));
    expect(await generation()).toBe(1);
    await tx(async (t) => {
      const row = await t.need(box, id);
      await t.update(box, row, { colour: 'blue' });
      // The row at hand is older by now: other members must not fall back.
      await t.update(box, row, { sizes: [7] });
    });
    expect(await cx().need(box, id)).toMatchObject({ colour: 'blue', sizes: [7] });
    expect(await generation()).toBe(2);
    expect((await cx().where(box, { colour: 'red' })).length).toBe(0);
    expect((await cx().where(box, { colour: 'blue', size: '7' })).length).toBe(1);
  });

  it('changes only what the transaction has read', async () => {
    const row = await insert();
    await expectRefusal(
      tx((t) => t.update(box, row, { colour: 'blue' })),
      'InternalError',
      /^An internal error has occurred$/,
    );
    await expectRefusal(
      tx((t) => t.remove(box, row)),
      'InternalError',
    );
  });

  it('moves along the state machine of the row as it is now, and refuses with the resource’s code', async () => {
    const row = await insert();
    await tx(async (t) => {
      await t.need(box, row.id);
      expect((await t.on(box, row, 'open', { colour: 'blue' })).state).toBe('open');
      await expectRefusal(t.on(box, row, 'open'), 'IncorrectState', /is in state 'open'/);
      await expectRefusal(t.on(box, row, 'open', {}, 'No.'), 'IncorrectState', /^No\.$/);
    });
    expect(await cx().need(box, row.id)).toMatchObject({ state: 'open', colour: 'blue' });
  });

  it('removes a row and its index', async () => {
    const { id } = await insert();
    await tx(async (t) => t.remove(box, await t.need(box, id)));
    expect(await cx().find(box, id)).toBeUndefined();
    expect(await cx().count(box, { colour: 'red' })).toBe(0);
  });

  it('takes from a quota up to the limit, per account, and what is refused is not taken', async () => {
    await tx((t) => t.take('volumes', 2));
    await expectRefusal(
      tx((t) => t.take('volumes', 2)),
      'VolumeLimitExceeded',
    );
    await tx((t) => t.take('volumes', 3), other);
    await tx((t) => t.take('volumes', 1));
    await tx((t) => t.give('volumes', 3));
    expect(await w.world.store.read.usage(scope, 'volumes')).toBe(0);
  });

  it('what is thrown rolls back rows, counters and operations, and starts nothing', async () => {
    const never = operation('volume.provision', async () => undefined, { giveUp: async () => undefined });
    const attempt = tx(async (t) => {
      await t.insert(box, shape);
      await t.take('volumes', 1);
      await t.start(never, 'subject', {});
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    expect(await cx().count(box, {})).toBe(0);
    expect(await w.world.store.read.usage(scope, 'volumes')).toBe(0);
    expect([await w.world.store.operations.pending(), w.worker.busy]).toEqual([0, 0]);
  });
});

describe('entries', () => {
  const row = (more: Partial<BoxRow>): BoxRow => ({ ...shape, ...scope, id: unknown, createdAt: 0, tags: {}, ...more });

  it('are indexed filters, look-ups, tags and audience, each once; not the filters without index', () => {
    expect(entriesOf(box, row({ tags: { a: '1' }, friends: ['all'] }))).toEqual([
      ['size', '1'],
      ['size', '2'],
      ['colour', 'red'],
      ['tag:a', '1'],
      ['audience', 'all'],
    ]);
  });

  it('change by what is new and what is gone', () => {
    const changes = entryChanges(
      box,
      row({ tags: { a: '1', b: '2' } }),
      row({ sizes: [2, 3], tags: { a: '9', b: '2' } }),
    );
    expect(changes.add.toSorted()).toEqual([
      ['size', '3'],
      ['tag:a', '9'],
    ]);
    expect(changes.drop.toSorted()).toEqual([
      ['size', '1'],
      ['tag:a', '1'],
    ]);
    expect(entryChanges(box, row({}), row({ state: 'open' }))).toEqual({ add: [], drop: [] });
  });
});
