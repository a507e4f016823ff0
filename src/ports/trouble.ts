export type Trouble =
  | 'unavailable'
  | 'throttled'
  | 'denied'
  | 'conflict'
  | 'no-capacity'
  | 'unsupported'
  | 'invalid'
  | 'bug';

/**
 * What in particular stands in the way, where EC2 has a code for that: a quota of the account's, or one of its volumes and
 * their sizes, something that is used by
 * something else, an address that cannot be reached from outside (no router, no gateway), a thing that somebody deleted, or
 * the state that somebody has brought it to.
 */
export type About = 'quota' | 'volume-quota' | 'in-use' | 'no-gateway' | 'gone' | 'state';

/** The only error a driver throws. Whether to try again is asked here, and nowhere else. */
export class DriverError extends Error {
  readonly trouble: Trouble;
  readonly about?: About;
  constructor(trouble: Trouble, message: string, options?: { cause?: unknown; about?: About | undefined }) {
    super(message, options);
    this.name = 'DriverError';
    this.trouble = trouble;
    if (options?.about !== undefined) this.about = options.about;
  }
  /** Transient trouble is tried again for ever; the rest ends the operation and undoes it. */
  get retry(): boolean {
    return retries[this.trouble];
  }
}

const retries: Readonly<Record<Trouble, boolean>> = {
  unavailable: true,
  throttled: true,
  conflict: true,
  denied: false,
  'no-capacity': false,
  unsupported: false,
  invalid: false,
  bug: false,
};
