import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ItemHead, Store } from '../../src/ports/store.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { HOME, newItem, OTHER, put } from '../contract/store/place.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

const VOLUMES = { ...HOME, kind: 'volume' };
const STATE = [['state', 'x']] as const;
let database: TestDatabase;
/** As many processes have. */
let stores: readonly Store[];

beforeEach(async () => {
  database = await createDatabase();
  stores = await Promise.all([1, 2, 3].map(() => openPostgres({ url: database.url, poolSize: 4 })));
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
});

/** A transaction that has inserted a volume and waits. */
async function held(store: Store, id: string) {
  let inserted = (): void => undefined;
  let finish = (): void => undefined;
  const began = new Promise<void>((resolve) => {
    inserted = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const ended = store.write(HOME, async (writer) => {
    const [head] = await writer.insert([newItem(id)]);
    inserted();
    await gate;
    return head!;
  });
  await began;
  return { finish, ended };
}

describe('items of one account and region', () => {
  it('become visible in the order of their numbers, whichever process makes them', async () => {
    const [one, two, three] = stores as [Store, Store, Store];
    const first = await held(one, 'vol-1');
    let done = false;
    const second = put(two, [newItem('vol-2')]).then((heads) => {
      done = true;
      return heads[0]!;
    });
    // Another account is not kept waiting, and its later number is seen first.
    const [other] = await put(three, [newItem('vol-3', [], OTHER)], OTHER);
    await wait(300);
    expect(done).toBe(false);
    expect(await three.read.heads(VOLUMES)).toEqual([]);
    first.finish();
    const seqs = [(await first.ended).seq, (await second).seq];
    expect(seqs[0]).toBeLessThan(seqs[1]!);
    expect(seqs[0]).toBeLessThan(other!.seq);
    expect((await three.read.heads(VOLUMES)).map((head) => head.seq)).toEqual(seqs);
  });

  it.each([
    ['a list', {}],
    ['a filtered list', { where: [{ name: 'state', values: ['x'] }] }],
  ])('are all in the pages of %s that is read while they are made', async (_, filter) => {
    const pages: ItemHead[] = [];
    let writing = true;
    const read = async () => {
      for (let more = true; more || writing; ) {
        const query = { ...VOLUMES, ...filter, after: pages.at(-1)?.seq ?? 0, limit: 7 };
        const page = await stores[2]!.read.heads(query);
        pages.push(...page);
        more = page.length > 0;
      }
    };
    const write = async (store: Store, name: string) => {
      for (let at = 0; at < 60; at++) {
        await Promise.all([
          put(store, [newItem(`vol-${name}-${at}`, STATE), newItem(`vol-${name}-${at}-b`, STATE)]),
          put(store, [newItem(`vol-${name}-${at}`, STATE, OTHER)], OTHER),
        ]);
      }
    };
    const reading = read();
    await Promise.all(stores.slice(0, 2).map((store, at) => write(store, `p${at}`)));
    writing = false;
    await reading;
    expect(pages).toEqual(await stores[0]!.read.heads(VOLUMES));
    expect(pages).toHaveLength(240);
  });
});
