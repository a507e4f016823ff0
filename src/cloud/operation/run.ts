import { Refusal } from '../../kernel/errors.ts';
import { type Call, type Driver, DriverError, type Seen, type Trouble } from '../../ports/driver.ts';
import { type OperationRecord, type OperationSave, StoreError, type Writer } from '../../ports/store.ts';
import { reading } from '../context/reading.ts';
import type { Region, World } from '../context/world.ts';
import { write } from '../context/writing.ts';
import { type Journal, readJournal } from './journal.ts';
import { LeaveError, nextIn, stopIfAborted } from './leave.ts';
import type { DriverStep, OperationDeclaration, Steps } from './operation.ts';
import { stepGuard } from './stepGuard.ts';
import { watched } from './watched.ts';

interface Undo {
  readonly step: string;
  readonly undo: (driver: Driver, call: Call) => Promise<Seen>;
}

/** A driver's "not settled" without a hint is asked again after this time, in milliseconds. */
const lookAgainMs = 200;
/** Transient trouble is tried again after 250 ms, doubling up to 30 s: fast for a blip, gentle to a cloud that is down. */
const backoffMs = (attempts: number): number => Math.min(30_000, 250 * 2 ** Math.min(attempts - 1, 10));

/** How a run ended: over for good; waiting in the store until it is due; or another process has the operation. */
export type Outcome = 'ended' | 'later' | 'lost';

/**
 * Runs one leased operation as far as it goes now. Never throws for what the operation met: only when the store fails,
 * or when the operation cannot be told or read; then it stays as the store has it, to be claimed anew.
 * When `signal` is aborted (the process stops, the lease is lost), the run leaves at the next step.
 */
export async function runOperation(
  world: World,
  declaration: OperationDeclaration<unknown>,
  record: OperationRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Run(world, declaration, record, signal).go();
}

class Run {
  readonly #world: World;
  readonly #declaration: OperationDeclaration<unknown>;
  readonly #record: OperationRecord;
  readonly #journal: Journal;
  readonly #input: unknown;
  readonly #region: Region;
  readonly #call: Call;
  #undos: Undo[] = [];
  /** Failures in a row. */
  #attempts: number;
  /** Only the undo of each step begun is wanted; nothing is done. */
  #collecting = false;

  constructor(world: World, declaration: OperationDeclaration<unknown>, record: OperationRecord, signal: AbortSignal) {
    const region = world.regions.get(record.region);
    if (region === undefined) {
      throw new Error(`operation ${record.id} belongs to region ${record.region}, which is not configured`);
    }
    this.#world = world;
    this.#declaration = declaration;
    this.#record = record;
    this.#journal = readJournal(record.journal);
    this.#input = JSON.parse(record.input);
    this.#region = region;
    this.#attempts = record.attempts;
    this.#call = { account: record.account, region: record.region, operation: record.id, signal };
  }

