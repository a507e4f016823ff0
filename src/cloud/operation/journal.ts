import type { About } from '../../ports/driver.ts';

/** What an operation has done so far: everything needed to go on after a crash, or to undo. */
export interface Journal {
  readonly steps: Record<string, StepRecord>;
  /** Set once the operation has failed for good: from then on it only undoes. */
  unwinding?: {
    readonly trouble: string;
    readonly message: string;
    readonly superseded: boolean;
    readonly about?: About;
  };
}

export interface StepRecord {
  /** Present once the step is over; `v` is its result. */
  done?: { readonly v?: unknown };
  /** True once the step's undo is over. */
  undone?: boolean;
}

export const readJournal = (text: string): Journal => (text === '' ? { steps: {} } : (JSON.parse(text) as Journal));
