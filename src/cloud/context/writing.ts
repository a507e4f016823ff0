import { fail } from '../../kernel/errors.ts';
import type { Resource, Row, StatefulRow } from '../../kernel/resource.ts';
import { newId } from '../../ports/ids.ts';
import type { Item, NewOperation, OperationRecord, Scope, Writer } from '../../ports/store.ts';
import type { OperationDeclaration } from '../operation/operation.ts';
import { type QuotaName, takeQuota } from '../quota/quota.ts';
import { type Reading, reading } from './reading.ts';
import { entriesOf, entryChanges } from './rows.ts';
import type { World } from './world.ts';

/** What an insert needs of a row: the rest (id, owner, time, tags) is filled in unless given. */
export type NewRow<R extends Row> = Omit<R, 'id' | 'account' | 'region' | 'createdAt' | 'tags'> &
  Partial<Pick<R, 'id' | 'createdAt' | 'tags'>>;

/** One transaction: everything that an action or an operation's commit may do. */
export interface Writing extends Reading {
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
  /** Starts durable work once this transaction is durable. Operations of one subject run one after another. */
  start<I>(operation: OperationDeclaration<I>, subject: string, input: I): Promise<void>;
  /** A new id for a resource. */
  newId<R extends Row>(resource: Resource<R>): string;
}

/** A transaction with the operations that it started. */
export interface Transaction {
  readonly tx: Writing;
  /** Stores what `start` collected; call it last, inside the same write. */
  flush(): Promise<readonly OperationRecord[]>;
}

/** The rows of a transaction as they are stored: what was read or written in it, and only that, can be changed in it. */
class Rows {
  readonly #items = new Map<string, Item>();
  readonly #world: World;
  readonly #scope: Scope;
  readonly #writer: Writer;

  constructor(world: World, scope: Scope, writer: Writer) {
    this.#world = world;
    this.#scope = scope;
    this.#writer = writer;
  }

  remember(item: Item): void {
    this.#items.set(`${item.kind}/${item.id}`, item);
  }

  item(kind: string, id: string): Item {
    return this.#items.get(`${kind}/${id}`) ?? fault(`${kind} ${id} was not read here`);
  }

  async insert<R extends Row>(resource: Resource<R>, news: readonly NewRow<R>[], now: number): Promise<readonly R[]> {
    const { account, region } = this.#scope;
    const rows = news.map((row) => {
      const id = row.id ?? newId(this.#world.random, resource.prefix);
      const filled = { id, account, region, createdAt: row.createdAt ?? now, tags: row.tags ?? {} };
      // A literal with a large spread in front of members costs five times this.
      return Object.assign({}, row, filled) as unknown as R;
    });
    const stored = rows.map((row) => ({
      ...{ account, region, kind: resource.kind, id: row.id },
      body: JSON.stringify(row),
      entries: entriesOf(resource, row),
    }));
    const heads = await this.#writer.insert(stored);
    for (const [i, head] of heads.entries()) this.remember({ ...stored[i]!, ...head });
    return rows;
  }

  async update<R extends Row>(resource: Resource<R>, row: R, changes: Partial<R>): Promise<R> {
    const item = this.item(resource.kind, row.id);
    const before = JSON.parse(item.body) as R;
    const after = { ...before, ...changes };
    const body = JSON.stringify(after);
    if (body === item.body) return after;
    const done = await this.#writer.update(item, body, entryChanges(resource, before, after));
    if (!done) fault(`${resource.kind} ${row.id} changed under its transaction`);
    this.remember({ ...item, body, generation: item.generation + 1 });
    return after;
  }

  async on<R extends StatefulRow, State extends string, Event extends string>(
    resource: Resource<R, unknown, State, Event>,
    row: R,
    event: Event,
    changes?: Partial<R>,
    message?: string,
  ): Promise<R> {
    const machine = resource.states ?? fault(`${resource.kind} has no states`);
    const now = JSON.parse(this.item(resource.kind, row.id).body) as R;
    const next = machine.next(now.state as State, event);
    if (next === undefined) {
      const why = `The ${resource.codes.noun} '${row.id}' is in state '${now.state}', which does not allow this`;
      return fail(machine.refuse, message ?? why);
    }
    return this.update<R>(resource as unknown as Resource<R>, row, {
      ...changes,
      state: next,
    } as unknown as Partial<R>);
  }

  async remove(kind: string, id: string): Promise<void> {
    await this.#writer.remove([this.item(kind, id)]);
    this.#items.delete(`${kind}/${id}`);
  }
}

/** A fault of our own: the client learns no more than that. */
const fault = (internal: string): never => fail('InternalError', 'An internal error has occurred', internal);

/** Builds the transaction of `scope` on `writer`. */
export function writing(world: World, scope: Scope, writer: Writer): Transaction {
  const rows = new Rows(world, scope, writer);
  const read = reading(world, scope, writer, (item) => rows.remember(item));
  const starting: NewOperation[] = [];
  const tx: Writing = {
    ...read,
    insert: async (resource, row) => (await rows.insert(resource, [row], read.now))[0]!,
    insertAll: (resource, news) => rows.insert(resource, news, read.now),
    update: (resource, row, changes) => rows.update(resource, row, changes),
    on: (resource, row, event, changes, message) => rows.on(resource, row, event, changes, message),
    remove: (resource, row) => rows.remove(resource.kind, row.id),
    take: (quota, amount) => takeQuota(world, scope, writer, quota, amount),
    give: async (quota, amount) => {
      await writer.addUsage(scope, quota, -amount);
    },
    countUp: (counter, amount) => writer.addUsage({ account: '*', region: scope.region }, counter, amount),
    start: async (operation, subject, input) => {
      const id = `op-${world.random.hex(20)}`;
      starting.push({ ...scope, id, name: operation.name, subject, input: JSON.stringify(input), createdAt: read.now });
    },
    newId: (resource) => newId(world.random, resource.prefix),
  };
  return {
    tx,
    flush: async () => (starting.length === 0 ? [] : writer.startOperations(starting, world.worker.lease(read.now))),
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
