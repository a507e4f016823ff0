import type { StoreError, StoreTrouble } from '../../ports/store.ts';

/**
 * Why the program cannot go on, for people: one clear line and a distinct exit code.
 * The codes are documented in docs/guides/operating.md.
 */
export const exits = {
  fault: 1,
  usage: 2,
  portInUse: 3,
  unreadable: 4,
  corrupt: 5,
  locked: 6,
  full: 7,
  unreachable: 8,
  tooNew: 9,
  noMachines: 10,
  notReady: 11,
} as const;

/** Ends the program with a line and an exit code. */
export class Problem extends Error {
  readonly exit: number;
  constructor(exit: keyof typeof exits, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Problem';
    this.exit = exits[exit];
  }
}

const exitOf: Readonly<Record<StoreTrouble, keyof typeof exits>> = {
  full: 'full',
  locked: 'locked',
  corrupt: 'corrupt',
  unreadable: 'unreadable',
  unreachable: 'unreachable',
  'too-new': 'tooNew',
};

/** Trouble of the store, as the end of the program. */
export const storeProblem = (error: StoreError): Problem =>
  new Problem(exitOf[error.trouble], error.message, { cause: error });
