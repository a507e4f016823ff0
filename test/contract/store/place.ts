import type { Entry, NewItem, NewOperation, Scope, Store } from '../../../src/ports/store.ts';

/** An empty place to store things in, which the suite opens as often as it likes. */
export interface Place {
  /** Opens what is stored there, as a server does. */
  open(): Promise<Store>;
  /** Opens it once more, beside an open store, as another process would. */
  openBeside(): Promise<Store>;
  /** Removes it. Every store must be closed. */
  remove(): Promise<void>;
}

export const HOME: Scope = { account: '111111111111', region: 'lab-1' };
export const OTHER: Scope = { account: '222222222222', region: 'lab-1' };
export const AWAY: Scope = { account: '111111111111', region: 'lab-2' };

export function newItem(id: string, entries: readonly Entry[] = [], scope: Scope = HOME, kind = 'volume'): NewItem {
  return { ...scope, kind, id, body: JSON.stringify({ id }), entries };
}

export function newOperation(id: string, subject: string, createdAt = 1000, scope: Scope = HOME): NewOperation {
  return { ...scope, id, name: 'volume.provision', subject, input: '{"a":1}', createdAt };
}

/** Inserts items in one transaction. */
export function put(store: Store, items: readonly NewItem[], scope: Scope = HOME) {
  return store.write(scope, (writer) => writer.insert(items));
}
