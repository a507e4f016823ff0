import type { Timer } from '../../ports/clock.ts';
import type { Lease, OperationRecord } from '../../ports/store.ts';
import type { WorkerPort, World } from '../context/world.ts';
import type { OperationDeclaration } from './operation.ts';
import { runOperation } from './run.ts';

export interface WorkerOptions {
  /** Names this process in leases. */
  readonly owner: string;
  /** Operations at work at the same time. */
  readonly concurrency: number;
  /** A lease that is not renewed for this time is free for others, in milliseconds. */
  readonly leaseMs: number;
  /** How often to look for work that other processes left, in milliseconds; undefined when the store has one process. */
  readonly pollMs: number | undefined;
}

export interface Worker extends WorkerPort {
  /** Begins to work; call once the world is complete. */
  start(world: World): void;
  /** Takes no new work, lets what runs reach its next step, and frees its leases. */
  drain(): Promise<void>;
  /** Resolves when nothing is running and nothing is due. */
  idle(): Promise<void>;
  /** Operations at work now. */
  readonly busy: number;
}

/** Makes the loop that works durable operations off the store. */
export function createWorker(declarations: readonly OperationDeclaration<never>[], options: WorkerOptions): Worker {
  const byName = new Map(declarations.map((d) => [d.name, d as OperationDeclaration<unknown>]));
  if (byName.size !== declarations.length) throw new Error('two operations have one name');
  return new WorkerLoop(byName, options);
}

/** What could not be read, written or run is tried again after this time, in milliseconds. */
const troubleMs = 1_000;
/** The longest time that Node's timers hold; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

interface Running {
  readonly record: OperationRecord;
  /** Cuts the run off: the process stops, or the lease is lost. */
  readonly cut: AbortController;
}

class WorkerLoop implements Worker {
  readonly #byName: ReadonlyMap<string, OperationDeclaration<unknown>>;
  readonly #options: WorkerOptions;
  readonly #running = new Map<string, Running>();
  /** Leased, and waiting for room. */
  #queue: OperationRecord[] = [];
  /** Leased, but what is durable of them must be read again: their leases are to end. */
  readonly #broken = new Map<string, OperationRecord>();
  #stopping = false;
  readonly #waiting: (() => void)[] = [];
  #world: World | undefined;
  /** For what is due next. */
  #timer: Timer | undefined;
  /** Who waits for the end of an operation, by its id. */
  readonly #watchers = new Map<string, Set<() => void>>();
  /** For another try after trouble. */
  #retry: Timer | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #leasedUntil = 0;
  #claiming: Promise<void> | undefined;
  #again = false;
  /** Leases of others may be over, which `nextDue` does not tell. */
  #look = false;

  constructor(byName: ReadonlyMap<string, OperationDeclaration<unknown>>, options: WorkerOptions) {
    this.#byName = byName;
    this.#options = options;
  }

  get busy(): number {
    return this.#running.size;
  }

