import { Pool } from 'pg';
import type { Store } from '../../ports/store.ts';
import { operationQueue } from '../repository/operations.ts';
import { reader } from '../repository/reader.ts';
import { revisions } from '../repository/revisions.ts';
import { shelf } from '../repository/shelf.ts';
import type { Sql } from '../repository/sql.ts';
import { terms } from '../repository/terms.ts';
import { sharedUsages } from '../repository/usages.ts';
import { type Counted, runTransaction } from '../repository/writer.ts';
import { LATEST, migrate, versionOf } from '../schema/migrate.ts';
import type { Words } from '../schema/migration.ts';
import { type Statements, sqlOn, statements, TYPES } from './connection.ts';
import { lockOf, transaction, turns } from './transaction.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. The database must exist; its tables are created. */
  readonly url: string;
  /** The most connections of this process; 10 unless told. */
  readonly poolSize?: number;
}

const WORDS: Words = { serial: 'bigserial primary key', text: 'text collate "C"', clustered: '', json: 'body::json' };

/** How long to wait for a connection, in milliseconds. */
const CONNECT = 10_000;

/** Processes that start together migrate one after another. */
const MIGRATION = lockOf({ account: 'elsewhere', region: 'migration' });

/** Brings the schema up to date. */
async function prepareSchema(pool: Pool, known: Statements): Promise<void> {
  await transaction(pool, known, MIGRATION, async (sql) => {
    const [row] = await sql.all("select to_regclass('meta') is not null", []);
    if (row?.[0] && (await versionOf(sql)) === LATEST) return;
    await migrate(sql, WORDS);
  });
}

function storeOn(pool: Pool, known: Statements): Store {
  const read = sqlOn(pool, known);
  const scopes = turns();
  const words = terms();
  let changes = 0;
  const change = <T>(body: (sql: Sql) => Promise<T>): Promise<T> =>
    scopes.take(`change ${changes++}`, () => transaction(pool, known, undefined, body));
  let closed: Promise<void> | undefined;
  return {
    read: reader(read),
    operations: operationQueue({ read, change, skipLocked: 'for update skip locked' }),
    write(scope, body) {
      const key = `scope ${scope.account}\n${scope.region}`;
      const lock = lockOf(scope);
      const counting = <T>(work: (sql: Sql, counted: Counted) => Promise<T>) =>
        scopes.take(key, () =>
          transaction(pool, known, lock, async (sql) => {
            const counted = { revisions: revisions(), usages: sharedUsages() };
            const result = await work(sql, counted);
            await counted.revisions.flush(sql);
            return result;
          }),
        );
      return runTransaction(counting, words, body);
    },
    shelf: (name) => shelf({ read, run: (text, params) => change(async (sql) => sql.run(text, params)) }, name),
    async ping() {
      await read.all('select version from meta', []);
    },
    close() {
      closed ??= scopes.idle().then(() => pool.end());
      return closed;
    },
  };
}

/**
 * Opens a store in a PostgreSQL database, which any number of processes may share.
 * @throws StoreError `unreachable` (also when the log-in is refused), `too-new`
 */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const pool = new Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: CONNECT,
    // A server whose computer is gone says nothing: only the network layer can notice.
    keepAlive: true,
    types: TYPES,
  });
  // A connection that breaks while nobody uses it is replaced; whoever needs the server next hears of its trouble.
  pool.on('error', () => undefined);
  const known = statements();
  try {
    await prepareSchema(pool, known);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return storeOn(pool, known);
}
