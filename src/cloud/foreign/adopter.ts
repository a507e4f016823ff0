import type { Changes, Feed, Foreign } from '../../ports/foreign.ts';
import type { Writing } from '../context/writing.ts';

/** The feeds that a cloud with other writers has. */
export type FeedName = Exclude<keyof Foreign, 'machineOf' | 'projectOf'>;

/** What a feed tells of. */
export type Told<Name extends FeedName> = NonNullable<Foreign[Name]> extends Feed<infer T> ? T : never;

/**
 * Which of these ids are to be left as they are, and why. `changed`: since the cloud was asked, so that what it said is older
 * than what the row says. `in-hand`: an operation of ours is about it, or was when the cloud was asked, and its row is still
 * as it was then. Whoever leaves something out for that is told again.
 */
export type Unsettled = (ids: readonly string[]) => Promise<ReadonlyMap<string, 'changed' | 'in-hand'>>;

/**
 * Brings the rows of an account and region up to what the cloud says: adds, changes and ends them, in one transaction.
 * Safe to repeat: what the rows say already changes nothing. Where `changes.whole`, a row that is not told of is of
 * something gone, unless it is unsettled or among `changes.unsure`.
 */
export type Adopter<T> = (tx: Writing, changes: Changes<T>, unsettled: Unsettled) => Promise<void>;

/** How what a feed tells becomes rows. */
export interface Adoption<T> {
  /** Kinds whose rows the adopter compares with what is told; the first is that of the ids that it asks `unsettled` about. */
  readonly kinds: readonly [string, ...string[]];
  readonly adopt: Adopter<T>;
}
