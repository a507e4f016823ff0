import { StoreError } from '../../ports/store.ts';
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
  /** Runs the body, a second time where it has to be run again; gives what is to be done once it is durable. */
  run(): Promise<() => void>;
  reject(error: unknown): void;
}

/** Transactions one after another, many of them in one durable commit. */
export interface Commits {
  /** Runs the body as one transaction, again when another of the same commit has failed; resolves when it is durable. */
  change<T>(body: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs one statement as a transaction of its own; resolves when it is durable. */
  run(text: string, params: readonly Value[]): Promise<number>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

/** What the transactions of a batch have come to. */
interface Batch {
  /** Those that are to be committed together. */
  readonly taken: Waiting[];
  /** How to tell them of it. */
  readonly done: (() => void)[];
  /** One failed after it had written: nothing of the batch may be committed. */
  spoilt: boolean;
}

/** Runs one transaction of the batch. One that fails before it has written leaves nothing to undo. */
async function runOne(connection: Connection, waiting: Waiting, batch: Batch): Promise<void> {
  const written = connection.writes;
  try {
    batch.done.push(await waiting.run());
    batch.taken.push(waiting);
  } catch (error) {
    waiting.reject(error);
    // When the disk fails, SQLite may have rolled back the whole batch: then all hear of it.
    if (error instanceof StoreError && !connection.inTransaction) throw error;
    batch.spoilt = connection.writes !== written;
  }
}

/** Runs transactions until the batch is large enough, none waits any more, or one has spoilt it. */
async function fill(connection: Connection, queue: Waiting[], most: number, batch: Batch): Promise<void> {
  const until = performance.now() + LONGEST_BATCH;
  for (let count = 0; count < most && !batch.spoilt; count += 1) {
    if (count > 0 && performance.now() >= until) return;
    const waiting = queue.shift();
    if (waiting === undefined) return;
    await runOne(connection, waiting, batch);
  }
}

/**
 * Runs waiting transactions and commits them together: a durable commit costs a hundred times what the statements cost.
 * When the commit fails, none of them has happened and all are refused. Savepoints would cost a launch a tenth of its
 * statements; so when one fails after it has written, everything is rolled back, and those before it go to the head of
 * the queue, to be run again.
 * @returns how many were put back: they make the next batch
 */
async function runBatch(
  connection: Connection,
  queue: Waiting[],
  { most, beside, around }: { readonly most: number; readonly beside: boolean; readonly around: AroundCommit },
): Promise<number> {
  const batch: Batch = { taken: [], done: [], spoilt: false };
  const undo = (): void => {
    around.failed();
    if (connection.inTransaction) connection.run('rollback', []);
  };
  try {
    connection.run('begin immediate', []);
    around.begins();
  } catch (error) {
    undo();
    // Nobody taken yet: the one at the head of the queue has to hear.
    queue.shift()?.reject(error);
    return 0;
  }
  try {
    await fill(connection, queue, most, batch);
    if (batch.spoilt) {
      undo();
      queue.unshift(...batch.taken);
      return batch.taken.length;
    }
    await around.before();
    around.commits();
    if (beside) await connection.commitBeside();
    else connection.run('commit', []);
    around.after();
  } catch (error) {
    undo();
    for (const waiting of batch.taken) waiting.reject(error);
    return 0;
  }
  for (const tell of batch.done) tell();
  return 0;
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
  let again = 0;
  const next = async (): Promise<void> => {
    count += 1;
    const beside = flushed && count % COMMITS_BESIDE !== 0;
    again = await runBatch(connection, queue, { most: again || LARGEST_BATCH, beside, around });
    if (queue.length > 0) {
      setImmediate(next);
      return;
    }
    running = false;
    for (const idle of idlers.splice(0)) idle();
  };
  const add = <T>(body: (sql: Connection) => T | Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      queue.push({
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
    change: add,
    run: (text, params) => add((sql) => sql.run(text, params)),
    idle: () => (running ? new Promise((resolve) => idlers.push(resolve)) : Promise.resolve()),
  };
}