  async go(): Promise<Outcome> {
    try {
      await (this.#journal.unwinding === undefined ? this.#forward() : this.#unwind());
      return 'ended';
    } catch (error) {
      const next = nextIn(error);
      if (next?.is === 'finished') return 'ended';
      if (next?.is === 'lost') return 'lost';
      if (next?.is === 'store-failed') throw next.cause;
      if (next?.is !== 'later') throw error;
      return this.#putOff(next.dueAt, next.attempts);
    }
  }

  async #putOff(dueAt: number, attempts: number): Promise<Outcome> {
    const { id, fence } = this.#record;
    const save = { id, fence, journal: JSON.stringify(this.#journal), dueAt, attempts, lease: undefined };
    return (await this.#world.store.write(this.#record, (writer) => writer.saveOperation(save))) ? 'later' : 'lost';
  }

  async #forward(): Promise<void> {
    try {
      await this.#declaration.run(this.#steps(), this.#input);
    } catch (error) {
      if (error instanceof LeaveError) throw error;
      const unwinding = this.#judge(error);
      if (unwinding === undefined) throw this.#again(error);
      this.#journal.unwinding = unwinding;
      await this.#save();
      return this.#unwind();
    }
    await this.#write((writer) => this.#endIn(writer));
  }

  /** Undefined: try again later. Else: why the operation turns round. */
  #judge(error: unknown): Journal['unwinding'] {
    if (error instanceof Refusal && error.status < 500) {
      return { trouble: 'conflict', message: error.message, superseded: true };
    }
    if (error instanceof DriverError) {
      if (error.retry) return undefined;
      const { trouble, message, about } = error;
      const { id, name, subject } = this.#record;
      this.#world.log.warn({ err: error, operation: id, name, subject, trouble }, 'operation is given up and undone');
      return { trouble, message, superseded: false, ...(about !== undefined && { about }) };
    }
    const { id, name } = this.#record;
    this.#world.log.error({ err: error, operation: id, name }, 'operation met a fault of our own');
    return { trouble: 'bug', message: 'internal error', superseded: false };
  }

  /** What leaves the run after trouble that may pass. */
  #again(error: unknown): LeaveError {
    const attempts = this.#attempts + 1;
    const wait = backoffMs(attempts);
    const { id, name } = this.#record;
    this.#world.log.warn({ err: error, operation: id, name, attempts }, 'cloud trouble, will try again');
    const dueAt = this.#world.clock.now() + wait + this.#world.random.below(wait);
    return new LeaveError({ is: 'later', dueAt, attempts });
  }

