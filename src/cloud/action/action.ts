import type { Refusal } from '../../kernel/errors.ts';
import type { Reading } from '../context/reading.ts';
import type { Writing } from '../context/writing.ts';
import type { Listing } from './listing.ts';

/** An operation schema of the AWS SDK, such as `CreateVolume$`. Only the codec looks inside. */
export type OperationSchema = readonly [kind: number, namespace: string, name: string, ...rest: readonly unknown[]];

interface Declared<Input> {
  readonly name: string;
  readonly schema: OperationSchema;
  /** One sentence for the reference. */
  readonly doc: string;
  /** Keeps the input type; never called. */
  readonly input?: (input: Input) => void;
}

/** An action that changes nothing. */
export interface ReadAction<Input, Output> extends Declared<Input> {
  readonly mode: 'read';
  /** Kinds whose revisions tell whether the answer can have changed; absent = the answer is never kept. */
  readonly kinds?: readonly string[];
  /** The answer also shows what other accounts share: their changes count too. */
  readonly shared?: boolean;
  /** The answer also shows what is the user's own who asks: it is kept for nobody. */
  readonly ofUser?: boolean;
  readonly run: (cx: Reading, input: Input) => Promise<Output | Listing>;
}

/**
 * How an action answers that only the cloud can answer, such as the address that it chose: once the operations that the
 * transaction started have ended. Where it started none, which is so where the cloud leaves the matter to us, nothing of
 * this happens. What an operation left with `leaveRefusal` is answered instead.
 */
export interface Settle<Output> {
  /** Whether the answer waits, by what the transaction answered; absent: always. */
  readonly waits?: (output: Output) => boolean;
  /** The answer, of rows as they are now; absent: what the transaction answered. */
  readonly answer?: (cx: Reading, output: Output) => Promise<Output>;
  /**
   * The operations did not end in time, and the request is refused. Takes back what a repetition of it would make twice, so
   * that they undo themselves; false: they have just ended. Absent: they go on.
   */
  readonly late?: (tx: Writing, output: Output) => Promise<boolean>;
}

/**
 * What a transaction answers that keeps what it did although its request is refused: EC2 documents that some requests fail in
 * part. Every other refusal is thrown, and then nothing is kept. It is not remembered for a client token.
 */
export class RefusedInPart {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    this.refusal = refusal;
  }
}

/** An action that is one transaction. */
export interface WriteAction<Input, Output, Prepared> extends Declared<Input> {
  readonly mode: 'write';
  /** The member that makes a repeated request one request. */
  readonly idempotent?: 'ClientToken';
  /** The longest token that EC2 documents for the action, in characters; absent: 128. */
  readonly longestToken?: number;
  /** What takes time or asks the cloud a read-only question, before the transaction. */
  readonly prepare?: (cx: Reading, input: Input) => Promise<Prepared>;
  readonly run: (tx: Writing, input: Input, prepared: Prepared) => Promise<Output | RefusedInPart>;
  /** What the answer waits for after the transaction. */
  readonly settle?: Settle<Output>;
}

export type Action<Input = never, Output = unknown, Prepared = never> =
  | ReadAction<Input, Output>
  | WriteAction<Input, Output, Prepared>;

/** Declares an action that only reads. */
export const read = <Input, Output>(
  schema: OperationSchema,
  rest: Omit<ReadAction<Input, Output>, 'mode' | 'name' | 'schema'>,
): ReadAction<Input, Output> => ({ mode: 'read', name: schema[2], schema, ...rest });

/** Declares an action that changes things: `run` is one transaction, so DryRun and ClientToken need no line in it. */
export const write = <Input, Output, Prepared = undefined>(
  schema: OperationSchema,
  rest: Omit<WriteAction<Input, Output, Prepared>, 'mode' | 'name' | 'schema'>,
): WriteAction<Input, Output, Prepared> => ({ mode: 'write', name: schema[2], schema, ...rest });
