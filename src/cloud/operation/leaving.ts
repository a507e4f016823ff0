import { type Row, resource } from '../../kernel/resource.ts';
import type { Writing } from '../context/writing.ts';

/**
 * A thing whose row is gone while the cloud may still have it; its id is the thing's. Whoever reads the cloud's list does not
 * take it for somebody else's.
 */
interface LeavingRow extends Row {
  /** When the cloud had it no more, epoch milliseconds: lists that were asked for before may tell of it. */
  readonly leftAt?: number;
}

const leavingThing = resource<LeavingRow>()({
  kind: 'leaving-thing',
  prefix: 'leaving',
  codes: { missing: 'InternalError', malformed: 'InternalError', noun: 'thing' },
  filters: {},
  view: (row) => row.id,
});

/** Notes that a thing is on its way out. */
export async function leaving(tx: Writing, id: string): Promise<void> {
  if ((await tx.find(leavingThing, id)) === undefined) await tx.insert(leavingThing, { id });
}

/** Notes that the cloud has it no more; remembered only where the cloud's lists are read. */
export async function left(tx: Writing, id: string): Promise<void> {
  const row = await tx.find(leavingThing, id);
  if (row === undefined) return;
  if (tx.here.driver.foreign !== undefined) await tx.update(leavingThing, row, { leftAt: tx.now });
  else await tx.remove(leavingThing, row);
}

/** The cloud did not let it go. */
export async function stays(tx: Writing, id: string): Promise<void> {
  const row = await tx.find(leavingThing, id);
  if (row !== undefined) await tx.remove(leavingThing, row);
}

/**
 * Which of the things that a list tells of are leaving, or have left since it was asked for. Forgets what left before, and is
 * in the list no more.
 */
export async function leavingOf(
  tx: Writing,
  listed: ReadonlySet<string>,
  askedAt: number | undefined,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const row of await tx.where(leavingThing, {})) {
    if (row.leftAt === undefined || askedAt === undefined || row.leftAt >= askedAt) found.add(row.id);
    else if (!listed.has(row.id)) await tx.remove(leavingThing, row);
  }
  return found;
}