  /** Undoes every step begun, the last one first. */
  async #unwind(): Promise<void> {
    for (const { step, undo } of (await this.#collectUndos()).toReversed()) {
      const record = this.#journal.steps[step]!;
      if (record.undone) continue;
      await this.#undo(undo);
      record.undone = true;
      await this.#save();
    }
    const { superseded } = this.#journal.unwinding!;
    await (superseded ? this.#write((writer) => this.#endIn(writer)) : this.#giveUp());
  }

  /** Runs the function over what is journaled. Where it fails now as it did before, there are no further steps. */
  async #collectUndos(): Promise<readonly Undo[]> {
    this.#undos = [];
    this.#collecting = true;
    await this.#declaration.run(this.#steps(), this.#input).catch((error: unknown) => {
      const next = nextIn(error);
      if (next !== undefined && next.is !== 'collected') throw error;
    });
    return this.#undos;
  }

  /** An undo has no other way out than to work in the end: every trouble is tried again. */
  async #undo(undo: Undo['undo']): Promise<void> {
    try {
      await this.#settle(undo);
    } catch (error) {
      throw error instanceof LeaveError ? error : this.#again(error);
    }
  }

  /** Tells the rows. Where they have moved on meanwhile (deleted, say), there is nobody left to tell. */
  async #giveUp(): Promise<void> {
    const { trouble, message, about } = this.#journal.unwinding!;
    const { id, name } = this.#record;
    const why = { trouble: trouble as Trouble, message, operation: id, ...(about !== undefined && { about }) };
    try {
      await this.#commitRows(async (tx, writer) => {
        await this.#declaration.giveUp(tx, this.#input, why);
        await this.#endIn(writer);
      });
    } catch (error) {
      if (!(error instanceof Refusal) || error.status >= 500) throw error;
      this.#world.log.info({ err: error, operation: id, name }, 'nobody is left to tell that the operation gave up');
      await this.#write((writer) => this.#endIn(writer));
    }
  }

  #steps(): Steps {
    const guard = stepGuard();
    return {
      read: (step, body) => guard.around(step, () => this.#read(step, body)),
      ensure: (step, work) => guard.around(step, () => this.#ensure(step, work)),
      commit: (step, body) => guard.around(step, () => this.#commit(step, body, false)),
      finish: (step, body) =>
        guard.around(step, async () => {
          await this.#commit(step, body, true);
          throw new LeaveError({ is: 'finished' });
        }),
    };
  }

  /** The result of a step that is over. Undefined: the step is to be done now. */
  #result(step: string): { readonly v?: unknown } | undefined {
    const done = this.#journal.steps[step]?.done;
    if (done === undefined && this.#collecting) throw new LeaveError({ is: 'collected' });
    return done;
  }

  async #read<T>(step: string, body: Parameters<Steps['read']>[1]): Promise<T> {
    const done = this.#result(step);
    if (done !== undefined) return done.v as T;
    const value = await body(reading(this.#world, this.#record, this.#world.store.read)).catch(storeFailed);
    this.#journal.steps[step] = { done: { v: value } };
    return value as T;
  }

  async #ensure<S extends Seen>(step: string, work: DriverStep<S>): Promise<S> {
    const begun = this.#journal.steps[step] !== undefined;
    if (work.undo !== undefined && (begun || !this.#collecting)) this.#undos.push({ step, undo: work.undo });
    const done = this.#result(step);
    if (done !== undefined) return done.v as S;
    if (!begun) {
      // Nothing stands before the very first step that could come out otherwise when it is run again: after a crash the
      // operation comes here anew by its input alone. A commit less for every launch.
      const first = Object.keys(this.#journal.steps).length === 0;
      this.#journal.steps[step] = {};
      if (!first) await this.#save();
    }
    const seen = await this.#settle(work.do);
    this.#journal.steps[step] = { done: { v: seen } };
    return seen;
  }

  /** Asks the cloud once; not settled means: leave, and look again when due. */
  async #settle<S extends Seen>(ask: DriverStep<S>['do']): Promise<S> {
    const { clock } = this.#world;
    const { signal } = this.#call;
    stopIfAborted(signal, clock.now(), this.#attempts);
    const { driver, rest } = watched(this.#region.driver);
    let seen: S;
    try {
      seen = await ask(driver, this.#call);
    } catch (error) {
      await rest();
      // A call that was cut off says nothing about the cloud.
      stopIfAborted(signal, clock.now(), this.#attempts);
      throw error;
    }
    this.#attempts = 0;
    if (!seen.settled) {
      const dueAt = clock.now() + Math.max(1, seen.lookAgainMs ?? lookAgainMs);
      throw new LeaveError({ is: 'later', dueAt, attempts: 0 });
    }
    return seen;
  }

  async #commit<T>(step: string, body: Parameters<Steps['commit']>[1], last: boolean): Promise<T> {
    const done = this.#result(step);
    if (done !== undefined) return done.v as T;
    try {
      return await this.#commitRows(async (tx, writer) => {
        const result = await body(tx);
        this.#journal.steps[step] = { done: { v: result } };
        await (last ? this.#endIn(writer) : this.#journalTo(writer));
        return result as T;
      });
    } catch (error) {
      delete this.#journal.steps[step];
      throw error;
    }
  }

  #commitRows<T>(body: Parameters<typeof write<T>>[2]): Promise<T> {
    return write(this.#world, this.#record, body).catch(storeFailed);
  }

  #write(body: (writer: Writer) => Promise<void>): Promise<void> {
    return this.#world.store.write(this.#record, body).catch(storeFailed);
  }

  async #save(): Promise<void> {
    await this.#write((writer) => this.#journalTo(writer));
  }

  /** Writes the journal and extends the lease, unless another process has taken the operation. */
  async #journalTo(writer: Writer): Promise<void> {
    const { id, fence, dueAt } = this.#record;
    const lease = this.#world.worker.lease(this.#world.clock.now());
    const save: OperationSave = {
      ...{ id, fence, dueAt, lease },
      journal: JSON.stringify(this.#journal),
      attempts: this.#attempts,
    };
    if (!(await writer.saveOperation(save))) throw new LeaveError({ is: 'lost' });
  }

  async #endIn(writer: Writer): Promise<void> {
    if (!(await writer.endOperation(this.#record.id, this.#record.fence))) throw new LeaveError({ is: 'lost' });
  }
}

/** A failure of the store is not the operation's: it says nothing about what the operation should do next. */
function storeFailed(error: unknown): never {
  throw error instanceof StoreError ? new LeaveError({ is: 'store-failed', cause: error }) : error;
}
