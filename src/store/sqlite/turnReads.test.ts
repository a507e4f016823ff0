import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Connection, connect } from './connection.ts';
import { type TurnReads, turnReads } from './turnReads.ts';

let folder: string;
let writes: Connection;
let reads: Connection;
let read: TurnReads;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-turns-'));
  const open = () => connect(join(folder, 'store.db'), 1_000);
  writes = open();
  writes.all('pragma journal_mode = wal', []);
  writes.run('create table thing (id integer)', []);
  reads = open();
  read = turnReads(reads);
});
afterEach(() => {
  read.end();
  reads.close();
  writes.close();
  rmSync(folder, { recursive: true, force: true });
});

it('reads one committed state in a turn, and the next one after it', async () => {
  const count = () => read.one('select count(*) from thing', [])?.[0];
  expect(count()).toBe(0);
  writes.run('insert into thing values (1)', []);
  expect(count()).toBe(0);
  await turn();
  expect(reads.inTransaction).toBe(false);
  expect(count()).toBe(1);
});

it('ends when told to: then the log can be copied into the file, and what was committed is seen', () => {
  writes.run('insert into thing values (1)', []);
  read.all('select * from thing', []);
  writes.run('insert into thing values (2)', []);
  read.end();
  read.end();
  expect(writes.all('pragma wal_checkpoint(restart)', [])[0]?.[0]).toBe(0);
  expect(read.all('select * from thing', []).length).toBe(2);
});

it('a read that fails does not keep the next turn from reading', async () => {
  expect(() => read.all('select * from nothing', [])).toThrow();
  await turn();
  expect(reads.inTransaction).toBe(false);
  expect(read.all('select * from thing', [])).toEqual([]);
});
