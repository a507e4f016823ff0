import { DriverError } from '../../../ports/driver.ts';
import { OpenStackError } from '../trouble.ts';

/** How a volume or a snapshot is deleted. */
export interface Removal<T extends { readonly status: string }> {
  /** Cinder has accepted the deletion before: it is looked at, not asked for again. */
  readonly asked: boolean;
  readonly look: () => Promise<T | undefined>;
  /** False: there was none. */
  readonly remove: () => Promise<boolean>;
}

/**
 * `asked`: the deletion was accepted just now. `going`: Cinder is at work, on that or on something that has to end first.
 * `refused`: the thing rests, and Cinder does not delete it.
 */
export type Removed<T> =
  | { readonly now: 'gone' | 'asked' | 'going' }
  | { readonly now: 'refused'; readonly there: T; readonly why: OpenStackError };

/** One step of a deletion. Throws a DriverError `invalid` when Cinder has tried and failed. */
export async function remove<T extends { readonly status: string }>(removal: Removal<T>): Promise<Removed<T>> {
  if (removal.asked) {
    const there = await removal.look();
    if (there === undefined) return { now: 'gone' };
    if (there.status === 'deleting') return { now: 'going' };
  }
  try {
    return { now: (await removal.remove()) ? 'asked' : 'gone' };
  } catch (error) {
    // Cinder says 400 in the same words for every state in which a thing cannot be deleted, also for `deleting`.
    if (!(error instanceof OpenStackError) || error.facts.status !== 400) throw error;
    const there = await removal.look();
    if (there === undefined) return { now: 'gone' };
    if (there.status === 'error_deleting')
      throw new DriverError('invalid', `the cloud failed to delete it: ${error.message}`, { cause: error });
    return resting.has(there.status) ? { now: 'refused', there, why: error } : { now: 'going' };
  }
}

/** Deletes what was made twice. False: Cinder is still at work on it, perhaps on making it; it is to be tried again. */
export async function removeTwin<T extends { readonly status: string }>(
  twin: Omit<Removal<T>, 'asked'>,
): Promise<boolean> {
  const step = await remove({ ...twin, asked: false });
  if (step.now === 'refused') throw step.why;
  return step.now !== 'going';
}

/** States that Cinder does not leave by itself. */
const resting: ReadonlySet<string> = new Set([
  'available',
  'in-use',
  'error',
  'error_extending',
  'error_restoring',
  'error_managing',
]);
