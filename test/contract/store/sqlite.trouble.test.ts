import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Store, StoreError, type StoreTrouble } from '../../../src/ports/store.ts';
import { openSqlite } from '../../../src/store/sqlite/open.ts';
import { HOME, newItem, newOperation, put } from './place.ts';

const VOLUMES = { ...HOME, kind: 'volume' };
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elsewhere-trouble-'));
  file = join(folder, 'store.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function troubleOf(work: Promise<unknown>): Promise<StoreTrouble> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return (error as StoreError).trouble;
}

describe('a SQLite store that cannot be opened', () => {
  it('says that its folder is missing, or that it is a folder', async () => {
    const missing = join(folder, 'no', 'store.db');
    expect(await troubleOf(openSqlite({ file: missing }))).toBe('unreadable');
    await expect(openSqlite({ file: missing })).rejects.toThrow(missing);
    mkdirSync(file);
    expect(await troubleOf(openSqlite({ file }))).toBe('unreadable');
  });

  it('says that the file is not a database, and can be opened once it is repaired', async () => {
    writeFileSync(file, 'no database, only text. '.repeat(500));
    expect(await troubleOf(openSqlite({ file }))).toBe('corrupt');
    rmSync(file);
    await (await openSqlite({ file })).close();
  });

  it('says that the file is damaged', async () => {
    const store = await openSqlite({ file });
    await put(
      store,
      Array.from({ length: 200 }, (_, at) => newItem(`vol-${at}`, [['state', 'x']])),
    );
    await store.close();
    for (const name of readdirSync(folder)) if (name !== 'store.db') rmSync(join(folder, name));
    const handle = openSync(file, 'r+');
    // Everything behind the first page is noise: the header still says that this is a database.
    writeSync(handle, Buffer.alloc(200_000, 0x5a), 0, 200_000, 4096);
    closeSync(handle);
    const read = async (): Promise<unknown> => {
      const opened = await openSqlite({ file });
      try {
        return await opened.read.items(VOLUMES);
      } finally {
        await opened.close();
      }
    };
    expect(await troubleOf(read())).toBe('corrupt');
  });

  it('says that another server has it, while commands may work beside', async () => {
    const store = await openSqlite({ file });
    expect(await troubleOf(openSqlite({ file }))).toBe('locked');
    const command = await openSqlite({ file, exclusive: false });
    await put(command, [newItem('vol-1')]);
    await command.close();
    expect(await store.read.count(VOLUMES)).toBe(1);
    await store.close();
    await (await openSqlite({ file })).close();
  });

  it('says that a later program has written it', async () => {
    await (await openSqlite({ file })).close();
    const database = new Database(file);
    database.exec('update meta set version = 99');
    database.close();
    expect(await troubleOf(openSqlite({ file }))).toBe('too-new');
  });

  it('may be created by a command, but not changed under a server', async () => {
    const command = await openSqlite({ file, exclusive: false });
    const store = await openSqlite({ file });
    await command.close();
    const database = new Database(file);
    database.exec('update meta set version = 0');
    database.close();
    expect(await troubleOf(openSqlite({ file, exclusive: false }))).toBe('locked');
    await store.close();
  });
});

describe('a SQLite store whose disk is full', () => {
  const big = 'x'.repeat(3000);
  const fill = (store: Store, from: number) =>
    Array.from({ length: 20 }, (_, at) =>
      store.write(HOME, async (writer) => {
        await writer.insert([{ ...newItem(`vol-${from + at}`, [['state', 'x']]), body: big }]);
        await writer.startOperations([newOperation(`op-${from + at}`, `vol-${from + at}`)], { owner: 'me', until: 1 });
      }),
    );

  it('refuses what does not fit, keeps what it has acknowledged, and goes on when there is room', async () => {
    const small = await openSqlite({ file, maxBytes: 600_000 });
    const kept = new Set<string>();
    const troubles: unknown[] = [];
    for (let from = 0; from < 400; from += 20) {
      const outcomes = await Promise.allSettled(fill(small, from));
      outcomes.forEach((outcome, at) => {
        if (outcome.status === 'fulfilled') kept.add(`vol-${from + at}`);
        else troubles.push(outcome.reason);
      });
    }
    expect(kept.size).toBeGreaterThan(20);
    expect(troubles.length).toBeGreaterThan(20);
    for (const trouble of troubles) expect(trouble).toMatchObject({ name: 'StoreError', trouble: 'full' });
    const ids = async (store: Store) => (await store.read.heads(VOLUMES)).map((head) => head.id);
    expect(new Set(await ids(small))).toEqual(kept);
    expect(await small.operations.pending()).toBe(kept.size);
    await small.close();
    const roomy = await openSqlite({ file });
    expect(new Set(await ids(roomy))).toEqual(kept);
    await Promise.all(fill(roomy, 1000));
    expect(await roomy.read.count(VOLUMES)).toBe(kept.size + 20);
    await roomy.close();
  });
});

describe('a SQLite store in memory', () => {
  it('leaves nothing behind', async () => {
    vi.stubEnv('TMPDIR', folder);
    const store = await openSqlite({ file: ':memory:' });
    await put(store, [newItem('vol-1')]);
    const other = await openSqlite({ file: ':memory:' });
    expect(await other.read.count(VOLUMES)).toBe(0);
    expect(await store.read.count(VOLUMES)).toBe(1);
    expect(readdirSync(folder)).toHaveLength(2);
    await other.close();
    await store.close();
    expect(readdirSync(folder)).toEqual([]);
    vi.unstubAllEnvs();
  });
});
