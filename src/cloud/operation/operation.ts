import type { About, Call, Driver, Seen, Trouble } from '../../ports/driver.ts';
import type { Reading } from '../context/reading.ts';
import type { Writing } from '../context/writing.ts';

/** What an operation's function may do. Step names are unique in an operation and never change meaning. */
export interface Steps {
  /** Reads once; what was read is what every later run of this operation sees. Must be JSON. */
  read<T>(step: string, body: (cx: Reading) => Promise<T>): Promise<T>;
  /**
   * Calls the driver until it is settled. `begun` is durable before the call; `undo` runs when a later step fails for
   * good, also when this step was only begun.
   */
  ensure<S extends Seen>(step: string, work: DriverStep<S>): Promise<S>;
  /** One transaction, once. A refused state event in it means that the operation is superseded: it undoes itself quietly. */
  commit<T>(step: string, body: (tx: Writing) => Promise<T>): Promise<T>;
  /** The last commit: the operation ends with it. */
  finish(step: string, body: (tx: Writing) => Promise<void>): Promise<void>;
}

export interface DriverStep<S extends Seen> {
  readonly do: (driver: Driver, call: Call) => Promise<S>;
  readonly undo?: (driver: Driver, call: Call) => Promise<Seen>;
}

/** Why an operation gave up. */
export interface GivenUp {
  readonly trouble: Trouble;
  readonly message: string;
  readonly about?: About;
  /** The operation's id. */
  readonly operation: string;
}

export interface OperationDeclaration<I = unknown> {
  readonly name: string;
  readonly run: (op: Steps, input: I) => Promise<void>;
  /** Tells the rows, after everything was undone. */
  readonly giveUp: (tx: Writing, input: I, why: GivenUp) => Promise<void>;
}

/** Declares durable work: straight-line code whose steps are journaled, resumed after a crash and undone on failure. */
export const operation = <I>(
  name: string,
  run: OperationDeclaration<I>['run'],
  rules: { readonly giveUp: OperationDeclaration<I>['giveUp'] },
): OperationDeclaration<I> => ({ name, run, giveUp: rules.giveUp });
