import Database from 'libsql';
import Beside from 'libsql/promise';
import type { Row, Sql, Value } from '../repository/sql.ts';
import { troubleOf } from './trouble.ts';

/** One connection to a SQLite file. It answers at once: but for `commitBeside`, its calls are never promises. */
export interface Connection extends Sql {
  all(text: string, params: readonly Value[]): readonly Row[];
  one(text: string, params: readonly Value[]): Row | undefined;
  run(text: string, params: readonly Value[]): number;
  insert(text: string, params: readonly Value[], count: number): readonly number[];
  /**
   * Commits on a thread of its own, so that this one goes on while the disk works. A call on this connection meanwhile
   * waits for it.
   */
  commitBeside(): Promise<void>;
  /** How many statements that may write have begun here: a transaction that began none has nothing to be undone. */
  readonly writes: number;
  /** Whether a transaction is open: SQLite itself rolls back when the disk fails in the middle. */
  readonly inTransaction: boolean;
  close(): void;
}

/** More texts than the repository has; only a fault could make more, and then memory must not grow with it. */
const MOST_STATEMENTS = 1000;

/**
 * A text for both dialects in SQLite's words: a list arrives as one JSON array, a unary plus keeps indexes off. A statement that
 * is refused undoes the whole transaction: to be able to undo itself alone, it would copy each page before it writes.
 */
export function sqliteText(text: string): string {
  return text
    .replaceAll('in list(?)', 'in (select value from json_each(?))')
    .replaceAll('~', '+')
    .replace(/^(insert|update) /, '$1 or rollback ');
}

/** What cannot write. */
const READS = /^(select|pragma) /;

/** Lists become JSON; nothing is copied when there is none, as in most statements. */
function bound(params: readonly Value[]): readonly Value[] {
  for (const param of params) {
    if (typeof param === 'object' && param !== null) {
      return params.map((each) => (typeof each === 'object' && each !== null ? JSON.stringify(each) : each));
    }
  }
  return params;
}

/**
 * Opens a connection.
 * @param wait How long a statement waits for another connection's lock, in milliseconds.
 * @throws StoreError `unreadable`, `corrupt`, `locked`
 */
export function connect(file: string, wait: number): Connection {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw troubleOf(error, file);
    }
  };
  const database = guarded(() => new Database(file, { timeout: wait }));
  const statements = new Map<string, { readonly statement: Database.Statement; readonly reads: boolean }>();
  let writes = 0;
  const prepared = (text: string): Database.Statement => {
    let known = statements.get(text);
    if (known === undefined) {
      const statement = database.prepare(sqliteText(text));
      if (statement.reader) statement.raw(true);
      if (statements.size >= MOST_STATEMENTS) statements.clear();
      known = { statement, reads: READS.test(text) };
      statements.set(text, known);
    }
    if (!known.reads) writes += 1;
    return known.statement;
  };
  return {
    all: (text, params) => guarded(() => prepared(text).all(bound(params)) as Row[]),
    one: (text, params) =>
      guarded(() => {
        try {
          return prepared(text).get(bound(params)) as Row | undefined;
        } catch (error) {
          // libsql 0.5 does not reset a statement whose `get` failed: it would fail the same way ever after.
          statements.delete(text);
          throw error;
        }
      }),
    run: (text, params) => guarded(() => prepared(text).run(bound(params)).changes),
    insert: (text, params, count) =>
      guarded(() => {
        // The rows of one statement are numbered one after another. `returning` would cost half of what the insert costs.
        const first = Number(prepared(text).run(bound(params)).lastInsertRowid) - count + 1;
        return Array.from({ length: count }, (_, at) => first + at);
      }),
    commitBeside: async () => {
      try {
        // Both interfaces of libsql have the same native connection inside; only the other one's calls are promises.
        await Beside.prototype.exec.call(database as unknown as Beside, 'commit');
      } catch (error) {
        throw troubleOf(error, file);
      }
    },
    get writes() {
      return writes;
    },
    get inTransaction() {
      return database.inTransaction;
    },
    close() {
      statements.clear();
      database.close();
    },
  };
}
