import type { Connection } from './connection.ts';

/** Reads of one event-loop turn, all of the same committed state. */
export interface TurnReads extends Pick<Connection, 'all' | 'one' | 'run' | 'insert'> {
  /** The next read sees what is committed by then. */
  end(): void;
}

/**
 * Runs the reads of one turn of the event loop in one read transaction: taking and giving back the lock on the log
 * costs as much as a look-up by id. `end` comes before every commit of this process, so that nothing stands in the way
 * of copying the log into the file, and nobody who was told of a change reads what was before.
 */
export function turnReads(connection: Connection): TurnReads {
  let open = false;
  const end = (): void => {
    if (!open) return;
    open = false;
    connection.run('commit', []);
  };
  const begin = (): void => {
    if (open) return;
    connection.run('begin', []);
    open = true;
    setImmediate(end);
  };
  const within =
    <A extends readonly unknown[], R>(read: (...args: A) => R) =>
    (...args: A): R => {
      begin();
      return read(...args);
    };
  return {
    all: within(connection.all),
    one: within(connection.one),
    run: within(connection.run),
    insert: within(connection.insert),
    end,
  };
}
