import { type Store, StoreError } from '../../ports/store.ts';
import { operationQueue } from '../repository/operations.ts';
import { reader } from '../repository/reader.ts';
import { revisions, type Touched } from '../repository/revisions.ts';
import { shelf } from '../repository/shelf.ts';
import { terms } from '../repository/terms.ts';
import { soleUsages } from '../repository/usages.ts';
import { runTransaction } from '../repository/writer.ts';
import { LATEST, migrate, versionOf } from '../schema/migrate.ts';
import type { Words } from '../schema/migration.ts';
import { commits } from './commits.ts';
import { type Connection, connect } from './connection.ts';
import { type ServingLock, takeServingLock } from './lock.ts';
import { rememberedRevisions } from './rememberedRevisions.ts';
import { temporaryFile } from './temporary.ts';
import { turnReads } from './turnReads.ts';

export interface SqliteOptions {
  /** Path of the database file, or `:memory:` for a store that is gone when it is closed. */
  readonly file: string;
  /**
   * Whether this process serves the store (default). Only one may. A short command says `false`: it then works beside
   * a serving process, and may create the store, but not change the schema under a server.
   */
  readonly exclusive?: boolean;
  /** The file does not grow beyond this size, in bytes; writes are then refused as if the disk were full. */
  readonly maxBytes?: number;
}

const WORDS: Words = {
  serial: 'integer primary key autoincrement',
  text: 'text',
  clustered: 'without rowid',
  json: 'body',
};

/** How long one process waits for another's write, in milliseconds. */
const WAIT = 5000;

const PAGE = 4096;

/**
 * The log is copied into the file when it has grown to this many pages (64 MB). Ids are random, so each commit changes
 * many pages of the indexes; the longer the log, the more often a page has changed before it is copied once.
 */
const LOG_PAGES = 16_000;

/** Each connection keeps this much of the file, in KiB; the system's own cache keeps the rest. */
const CACHE = 32 * 1024;

function prepareConnection(connection: Connection, durable: boolean): void {
  connection.all(`pragma page_size = ${PAGE}`, []);
  connection.all('pragma journal_mode = wal', []);
  // A longer log writes pages that change often, such as the ends of indexes, to the file once.
  connection.all(`pragma wal_autocheckpoint = ${LOG_PAGES}`, []);
  // FULL: the log is on disk before a commit returns.
  connection.all(`pragma synchronous = ${durable ? 'full' : 'off'}`, []);
  connection.all(`pragma cache_size = ${-CACHE}`, []);
  connection.all('pragma temp_store = memory', []);
}

/** Whether the schema is the one this program writes; throws when it is a later one. */
async function current(connection: Connection): Promise<boolean> {
  const [meta] = connection.all("select count(*) from sqlite_schema where type = 'table' and name = 'meta'", []);
  if (meta?.[0] !== 1) return false;
  return (await versionOf(connection)) === LATEST;
}

async function migrateIn(connection: Connection): Promise<void> {
  connection.run('begin immediate', []);
  try {
    await migrate(connection, WORDS);
    connection.run('commit', []);
  } catch (error) {
    if (connection.inTransaction) connection.run('rollback', []);
    throw error;
  }
}

/** Brings the schema up to date. A process that does not serve the store takes the lock for as long as that takes. */
async function prepareSchema(connection: Connection, file: string, served: boolean): Promise<void> {
  if (await current(connection)) return;
  const lock: ServingLock | undefined = served ? undefined : takeServingLock(file);
  try {
    await migrateIn(connection);
  } finally {
    lock?.free();
  }
}

/** One connection writes, one sees only what is committed. `flushed`: whether a commit waits for the disk. */
interface Connections {
  readonly write: Connection;
  readonly read: Connection;
  readonly flushed: boolean;
}

/** The store on its two connections. `free` closes both. */
function storeOn({ write, read, flushed }: Connections, free: () => void): Store {
  const turn = turnReads(read);
  const reads = reader(turn);
  const usages = soleUsages();
  const remembered = rememberedRevisions(write, reads, () => {
    // What another process has written is to be seen from here on.
    turn.end();
    usages.forget();
  });
  const counted = { revisions: revisions(), usages, committed: remembered.revision };
  let touched: readonly Touched[] = [];
  const queue = commits(write, flushed, {
    begins: remembered.begins,
    before: async () => {
      await usages.flush(write);
      touched = await counted.revisions.flush(write);
    },
    commits: turn.end,
    after: () => {
      // Who is told of the commit sees it.
      turn.end();
      remembered.committed(touched);
    },
    failed: () => {
      usages.forget();
      counted.revisions.forget();
      remembered.failed();
    },
  });
  const access = { read: turn, change: queue.change, skipLocked: '' };
  const known = terms();
  let closed = false;
  const change: typeof queue.change = (body) =>
    closed ? Promise.reject(new Error('the store is closed')) : queue.change(body);
  const run: typeof queue.run = (text, params) =>
    closed ? Promise.reject(new Error('the store is closed')) : queue.run(text, params);
  return {
    read: { ...reads, revision: remembered.revision, settledRevision: remembered.revision },
    operations: operationQueue({ ...access, change }),
    write: (_scope, body) => runTransaction((work) => change((sql) => work(sql, counted)), known, body),
    shelf: (name) => shelf({ read: turn, run }, name),
    async ping() {
      turn.all('select version from meta', []);
    },
    async close() {
      if (closed) return;
      closed = true;
      await queue.idle();
      try {
        // What is in the log goes into the file, so that the file alone is the store.
        turn.end();
        write.all('pragma wal_checkpoint(truncate)', []);
      } finally {
        free();
      }
    },
  };
}

/** What is open so far, to be given back when the next step fails, or at the end. */
function opened(): { add(close: () => void): void; closeAll(): void } {
  const steps: (() => void)[] = [];
  return {
    add: (close) => steps.push(close),
    closeAll() {
      for (const close of steps.splice(0).reverse()) close();
    },
  };
}

/**
 * Opens a store in a SQLite file, creating it if there is none. `:memory:` is a temporary file that is not flushed to
 * disk and is removed when the store is closed: SQLite's own memory databases cannot give a reader the committed state
 * while a transaction runs.
 * @throws StoreError `unreadable`, `corrupt`, `locked` (another process serves the store), `too-new`, `full`
 */
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const held = opened();
  try {
    const temporary = options.file === ':memory:' ? temporaryFile() : undefined;
    if (temporary !== undefined) held.add(temporary.remove);
    const file = temporary?.file ?? options.file;
    const exclusive = options.exclusive ?? true;
    if (exclusive) held.add(lockOf(file));
    const write = connect(file, WAIT);
    held.add(write.close);
    const flushed = temporary === undefined;
    prepareConnection(write, flushed);
    if (options.maxBytes !== undefined) {
      write.all(`pragma max_page_count = ${Math.max(1, Math.floor(options.maxBytes / PAGE))}`, []);
    }
    await prepareSchema(write, file, exclusive);
    const read = connect(file, WAIT);
    held.add(read.close);
    prepareConnection(read, flushed);
    return storeOn({ write, read, flushed }, held.closeAll);
  } catch (error) {
    held.closeAll();
    throw error;
  }
}

function lockOf(file: string): () => void {
  try {
    return takeServingLock(file).free;
  } catch (error) {
    if (!(error instanceof StoreError) || error.trouble !== 'locked') throw error;
    throw new StoreError('locked', `${file}: another process serves this store`, { cause: error });
  }
}
