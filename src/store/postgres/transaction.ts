import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { type Scope, StoreError } from '../../ports/store.ts';
import type { Sql } from '../repository/sql.ts';
import { type Statements, sqlOn } from './connection.ts';
import { isUndone, troubleOf } from './trouble.ts';

/** A transaction that the server undid is run again, at most so many times in all. */
const ATTEMPTS = 5;

/** The advisory lock of a scope: 64 bits of a hash of its name, signed, as PostgreSQL wants it. */
export function lockOf(scope: Scope): bigint {
  const hash = createHash('sha256').update(`${scope.account}\n${scope.region}`).digest();
  return hash.readBigInt64BE(0);
}

/** The connection may be in any state: it is thrown away. Otherwise it goes back to the pool. */
function giveBack(client: PoolClient, broken: boolean): void {
  client.release(broken);
}

/** Commits. What was not answered may have happened or not; only the caller can decide what to do about that. */
async function commit(client: PoolClient): Promise<void> {
  let command: string;
  try {
    command = (await client.query('commit')).command;
  } catch (error) {
    if (isUndone(error)) throw error;
    throw new StoreError('unreachable', 'PostgreSQL did not answer a commit: it may or may not have happened', {
      cause: error,
    });
  }
  // A transaction in which a statement failed answers a commit with ROLLBACK.
  if (command !== 'COMMIT') throw new Error('a statement of the transaction had failed: nothing was written');
}

async function attempt<T>(
  pool: Pool,
  known: Statements,
  lock: bigint | undefined,
  body: (sql: Sql) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error) => Promise.reject(troubleOf(error)));
  // A connection that breaks between two statements says so here; the next statement fails and is answered for.
  let broken = false;
  const onError = (): void => {
    broken = true;
  };
  client.on('error', onError);
  try {
    // With the lock first, each statement after it sees everything that earlier writers of the scope have committed.
    await client.query(lock === undefined ? 'begin' : `begin; select pg_advisory_xact_lock(${lock})`);
    const result = await body(sqlOn(client, known));
    await commit(client);
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true;
    });
    throw troubleOf(error);
  } finally {
    client.off('error', onError);
    giveBack(client, broken);
  }
}

/**
 * Runs the body as one transaction, after the lock. The server may undo it because of others (SQLSTATE 40001, 40P01);
 * then nothing has happened and it runs again.
 * Rows of one scope get their numbers behind the lock, so they become visible in the order of their `seq`; those of
 * different scopes may not.
 * @throws StoreError `locked` when it was undone each time; `unreachable`; after a commit that was not answered it is never run again.
 */
export async function transaction<T>(
  pool: Pool,
  known: Statements,
  lock: bigint | undefined,
  body: (sql: Sql) => Promise<T>,
): Promise<T> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await attempt(pool, known, lock, body);
    } catch (error) {
      if (!isUndone(error)) throw error;
      if (left === 0) {
        const said = `PostgreSQL undid a transaction ${ATTEMPTS} times because of others`;
        throw new StoreError('locked', said, { cause: error });
      }
    }
  }
}

/** Work of one key, one after another within this process, so that waiting writers do not hold connections. */
export interface Turns {
  take<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when all work has ended. */
  idle(): Promise<void>;
}

export function turns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    take(key, work) {
      const before = last.get(key) ?? Promise.resolve();
      const result = before.then(work);
      const ended: Promise<void> = result.then(
        () => undefined,
        () => undefined,
      );
      last.set(key, ended);
      ended.then(() => {
        if (last.get(key) === ended) last.delete(key);
      });
      return result;
    },
    async idle() {
      while (last.size > 0) await Promise.all(last.values());
    },
  };
}
