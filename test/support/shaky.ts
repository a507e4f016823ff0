import { type Store, StoreError } from '../../src/ports/store.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';

/** A store whose writes and claims fail while `failing` says so. */
export async function shaky(): Promise<{ store: Store; failing: Set<string> }> {
  const store = await openSqlite({ file: ':memory:' });
  const failing = new Set<string>();
  const check = (what: string) => {
    if (failing.has(what)) throw new StoreError('full', `${what}: the disk is full`);
  };
  const shaking: Store = {
    ...store,
    operations: {
      ...store.operations,
      claim: async (...args) => {
        check('claim');
        return store.operations.claim(...args);
      },
      nextDue: async () => {
        check('nextDue');
        return store.operations.nextDue();
      },
    },
    write: async (...args) => {
      check('write');
      if (failing.delete('one write')) throw new StoreError('unreachable', 'the connection broke');
      return store.write(...args);
    },
  };
  return { store: shaking, failing };
}