  lease(now: number): Lease {
    return { owner: this.#options.owner, until: now + this.#options.leaseMs };
  }

  accept(started: readonly OperationRecord[]): void {
    if (this.#stopping) return;
    this.#enqueue(started);
  }

  whenEnded(operation: string, callback: () => void): () => void {
    const watchers = this.#watchers.get(operation) ?? new Set();
    this.#watchers.set(operation, watchers.add(callback));
    return () => {
      watchers.delete(callback);
      if (watchers.size === 0) this.#watchers.delete(operation);
    };
  }

  start(world: World): void {
    const { leaseMs, pollMs } = this.#options;
    this.#world = world;
    this.#leasedUntil = world.clock.now() + leaseMs;
    this.#renewal = setInterval(() => void this.#renew(), Math.min(leaseMs / 3, longestMs)).unref();
    if (pollMs !== undefined) this.#poll = setInterval(() => this.#claim(true), pollMs).unref();
    this.#claim(true);
    this.#fill();
  }

  async drain(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#poll);
    this.#timer?.cancel();
    this.#retry?.cancel();
    for (const { cut } of this.#running.values()) cut.abort();
    await this.#claiming;
    this.#queue = [];
    while (this.#running.size > 0) await this.#rest();
    for (const operation of [...this.#watchers.keys()]) this.#tell(operation);
    clearInterval(this.#renewal);
    await this.#world?.store.operations.release(this.#options.owner);
  }

  async idle(): Promise<void> {
    const { store, clock } = this.#world!;
    for (;;) {
      await this.#claiming;
      if (this.#running.size > 0 || this.#queue.length > 0) await this.#rest();
      else {
        const due = await store.operations.nextDue();
        if (this.#stopping || due === undefined || due > clock.now()) return;
        this.#claim();
      }
    }
  }

  /** Resolves when nothing runs and nothing is queued. */
  #rest(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #enqueue(records: readonly OperationRecord[]): void {
    const newer = new Set(records.map(({ id }) => id));
    // A lease that was lost and won again: the earlier record is out of date.
    if (this.#queue.some(({ id }) => newer.has(id))) this.#queue = this.#queue.filter(({ id }) => !newer.has(id));
    for (const id of newer) this.#broken.delete(id);
    this.#queue.push(...records);
    this.#fill();
  }

  #fill(): void {
    if (this.#world === undefined) return;
    while (!this.#stopping && this.#running.size < this.#options.concurrency) {
      // Claimed anew while it still runs under a lease that was lost: it waits until that run has noticed.
      const next = this.#queue.findIndex(({ id }) => !this.#running.has(id));
      if (next < 0) break;
      this.#work(this.#world, this.#queue.splice(next, 1)[0]!);
    }
    if (this.#running.size === 0 && this.#queue.length === 0) {
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  #work(world: World, record: OperationRecord): void {
    const cut = new AbortController();
    this.#running.set(record.id, { record, cut });
    this.#run(world, record, cut.signal)
      .catch((error: unknown) => {
        world.log.error(
          { err: error, operation: record.id, name: record.name },
          'operation could not be run; will try again',
        );
        this.#broken.set(record.id, record);
        this.#tryAgain();
      })
      .finally(() => {
        this.#running.delete(record.id);
        if (this.#queue.length < this.#options.concurrency) this.#claim();
        this.#fill();
      });
  }

  async #run(world: World, record: OperationRecord, signal: AbortSignal): Promise<void> {
    const declaration = this.#byName.get(record.name);
    if (declaration === undefined) throw new Error(`operation ${record.name} is not known to this program`);
    if ((await runOperation(world, declaration, record, signal)) === 'ended') this.#tell(record.id);
  }

  #tell(operation: string): void {
    for (const callback of this.#watchers.get(operation) ?? []) callback();
  }

  /**
   * Claims what is due, and sets the timer for what is due next. Calls made meanwhile are folded into one more round.
   * `look`: also what another process had leased and left.
   */
  #claim(look = false): void {
    if (this.#stopping || this.#world === undefined) return;
    if (look) this.#look = true;
    if (this.#claiming !== undefined) {
      this.#again = true;
      return;
    }
    this.#again = false;
    const { log } = this.#world;
    this.#claiming = this.#claimRound(this.#world)
      .catch((error: unknown) => {
        log.error({ err: error }, 'the operations cannot be read; will try again');
        this.#tryAgain();
      })
      .finally(() => {
        this.#claiming = undefined;
        if (this.#again) this.#claim();
        this.#fill();
      });
  }

  async #claimRound({ store, clock }: World): Promise<void> {
    if (this.#look) await this.#endBroken(store, clock.now());
    const room = this.#options.concurrency * 2 - this.#queue.length - this.#running.size;
    if (room <= 0) return;
    const due = await store.operations.nextDue();
    const now = clock.now();
    if (this.#look || (due !== undefined && due <= now)) {
      this.#look = false;
      const claimed = await store.operations.claim(this.lease(now), now, room);
      this.#enqueue(claimed);
      if (claimed.length > 0) this.#again = true;
      if (claimed.length > 0 || due === undefined || due <= now) return;
    }
    if (due === undefined) return;
    this.#timer?.cancel();
    this.#timer = clock.at(due, () => this.#claim());
  }

  /** Ends the leases of what could not be run, so that it can be claimed, and read, again. */
  async #endBroken(store: World['store'], now: number): Promise<void> {
    const broken = [...this.#broken.values()].filter(({ id }) => !this.#running.has(id));
    if (broken.length === 0) return;
    const held = broken.map(({ id, fence }) => ({ id, fence }));
    await store.operations.renew(held, { owner: this.#options.owner, until: now - 1 });
    for (const { id } of broken) this.#broken.delete(id);
  }

  #tryAgain(): void {
    if (this.#stopping || this.#world === undefined) return;
    const { clock } = this.#world;
    this.#retry?.cancel();
    this.#retry = clock.at(clock.now() + troubleMs, () => this.#claim(true));
  }

  /** Extends every lease. A run whose lease is lost, or cannot be extended in time, is cut off. */
  async #renew(): Promise<void> {
    const { store, clock, log } = this.#world!;
    const records = [...[...this.#running.values()].map(({ record }) => record), ...this.#queue];
    const lease = this.lease(clock.now());
    try {
      const held = new Set(await store.operations.renew(records, lease));
      this.#leasedUntil = lease.until;
      for (const record of records) if (!held.has(record.id)) this.#lose(record);
    } catch (error) {
      log.error({ err: error }, 'the leases of operations cannot be extended; will try again');
      if (clock.now() < this.#leasedUntil) return;
      for (const record of records) this.#lose(record);
      this.#tryAgain();
    }
  }

  /** A run goes on until it notices; what only waits is to be claimed anew, if nobody else has it. */
  #lose(record: OperationRecord): void {
    const running = this.#running.get(record.id);
    if (running?.record.fence === record.fence) running.cut.abort();
    if (!this.#queue.includes(record)) return;
    this.#queue = this.#queue.filter((queued) => queued !== record);
    this.#broken.set(record.id, record);
    this.#fill();
  }
}
