/**
 * The durable store. Glossary:
 * - item: one row of one kind (an instance, a volume, an access key), its body as JSON text;
 * - entry: one (name, value) under which an item can be found: indexed filters, tags (`tag:KEY`), look-ups of our own;
 * - generation: counts the changes of an item, so that what was rendered from it can be kept;
 * - revision: counts the commits that touched a kind of an account and region, so that an unchanged answer is free;
 * - operation: durable work that calls a cloud, with its journal.
 */

/** Whose things, where. Writers of one scope run one after another; writers of different scopes may run side by side. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** Where and when an item was stored, without its body. `seq` is unique in the store and grows with creation. */
export interface ItemHead {
  readonly seq: number;
  readonly id: string;
  readonly generation: number;
}

export interface Item extends ItemHead, Scope {
  readonly kind: string;
  /** The row as JSON. */
  readonly body: string;
}

export type Entry = readonly [name: string, value: string];

export interface NewItem extends Scope {
  readonly kind: string;
  readonly id: string;
  readonly body: string;
  readonly entries: readonly Entry[];
}

/** Which items. All conditions must hold; items come in the order of creation. */
export interface ItemQuery {
  readonly kind: string;
  readonly region: string;
  /** The owner. Absent: any owner. */
  readonly account?: string;
  /** Also those of other owners that have an entry (`audience`, one of these values). Only with `account`. */
  readonly audience?: readonly string[];
  readonly ids?: readonly string[];
  /** Each condition: the item has an entry of that name with one of the values. */
  readonly where?: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** Only items created after the one with this `seq`. */
  readonly after?: number;
  readonly limit?: number;
}

/** One entry with the item that has it. */
export interface FoundEntry {
  readonly seq: number;
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly value: string;
}

/** Which entries of a scope: names that start with `namePrefix`, in order of (kind, item, name). */
export interface EntryQuery extends Scope {
  readonly namePrefix: string;
  readonly names?: readonly string[];
  readonly values?: readonly string[];
  readonly ids?: readonly string[];
  readonly kinds?: readonly string[];
}

/** Reads of committed state (in a write: of the state so far). */
export interface Reader {
  items(query: ItemQuery): Promise<readonly Item[]>;
  heads(query: ItemQuery): Promise<readonly ItemHead[]>;
  /** Bodies of items by `seq`, in no particular order; those that are gone are left out. */
  bodies(seqs: readonly number[]): Promise<readonly Item[]>;
  count(query: Omit<ItemQuery, 'after' | 'limit'>): Promise<number>;
  entries(query: EntryQuery): Promise<readonly FoundEntry[]>;
  /** Sum of the revisions of these kinds in the scope. Account `*` counts the changes of every account in the region. */
  revision(scope: Scope, kinds: readonly string[]): Promise<number>;
  /**
   * As `revision`, for keeping what is read after it: while the revision stays, so does what was read. Undefined where
   * changes of these kinds are seen that may still be undone.
   */
  settledRevision(scope: Scope, kinds: readonly string[]): Promise<number | undefined>;
  /** A counter of the scope; 0 when never set. */
  usage(scope: Scope, name: string): Promise<number>;
  /** What the unfinished operations of the scope are about, the oldest first. */
  unfinished(scope: Scope): Promise<readonly Pick<NewOperation, 'subject' | 'input'>[]>;
}

/** One transaction. Everything in it is durable together, or nothing is. */
export interface Writer extends Reader {
  insert(items: readonly NewItem[]): Promise<readonly ItemHead[]>;
  /**
   * Replaces the body; drops entries that the item has, and adds such as it has not. Refused (`false`) when the item's
   * generation is not `item.generation` any more.
   */
  update(
    item: Item,
    body: string,
    entries: { readonly add: readonly Entry[]; readonly drop: readonly Entry[] },
  ): Promise<boolean>;
  remove(items: readonly Item[]): Promise<void>;
  /** Adds `amount` (may be negative) to a counter and gives its new value. */
  addUsage(scope: Scope, name: string, amount: number): Promise<number>;
  /** Starts operations. Those that may run at once in this process are given back leased to `lease.owner`. */
  startOperations(operations: readonly NewOperation[], lease: Lease): Promise<readonly OperationRecord[]>;
  /** Journals a running operation. False: the lease was lost, nothing of the operation may be written. */
  saveOperation(save: OperationSave): Promise<boolean>;
  /** Forgets a finished operation. False: the lease was lost. */
  endOperation(id: string, fence: number): Promise<boolean>;
}

export interface Lease {
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

export interface NewOperation extends Scope {
  readonly id: string;
  readonly name: string;
  /** The id whose operations run one after another. */
  readonly subject: string;
  /** JSON. */
  readonly input: string;
  readonly createdAt: number;
  /** The subject was made in this transaction, so that there is nothing to wait for but what this call names before. */
  readonly subjectIsNew?: boolean;
}

export interface OperationRecord extends NewOperation {
  readonly seq: number;
  /** JSON journal of the steps; empty text at first. */
  readonly journal: string;
  /** Raised at every claim; writes carry it, so that a process that lost its lease cannot write. */
  readonly fence: number;
  /** Not before this time, epoch milliseconds. */
  readonly dueAt: number;
  readonly attempts: number;
}

export interface OperationSave {
  readonly id: string;
  readonly fence: number;
  readonly journal: string;
  readonly dueAt: number;
  readonly attempts: number;
  /** Undefined releases the operation: any process may claim it from `dueAt` on. */
  readonly lease: Lease | undefined;
}

export interface OperationQueue {
  /** Claims due operations whose subject has no earlier one and whose lease is free or over. */
  claim(lease: Lease, now: number, limit: number): Promise<readonly OperationRecord[]>;
  /** Extends leases that are still held. Gives the ids that are. */
  renew(held: readonly { readonly id: string; readonly fence: number }[], lease: Lease): Promise<readonly string[]>;
  /**
   * When the next operation that could be claimed is due, epoch milliseconds; undefined when there is none.
   * Leased ones, and those that wait behind an earlier one of their subject, do not count.
   */
  nextDue(): Promise<number | undefined>;
  /** Gives up all leases of an owner (at start of the only process of a store, or at a clean stop). */
  release(owner: string | undefined): Promise<void>;
  /** Operations not yet ended, for health and tests. */
  pending(): Promise<number>;
  /** Names of unfinished operations of a subject, oldest first. */
  of(subject: string): Promise<readonly string[]>;
  /** Which of these operations, by id, have not ended. */
  unfinished(ids: readonly string[]): Promise<readonly string[]>;
}

/** A durable key-value table for a driver that has to keep its own cloud (the simulator). Values are JSON text. */
export interface Shelf {
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** All pairs whose key starts with `prefix`, in key order. */
  list(prefix: string): Promise<readonly (readonly [key: string, value: string])[]>;
}

export interface Store {
  readonly read: Reader;
  readonly operations: OperationQueue;
  /**
   * Runs `body` as one transaction of a scope; resolves when it is durable. What `body` throws rolls it back.
   * `body` must await nothing but the writer: other transactions wait for it.
   */
  write<T>(scope: Scope, body: (writer: Writer) => Promise<T>): Promise<T>;
  shelf(name: string): Shelf;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Why a store could not be opened or a write could not be made durable. */
export type StoreTrouble = 'full' | 'locked' | 'corrupt' | 'unreadable' | 'unreachable' | 'too-new';

/** A failure of the database itself, not of a request. */
export class StoreError extends Error {
  readonly trouble: StoreTrouble;
  constructor(trouble: StoreTrouble, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.trouble = trouble;
  }
}
