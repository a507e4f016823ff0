/** Thrown to leave an operation's function at a step: the engine decides what comes next. */
export class LeaveError extends Error {
  readonly next: Next;
  constructor(next: Next) {
    // Every operation ends by one, and nobody looks where it came from: to note that costs ten times the throw.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(next.is);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'LeaveError';
    this.next = next;
  }
}

export type Next =
  /** The last commit was made: there is nothing more to do. */
  | { readonly is: 'finished' }
  /** Every step begun was seen again, so every undo is known. */
  | { readonly is: 'collected' }
  /** To be run again from `dueAt` (epoch milliseconds) on; `attempts` counts the failures in a row. */
  | { readonly is: 'later'; readonly dueAt: number; readonly attempts: number }
  /** Another process has the operation. */
  | { readonly is: 'lost' }
  /** The store failed: what is durable is not known here any more, so whoever runs it next must read it. */
  | { readonly is: 'store-failed'; readonly cause: unknown };

/** The `Next` in an error, or undefined when it is of another kind. */
export const nextIn = (error: unknown): Next | undefined => (error instanceof LeaveError ? error.next : undefined);

/** Stops a run whose process is stopping, or whose lease is lost, before it calls the cloud. */
export function stopIfAborted(signal: AbortSignal, now: number, attempts: number): void {
  if (signal.aborted) throw new LeaveError({ is: 'later', dueAt: now, attempts });
}
