import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { HOME, newItem, put } from '../contract/store/place.ts';

const VOLUMES = { ...HOME, kind: 'volume' };
const UNREACHABLE = { name: 'StoreError', trouble: 'unreachable' };
let admin: Client;
let name: string;
let url: string;

beforeEach(async () => {
  const server = process.env.ELSEWHERE_TEST_POSTGRES;
  if (!server) throw new Error('ELSEWHERE_TEST_POSTGRES must be the postgres:// URL of a server to test on');
  admin = new Client({ connectionString: server });
  await admin.connect();
  name = `elsewhere_${randomBytes(6).toString('hex')}`;
  await admin.query(`create database ${name}`);
  const own = new URL(server);
  own.pathname = `/${name}`;
  url = own.href;
});
afterEach(async () => {
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
});

/** Ends every connection of the test's database, as a restart of the server would. */
const cut = () => admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);

describe('a PostgreSQL store in trouble', () => {
  it('says that there is no server, no such database, no such user', async () => {
    await expect(openPostgres({ url: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toMatchObject(UNREACHABLE);
    const other = new URL(url);
    other.pathname = '/elsewhere_not_there';
    await expect(openPostgres({ url: other.href })).rejects.toMatchObject(UNREACHABLE);
  });

  it('says that a later program has written the database', async () => {
    await (await openPostgres({ url })).close();
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query('update meta set version = 99');
    await client.end();
    await expect(openPostgres({ url })).rejects.toMatchObject({ trouble: 'too-new' });
  });

  it('refuses a write whose connection breaks, writes nothing of it, and goes on', async () => {
    const store = await openPostgres({ url });
    let bodies = 0;
    const broken = store.write(HOME, async (writer) => {
      bodies++;
      await writer.insert([newItem('vol-1')]);
      await cut();
      await writer.insert([newItem('vol-2')]);
    });
    await expect(broken).rejects.toMatchObject(UNREACHABLE);
    expect(bodies).toBe(1);
    await put(store, [newItem('vol-3')]);
    expect((await store.read.heads(VOLUMES)).map((head) => head.id)).toEqual(['vol-3']);
    await store.close();
  });

  it('never runs a body again when its commit was not answered', async () => {
    const store = await openPostgres({ url });
    let bodies = 0;
    const unsure = store.write(HOME, async (writer) => {
      bodies++;
      await writer.insert([newItem('vol-1')]);
      await cut();
    });
    await expect(unsure).rejects.toMatchObject(UNREACHABLE);
    expect(bodies).toBe(1);
    await store.close();
  });

  it('survives the loss of idle connections', async () => {
    const store = await openPostgres({ url });
    await Promise.all(Array.from({ length: 5 }, (_, at) => put(store, [newItem(`vol-${at}`)])));
    await cut();
    await expect
      .poll(() =>
        store.ping().then(
          () => 'up',
          () => 'down',
        ),
      )
      .toBe('up');
    expect(await store.read.count(VOLUMES)).toBe(5);
    await store.close();
  });

  it('lets several processes open a new database at once', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgres({ url, poolSize: 2 })));
    await Promise.all(stores.map((store, at) => put(store, [newItem(`vol-${at}`)])));
    expect(await stores[0]!.read.count(VOLUMES)).toBe(4);
    expect(await stores[1]!.read.revision(HOME, ['volume'])).toBe(4);
    await Promise.all(stores.map((store) => store.close()));
  });
});
