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
} as const;

export class Problem extends Error {
  readonly exit: number;
  constructor(exit: keyof typeof exits, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Problem';
    this.exit = exits[exit];
  }
}
