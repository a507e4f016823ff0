import type { Timer } from '../../ports/clock.ts';
import type { OperationRecord } from '../../ports/store.ts';
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

class WorkerLoop implements Worker {
  readonly #byName: ReadonlyMap<string, OperationDeclaration<unknown>>;
  readonly #options: WorkerOptions;
  readonly #running = new Map<string, OperationRecord>();
  readonly #queue: OperationRecord[] = [];
  readonly #stopping = new AbortController();
  readonly #idle: (() => void)[] = [];
  #world: World | undefined;
  #timer: Timer | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #claiming: Promise<void> | undefined;
  #again = false;

  constructor(byName: ReadonlyMap<string, OperationDeclaration<unknown>>, options: WorkerOptions) {
    this.#byName = byName;
    this.#options = options;
  }

  get busy(): number {
    return this.#running.size;
  }

  lease() {
    return { owner: this.#options.owner, until: Date.now() + this.#options.leaseMs };
  }

  accept(started: readonly OperationRecord[]): void {
    if (this.#world === undefined || this.#stopping.signal.aborted) return;
    this.#queue.push(...started);
    this.#fill();
  }

  start(world: World): void {
    this.#world = world;
    this.#renewal = setInterval(() => this.#guard(this.#renew()), this.#options.leaseMs / 3).unref();
    if (this.#options.pollMs !== undefined) this.#poll = setInterval(() => this.#claim(), this.#options.pollMs).unref();
    this.#claim();
  }

  async drain(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#poll);
    this.#timer?.cancel();
    await this.#claiming;
    this.#queue.length = 0;
    while (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearInterval(this.#renewal);
    await this.#world?.store.operations.release(this.#options.owner);
  }

  async idle(): Promise<void> {
    for (;;) {
      await this.#claiming;
      if (this.#running.size > 0 || this.#queue.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
      else {
        const due = await this.#world!.store.operations.nextDue();
        if (due === undefined || due > this.#world!.clock.now()) return;
        this.#claim();
      }
    }
  }

  #fill(): void {
    while (this.#running.size < this.#options.concurrency && this.#queue.length > 0) this.#work(this.#queue.shift()!);
    if (this.#running.size === 0 && this.#queue.length === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  #work(record: OperationRecord): void {
    const world = this.#world!;
    this.#running.set(record.id, record);
    const declaration = this.#byName.get(record.name);
    const run =
      declaration === undefined
        ? Promise.reject(new Error(`operation ${record.name} is not known to this program`))
        : runOperation(world, declaration, record, this.#stopping.signal);
    run
      .catch((error: unknown) => world.log.error({ err: error, operation: record.id, name: record.name }, 'operation could not be run'))
      .finally(() => {
        this.#running.delete(record.id);
        if (!this.#stopping.signal.aborted && this.#queue.length < this.#options.concurrency) this.#claim();
        this.#fill();
      });
  }

  /** Claims what is due, and sets the timer for what is due next. Calls made meanwhile are folded into one more round. */
  #claim(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#claiming !== undefined) {
      this.#again = true;
      return;
    }
    this.#claiming = this.#claimRound().finally(() => {
      this.#claiming = undefined;
      this.#fill();
      if (this.#again) {
        this.#again = false;
        this.#claim();
      }
    });
    this.#guard(this.#claiming);
  }

  async #claimRound(): Promise<void> {
    const { store, clock } = this.#world!;
    const room = this.#options.concurrency * 2 - this.#queue.length - this.#running.size;
    if (room <= 0) return;
    const due = await store.operations.nextDue();
    if (due === undefined) return;
    if (due <= clock.now()) {
      const claimed = await store.operations.claim(this.lease(), clock.now(), room);
      this.#queue.push(...claimed);
      if (claimed.length > 0) this.#again = true;
      return;
    }
    this.#timer?.cancel();
    this.#timer = clock.at(due, () => this.#claim());
  }

  async #renew(): Promise<void> {
    const held = [...this.#running.values(), ...this.#queue].map(({ id, fence }) => ({ id, fence }));
    if (held.length > 0) await this.#world!.store.operations.renew(held, this.lease());
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => this.#world!.log.error({ err: error }, 'the operation queue cannot be read; will try again'));
  }
}
