import type { Sql } from './sql.ts';

/** The connection of one transaction. */
export interface Bounded {
  readonly sql: Sql;
  /** @throws when one of its statements has failed */
  check(): void;
  /** The transaction is over. */
  end(): void;
}

const FAILED = 'a statement of the transaction had failed: nothing was written';
const OVER = 'the transaction of this writer is over: its calls must be awaited inside the body';

/**
 * A connection that refuses to work once its transaction is over, or one of its statements has failed: the database has
 * undone the transaction then, whatever the body makes of the error, and what came after it would be on its own.
 * (PostgreSQL sees to that itself.)
 */
export function bounded(sql: Sql): Bounded {
  let over: string | undefined;
  const check = (): void => {
    if (over !== undefined) throw new Error(over);
  };
  const guarded = <T>(work: () => T): T => {
    check();
    try {
      return work();
    } catch (error) {
      over = FAILED;
      throw error;
    }
  };
  return {
    sql: {
      all: (text, params) => guarded(() => sql.all(text, params)),
      one: (text, params) => guarded(() => sql.one(text, params)),
      run: (text, params) => guarded(() => sql.run(text, params)),
      insert: (text, params, count) => guarded(() => sql.insert(text, params, count)),
    },
    check,
    end() {
      over = OVER;
    },
  };
}
