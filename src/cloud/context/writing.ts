import type { Resource, Row, StatefulRow } from '../../kernel/resource.ts';
import { newId } from '../../ports/ids.ts';
import type { NewOperation, OperationRecord, Scope, Writer } from '../../ports/store.ts';
import type { OperationDeclaration } from '../operation/operation.ts';
import { type QuotaName, takeQuota } from '../quota/quota.ts';
import { Changes } from './changes.ts';
import { type Reading, reading } from './reading.ts';
import type { World } from './world.ts';

/** What an insert needs of a row: the rest (id, owner, time, tags) is filled in unless given. */
export type NewRow<R extends Row> = Omit<R, 'id' | 'account' | 'region' | 'createdAt' | 'tags'> &
  Partial<Pick<R, 'id' | 'createdAt' | 'tags'>>;

/** One transaction: everything that an action or an operation's commit may do. */
export interface Writing extends Reading {
  /** The row given becomes the new row: nobody may use it for anything else. */
  insert<R extends Row>(resource: Resource<R>, row: NewRow<R>): Promise<R>;
  insertAll<R extends Row>(resource: Resource<R>, rows: readonly NewRow<R>[]): Promise<readonly R[]>;
  /** Changes members of a row that this transaction has read. Gives the new row. */
  update<R extends Row>(resource: Resource<R>, row: R, changes: Partial<R>): Promise<R>;
  /**
   * Moves a row along its state machine, changing other members with it.
   * An event that the state does not know is refused with the resource's code and `message`.
   */
  on<R extends StatefulRow, State extends string, Event extends string>(
    resource: Resource<R, unknown, State, Event>,
    row: R,
    event: Event,
    changes?: Partial<R>,
    message?: string,
  ): Promise<R>;
  remove<R extends Row>(resource: Resource<R>, row: R): Promise<void>;
  /** Takes from a quota, or refuses with the quota's code. */
  take(quota: QuotaName, amount: number): Promise<void>;
  /** Gives back what was taken. */
  give(quota: QuotaName, amount: number): Promise<void>;
  /** Raises a counter that all accounts of the region share. Gives its new value. */
  countUp(counter: string, amount: number): Promise<number>;
  /** Adds to a counter of the account in the region, which `counter` reads. Gives its new value. */
  add(counter: string, amount: number): Promise<number>;
  /** Starts durable work once this transaction is durable. Operations of one subject run one after another. */
  start<I>(operation: OperationDeclaration<I>, subject: string, input: I): Promise<void>;
  /** Ids of the operations started so far. */
  readonly started: readonly string[];
  /** A new id for a resource. */
  newId<R extends Row>(resource: Resource<R>): string;
}

/** A transaction with the operations that it started. */
export interface Transaction {
  readonly tx: Writing;
  /** Stores what is held back and what `start` collected; call it last, inside the same write. */
  flush(): Promise<readonly OperationRecord[]>;
}

/**
 * Rows as they are stored, from what an action knows of them. The rows given are taken over, not copied: copying the row of
 * an instance costs as much as planning it.
 */
function filled<R extends Row>(
  { account, region, now }: Reading,
  resource: Resource<R>,
  news: readonly NewRow<R>[],
  newId: (resource: Pick<Resource, 'prefix'>) => string,
): readonly R[] {
  return news.map((row) => {
    const id = row.id ?? newId(resource);
    const filling = { id, account, region, createdAt: row.createdAt ?? now, tags: row.tags ?? {} };
    return Object.assign(row, filling) as unknown as R;
  });
}

/** Builds the transaction of `scope` on `writer`. */
export function writing(world: World, scope: Scope, writer: Writer): Transaction {
  const changes = new Changes(scope, writer);
  const read = reading(world, scope, changes.reader(), (seen) => changes.remember(seen));
  const starting: NewOperation[] = [];
  const started: string[] = [];
  /** Ids that nothing had before this transaction. */
  const fresh = new Set<string>();
  const freshId = ({ prefix }: Pick<Resource, 'prefix'>): string => {
    const id = newId(world.random, prefix);
    fresh.add(id);
    return id;
  };
  const insertAll = async <R extends Row>(resource: Resource<R>, news: readonly NewRow<R>[]) => {
    const rows = filled(read, resource, news, freshId);
    await changes.insert(resource, rows);
    return rows;
  };
  const more: Omit<Writing, keyof Reading> = {
    insert: async (resource, row) => (await insertAll(resource, [row]))[0]!,
    insertAll,
    update: async (resource, row, changed) => changes.update(resource, row.id, changed),
    on: async (resource, row, event, changed, message) => changes.on(resource, row.id, event, changed, message),
    remove: (resource, row) => changes.remove(resource.kind, row.id),
    take: (quota, amount) => takeQuota(world, scope, writer, quota, amount),
    give: async (quota, amount) => {
      await writer.addUsage(scope, quota, -amount);
    },
    countUp: (counter, amount) => writer.addUsage({ account: '*', region: scope.region }, counter, amount),
    add: (counter, amount) => writer.addUsage(scope, counter, amount),
    start: async (operation, subject, input) => {
      const id = `op-${world.random.hex(20)}`;
      const created = { id, name: operation.name, subject, input: JSON.stringify(input), createdAt: read.now };
      starting.push({ ...scope, ...created, subjectIsNew: fresh.has(subject) });
      started.push(id);
    },
    started,
    newId: freshId,
  };
  return {
    tx: Object.assign(read, more),
    flush: async () => {
      await changes.flush();
      return starting.length === 0 ? [] : writer.startOperations(starting, world.worker.lease(read.now));
    },
  };
}

/** Runs `body` as one durable transaction of `scope` and hands started operations to the worker. */
export async function write<T>(
  world: World,
  scope: Scope,
  body: (tx: Writing, writer: Writer) => Promise<T>,
): Promise<T> {
  let started: readonly OperationRecord[] = [];
  const result = await world.store.write(scope, async (writer) => {
    const { tx, flush } = writing(world, scope, writer);
    const value = await body(tx, writer);
    started = await flush();
    return value;
  });
  if (started.length > 0) world.worker.accept(started);
  return result;
}
