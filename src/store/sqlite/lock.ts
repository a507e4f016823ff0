import { connect } from './connection.ts';

/** Held by the process that serves a store; freed by the system when the process ends, however it ends. */
export interface ServingLock {
  free(): void;
}

/**
 * Takes the lock of a store: an exclusive transaction on a database beside it (`FILE-lock`), left open. The store's own
 * file stays free for short commands of other processes.
 * @throws StoreError `locked` when another process serves the store.
 */
export function takeServingLock(file: string): ServingLock {
  const connection = connect(`${file}-lock`, 0);
  try {
    connection.run('begin exclusive', []);
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    free() {
      connection.run('rollback', []);
      connection.close();
    },
  };
}
