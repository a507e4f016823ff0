import type { Seen } from './driver.ts';

/** Tags to put and keys to take away. */
export interface TagChange {
  readonly put: Readonly<Record<string, string>>;
  readonly drop: readonly string[];
}

export interface SeenTags extends Seen {
  /** All that the cloud has as tags now. */
  readonly tags: Readonly<Record<string, string>>;
}
