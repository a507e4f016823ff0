import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Store } from '../../ports/store.ts';
import { type AroundCommit, commits } from './commits.ts';
import { type Connection, connect } from './connection.ts';
import { openSqlite } from './open.ts';

const scope = { account: '111122223333', region: 'us-east-1' };
const item = (id: string, body = '{}') => ({ ...scope, kind: 'volume', id, body, entries: [] });
const count = (store: Store) => store.read.count({ ...scope, kind: 'volume' });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-commits-'));
  file = join(folder, 'store.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A queue whose commits are made by `commit`, and what it calls around them. */
function queueOf(connection: Connection, commit: () => Promise<void>) {
  const called: string[] = [];
  const note = (name: string) => () => void called.push(name);
  const around: AroundCommit = {
    begins: note('begins'),
    before: async () => void called.push('before'),
    commits: note('commits'),
    after: note('after'),
    failed: note('failed'),
  };
  return {
    called,
    queue: commits(Object.create(connection, { commitBeside: { value: commit } }) as Connection, true, around),
  };
}

it('other work goes on while a commit waits for the disk, and the next transaction waits for the commit', async () => {
  const connection = connect(file, 1_000);
  connection.run('create table thing (id integer)', []);
  let disk = (): void => undefined;
  const written = new Promise<void>((resolve) => {
    disk = resolve;
  });
  const { called, queue } = queueOf(connection, () => written.then(() => connection.commitBeside()));
  const told: string[] = [];
  const first = queue.run('insert into thing values (1)', []).then(() => told.push('first'));
  while (called.at(-1) !== 'commits') await turn();
  const second = queue.run('insert into thing values (2)', []).then(() => told.push('second'));
  for (let i = 0; i < 10; i += 1) await turn();
  expect([told, called]).toEqual([[], ['begins', 'before', 'commits']]);
  disk();
  await Promise.all([first, second]);
  expect(told).toEqual(['first', 'second']);
  expect(connection.all('select id from thing', [])).toEqual([[1], [2]]);
  connection.close();
});

it('a commit that fails is told to all of it, leaves nothing, and the next one is made', async () => {
  const connection = connect(file, 1_000);
  connection.run('create table thing (id integer)', []);
  const commit = [() => Promise.reject(new Error('the disk is gone')), () => connection.commitBeside()];
  const { called, queue } = queueOf(connection, () => commit.shift()!());
  const both = await Promise.allSettled([1, 2].map((id) => queue.run(`insert into thing values (${id})`, [])));
  expect(both.map((each) => each.status === 'rejected' && String(each.reason))).toEqual([
    'Error: the disk is gone',
    'Error: the disk is gone',
  ]);
  await queue.run('insert into thing values (3)', []);
  expect(called.filter((name) => name === 'failed' || name === 'after')).toEqual(['failed', 'after']);
  expect(connection.all('select id from thing', [])).toEqual([[3]]);
  connection.close();
});

/** Transactions that each write a row and then fail when they are told to; `runs` counts how often each was run. */
function changesOf(queue: ReturnType<typeof queueOf>['queue'], count: number, fails: (at: number) => boolean) {
  const runs = Array<number>(count).fill(0);
  const outcomes = Promise.allSettled(
    runs.map((_, at) =>
      queue.change(async (sql) => {
        runs[at]! += 1;
        await sql.run('insert into thing values (?)', [at]);
        if (fails(at)) throw new Error(`refused ${at}`);
      }),
    ),
  );
  return { runs, outcomes };
}

it('one that fails after it has written leaves nothing: those before it are run a second time, and nobody a third', async () => {
  const connection = connect(file, 1_000);
  connection.run('create table thing (id integer)', []);
  const { called, queue } = queueOf(connection, () => connection.commitBeside());
  const { runs, outcomes } = changesOf(queue, 12, (at) => at % 4 === 3);
  const failed = (await outcomes).map((outcome) => outcome.status === 'rejected' && String(outcome.reason));
  const bad = (at: number): boolean => at % 4 === 3;
  expect(failed).toEqual(runs.map((_, at) => bad(at) && `Error: refused ${at}`));
  expect(runs).toEqual(runs.map((_, at) => (bad(at) ? 1 : 2)));
  const rows = connection.all('select id from thing order by id', []);
  expect(rows).toEqual(runs.flatMap((_, at) => (bad(at) ? [] : [[at]])));
  expect(called.filter((name) => name === 'failed' || name === 'after')).toEqual(
    Array(3).fill(['failed', 'after']).flat(),
  );
  connection.close();
});

it('a statement that is refused undoes the whole batch in SQLite, and only its own transaction for those who asked', async () => {
  const connection = connect(file, 1_000);
  connection.run('create table thing (id integer unique)', []);
  const { queue } = queueOf(connection, () => connection.commitBeside());
  const ids = [1, 2, 2, 3];
  const outcomes = await Promise.allSettled(ids.map((id) => queue.run('insert into thing values (?)', [id])));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(connection.all('select id from thing order by id', [])).toEqual([[1], [2], [3]]);
  connection.close();
});

it('one that fails before it has written makes nobody run again', async () => {
  const connection = connect(file, 1_000);
  connection.run('create table thing (id integer)', []);
  const { called, queue } = queueOf(connection, () => connection.commitBeside());
  let runs = 0;
  const good = (id: number) =>
    queue.change(async (sql) => {
      runs += 1;
      await sql.run('insert into thing values (?)', [id]);
    });
  const bad = queue.change(async (sql) => {
    await sql.all('select id from thing', []);
    throw new Error('refused');
  });
  await Promise.all([good(1), expect(bad).rejects.toThrow('refused'), good(2)]);
  expect(runs).toBe(2);
  expect(called.filter((name) => name === 'failed' || name === 'after')).toEqual(['after']);
  connection.close();
});

it('tells in the words of the store why a commit beside this thread failed', async () => {
  const connection = connect(file, 1_000);
  await expect(connection.commitBeside()).rejects.toThrow(/no transaction is active/);
  connection.close();
});

it('who is told of a commit reads it, however much is read meanwhile, and the log does not grow without end', async () => {
  const store = await openSqlite({ file });
  const limit = { reading: true, missed: 0 };
  const reading = (async () => {
    for (let seen = 0; limit.reading; await turn()) {
      const now = await count(store);
      if (now < seen) limit.missed += 1;
      seen = now;
      // What was read stays open until the turn ends.
      for (const began = performance.now(); performance.now() - began < 3; );
    }
  })();
  const body = JSON.stringify({ text: 'x'.repeat(1024 * 1024) });
  let largest = 0;
  for (let i = 1; i <= 200; i += 1) {
    await store.write(scope, (writer) => writer.insert([item(`vol-${i}`, body)]));
    if ((await count(store)) !== i) limit.missed += 1;
    largest = Math.max(largest, statSync(`${file}-wal`).size);
  }
  limit.reading = false;
  await reading;
  expect(limit.missed).toBe(0);
  // The log is copied at 64 MB; until a commit finds nobody reading, at most 16 of these are added.
  expect(largest / 1024 ** 2).toBeLessThan(100);
  await store.close();
});
