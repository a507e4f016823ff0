import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../ports/log.ts';
import { type Store, StoreError } from '../ports/store.ts';
import { Problem, storeProblem } from './config/problem.ts';
import type { Settings } from './config/settings.ts';

/** What opening a store depends on. */
export type StoreSettings = Pick<Settings, 'data' | 'memory' | 'database'>;

/** The folder where everything is kept, made when it is missing. */
export function needFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC') throw new Problem('full', `the disk of ${path} is full`, { cause: error });
    throw new Problem(
      'unreadable',
      `the data folder ${path} cannot be used (${code}): check its owner and permissions, or name another with --data`,
      { cause: error },
    );
  }
}

/** The embedded store's file in a data folder. */
export const storeFile = (data: string): string => join(data, 'elsewhere.db');

/** Opens the store of these settings. `serving`: this process is the one that serves an embedded store. */
export async function openStore(settings: StoreSettings, serving: boolean): Promise<Store> {
  try {
    if (settings.database !== undefined) {
      const { openPostgres } = await import('../store/postgres/open.ts');
      return await openPostgres({ url: settings.database });
    }
    const { openSqlite } = await import('../store/sqlite/open.ts');
    if (settings.memory) return await openSqlite({ file: ':memory:' });
    needFolder(settings.data);
    return await openSqlite({ file: storeFile(settings.data), exclusive: serving });
  } catch (error) {
    throw error instanceof StoreError ? storeProblem(error) : error;
  }
}

/** Closes the store; what it says when it is closed twice or the disk is gone belongs in the log, not in the user's way. */
export async function closeStore(store: Store, log: Log): Promise<void> {
  await store.close().catch((error: unknown) => log.warn({ err: error }, 'the store did not close cleanly'));
}
