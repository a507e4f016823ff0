import type { Call, Seen } from './driver.ts';

/** Whom an image is shared with from now on, and whom no more: account ids, `all` for everybody. */
export interface ImageShares {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Who may use an image, in a cloud that decides it. */
export interface ImageSharing {
  /** Read-only probe: which of these accounts the cloud has nobody for. */
  strangers(accounts: readonly string[], call: Call): Promise<readonly string[]>;
  /** Read-only probe: who may launch an image besides its owner; undefined for one that the cloud does not share. */
  sharedWith(image: string, call: Call): Promise<readonly string[] | undefined>;
  /** Shares an image of the account's. Safe to repeat. */
  share(image: string, shares: ImageShares, call: Call): Promise<Seen>;
}
