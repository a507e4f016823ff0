import type { Sql, Value } from '../repository/sql.ts';
import type { Connection } from './connection.ts';

/**
 * One commit carries at most so many transactions, and starts no more of them after this time (milliseconds). Larger
 * batches write a page that several of them change only once; meanwhile requests that only read have to wait.
 */
const LARGEST_BATCH = 128;
const LONGEST_BATCH = 20;

/**
 * Of so many commits one is made on this thread. A commit copies the log into the file when it has grown; only when
 * nobody reads meanwhile, all of it, so that the log begins anew.
 */
const COMMITS_BESIDE = 16;

/** A transaction that waits for its turn. */
interface Waiting {
  /** One statement fails as a whole, and needs no savepoint: the pages of a savepoint are all copied. */
  readonly oneStatement: boolean;
  /** Runs the body; gives what is to be done once it is durable. */
  run(): Promise<() => void>;
  reject(error: unknown): void;
}

/** Transactions one after another, many of them in one durable commit. */
export interface Commits {
  /** Runs the body as one transaction; resolves when it is durable. */
  change<T>(body: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs one statement as a transaction of its own; resolves when it is durable. */
  run(text: string, params: readonly Value[]): Promise<number>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

/** Runs one transaction in a savepoint of the batch. Gives how to tell its caller, or undefined when it failed. */
async function runOne(connection: Connection, waiting: Waiting): Promise<(() => void) | undefined> {
  const { oneStatement } = waiting;
  if (!oneStatement) connection.run('savepoint one', []);
  let done: () => void;
  try {
    done = await waiting.run();
  } catch (error) {
    waiting.reject(error);
    // When the disk fails, SQLite may have rolled back the whole batch: then all hear of it.
    if (!connection.inTransaction) throw error;
    if (!oneStatement) {
      connection.run('rollback to one', []);
      connection.run('release one', []);
    }
    return undefined;
  }
  if (!oneStatement) connection.run('release one', []);
  return done;
}

/**
 * Runs waiting transactions, each in a savepoint, and commits them together: a durable commit costs a hundred times
 * what the statements cost. When the commit fails, none of them has happened and all are refused.
 */
async function runBatch(
  connection: Connection,
  queue: Waiting[],
  around: AroundCommit,
  beside: boolean,
): Promise<void> {
  const done: (() => void)[] = [];
  const taken: Waiting[] = [];
  try {
    connection.run('begin immediate', []);
    around.begins();
    const until = performance.now() + LONGEST_BATCH;
    while (taken.length < LARGEST_BATCH && (taken.length === 0 || performance.now() < until)) {
      const waiting = queue.shift();
      if (waiting === undefined) break;
      taken.push(waiting);
      const tell = await runOne(connection, waiting);
      if (tell !== undefined) done.push(tell);
    }
    await around.before();
    around.commits();
    if (beside) await connection.commitBeside();
    else connection.run('commit', []);
    around.after();
  } catch (error) {
    around.failed();
    if (connection.inTransaction) connection.run('rollback', []);
    // Nobody taken yet: the transaction could not even begin, which the one at the head of the queue has to hear.
    if (taken.length === 0) queue.shift()?.reject(error);
    // Those that had failed on their own have been told already, and hear nothing new.
    for (const waiting of taken) waiting.reject(error);
    return;
  }
  for (const tell of done) tell();
}

/** What surrounds every commit. */
export interface AroundCommit {
  /** Nobody else can write from here to the commit. */
  readonly begins: () => void;
  /** Writes what all transactions of the commit have in common. */
  readonly before: () => Promise<void>;
  /** Right before the commit. Must not fail. */
  readonly commits: () => void;
  /** Before anyone is told. Must not fail. */
  readonly after: () => void;
  /** Nothing of the commit has happened. Must not fail. */
  readonly failed: () => void;
}

/**
 * The queue of a connection.
 * @param flushed Whether a commit waits for the disk. Then it is made beside this thread: a commit that does not is over
 *   sooner than another thread begins.
 */
export function commits(connection: Connection, flushed: boolean, around: AroundCommit): Commits {
  const queue: Waiting[] = [];
  const idlers: (() => void)[] = [];
  let running = false;
  let count = 0;
  const next = async (): Promise<void> => {
    count += 1;
    await runBatch(connection, queue, around, flushed && count % COMMITS_BESIDE !== 0);
    if (queue.length > 0) {
      setImmediate(next);
      return;
    }
    running = false;
    for (const idle of idlers.splice(0)) idle();
  };
  const add = <T>(oneStatement: boolean, body: (sql: Connection) => T | Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      queue.push({
        oneStatement,
        run: async () => {
          const result = await body(connection);
          return () => resolve(result);
        },
        reject,
      });
      if (running) return;
      running = true;
      setImmediate(next);
    });
  return {
    change: (body) => add(false, body),
    run: (text, params) => add(true, (sql) => sql.run(text, params)),
    idle: () => (running ? new Promise((resolve) => idlers.push(resolve)) : Promise.resolve()),
  };
}
