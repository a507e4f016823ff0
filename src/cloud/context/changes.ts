import { fail } from '../../kernel/errors.ts';
import type { Resource, Row, StatefulRow } from '../../kernel/resource.ts';
import type { Reader, Scope, Writer } from '../../ports/store.ts';
import { entriesOf, entryChanges } from './rows.ts';
import type { SeenItem } from './standing.ts';

/**
 * The rows of a transaction: what was read or written in it, and only that, can be changed in it. Changes are held back
 * until the end, or until a read that could see them, so that a launch writes all its rows and their entries at once.
 */
export class Changes {
  readonly #scope: Scope;
  readonly #writer: Writer;
  /** Rows as this transaction sees them, by kind and id. */
  readonly #rows = new Map<string, Row>();
  /** The same as the store has them: one that is not among them is still to be inserted. */
  readonly #stored = new Map<string, SeenItem>();
  /** What is held back, in the order in which it came. */
  #pending = new Map<string, Resource>();
  readonly #pendingKinds = new Set<string>();
  #writing: Promise<void> | undefined;

  constructor(scope: Scope, writer: Writer) {
    this.#scope = scope;
    this.#writer = writer;
  }

  remember(seen: SeenItem): void {
    const key = keyOf(seen.item.kind, seen.item.id);
    this.#stored.set(key, seen);
    if (!this.#pending.has(key)) this.#rows.set(key, seen.row);
  }

  async insert<R extends Row>(resource: Resource<R>, rows: readonly R[]): Promise<void> {
    for (const row of rows) {
      const key = keyOf(resource.kind, row.id);
      // The store refuses the second one.
      if (this.#pending.has(key)) await this.flush();
      this.#stored.delete(key);
      this.#hold(key, resource, row);
    }
  }

  update<R extends Row>(resource: Resource<R>, id: string, changes: Partial<R>): R {
    const key = keyOf(resource.kind, id);
    // A literal with a large spread in it costs five times this.
    const row = Object.assign({}, this.#row(key), changes) as R;
    this.#hold(key, resource, row);
    return row;
  }

  on<R extends StatefulRow, State extends string, Event extends string>(
    resource: Resource<R, unknown, State, Event>,
    id: string,
    event: Event,
    changes: Partial<R> | undefined,
    message: string | undefined,
  ): R {
    const machine = resource.states ?? fault(`${resource.kind} has no states`);
    const { state } = this.#row(keyOf(resource.kind, id)) as R;
    const next = machine.next(state as State, event);
    if (next === undefined) {
      const why = `The ${resource.codes.noun} '${id}' is in state '${state}', which does not allow this`;
      return fail(machine.refuse, message ?? why);
    }
    return this.update(resource as unknown as Resource<R>, id, { ...changes, state: next } as unknown as Partial<R>);
  }

  async remove(kind: string, id: string): Promise<void> {
    await this.flush();
    const key = keyOf(kind, id);
    await this.#writer.remove([this.#stored.get(key)?.item ?? notRead(key)]);
    this.#stored.delete(key);
    this.#rows.delete(key);
  }

  /** Writes what is held back, after what is on its way. */
  flush(): Promise<void> {
    if (this.#pending.size === 0) return this.#writing ?? Promise.resolve();
    const pending = [...this.#pending];
    this.#pending = new Map();
    this.#pendingKinds.clear();
    const before = this.#writing ?? Promise.resolve();
    const writing: Promise<void> = before
      .then(() => this.#write(pending))
      .then(() => {
        if (this.#writing === writing) this.#writing = undefined;
      });
    this.#writing = writing;
    return writing;
  }

  /** What the transaction reads with: the state so far. */
  reader(): Reader {
    const writer = this.#writer;
    const behind = <T>(kinds: readonly string[] | undefined, read: () => Promise<T>): Promise<T> =>
      this.#isHeld(kinds) ? this.flush().then(read) : read();
    return {
      items: (query) => behind([query.kind], () => writer.items(query)),
      heads: (query) => behind([query.kind], () => writer.heads(query)),
      count: (query) => behind([query.kind], () => writer.count(query)),
      bodies: (seqs) => behind(undefined, () => writer.bodies(seqs)),
      entries: (query) => behind(query.kinds, () => writer.entries(query)),
      revision: (scope, kinds) => behind(kinds, () => writer.revision(scope, kinds)),
      settledRevision: (scope, kinds) => behind(kinds, () => writer.settledRevision(scope, kinds)),
      usage: (scope, name) => writer.usage(scope, name),
      unfinished: (scope) => writer.unfinished(scope),
    };
  }

  /** Whether changes of these kinds (or any) are held back, or on their way. */
  #isHeld(kinds: readonly string[] | undefined): boolean {
    if (this.#writing !== undefined) return true;
    if (kinds === undefined) return this.#pending.size > 0;
    return kinds.some((kind) => this.#pendingKinds.has(kind));
  }

  #row(key: string): Row {
    return this.#rows.get(key) ?? notRead(key);
  }

  #hold<R extends Row>(key: string, resource: Resource<R>, row: R): void {
    this.#rows.set(key, row);
    this.#pending.set(key, resource as unknown as Resource);
    this.#pendingKinds.add(resource.kind);
  }

  async #write(pending: readonly (readonly [key: string, resource: Resource])[]): Promise<void> {
    const news = pending.filter(([key]) => !this.#stored.has(key));
    const old = pending.filter(([key]) => this.#stored.has(key));
    if (news.length > 0) await this.#insert(news);
    for (const [key, resource] of old) await this.#update(key, resource);
  }

  async #insert(news: readonly (readonly [key: string, resource: Resource])[]): Promise<void> {
    const { account, region } = this.#scope;
    const items = news.map(([key, resource]) => {
      const row = this.#row(key);
      const entries = entriesOf(resource, row);
      return { item: { kind: resource.kind, account, region, id: row.id, body: JSON.stringify(row), entries }, row };
    });
    const heads = await this.#writer.insert(items.map(({ item }) => item));
    for (const [at, { item, row }] of items.entries()) {
      const { kind, id, body } = item;
      const { seq, generation } = heads[at]!;
      this.#stored.set(keyOf(kind, id), { item: { seq, id, generation, kind, account, region, body }, row });
    }
  }

  async #update(key: string, resource: Resource): Promise<void> {
    const row = this.#row(key);
    const { item, row: before } = this.#stored.get(key)!;
    const body = JSON.stringify(row);
    if (body === item.body) return;
    const done = await this.#writer.update(item, body, entryChanges(resource, before, row));
    if (!done) fault(`${key} changed under its transaction`);
    this.#stored.set(key, { item: { ...item, body, generation: item.generation + 1 }, row });
  }
}

const keyOf = (kind: string, id: string): string => `${kind}/${id}`;

/** A fault of our own: the client learns no more than that. */
const fault = (internal: string): never => fail('InternalError', 'An internal error has occurred', internal);

const notRead = (key: string): never => fault(`${key} was not read here`);
