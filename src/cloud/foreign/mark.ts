import { type Row, resource } from '../../kernel/resource.ts';
import type { Reader, Scope } from '../../ports/store.ts';
import { rowOf } from '../context/rows.ts';
import type { Writing } from '../context/writing.ts';
import type { FeedName } from './adopter.ts';

/** Up to where a feed was followed: written with the rows that came of it. */
interface MarkRow extends Row {
  readonly mark: string;
  /** When that was, epoch milliseconds. */
  readonly at: number;
}

const feedMark = resource<MarkRow>()({
  kind: 'feed-mark',
  prefix: 'feed',
  codes: { missing: 'InternalError', malformed: 'InternalError', noun: 'mark of a feed' },
  filters: {},
  view: (row) => row.id,
});

/** The mark as it was written last; undefined before the first time. */
export async function readMark(reader: Reader, scope: Scope, feed: FeedName): Promise<MarkRow | undefined> {
  const { account, region } = scope;
  const [found] = await reader.items({ kind: feedMark.kind, account, region, ids: [feed] });
  return found && rowOf<MarkRow>(found);
}

/** Writes the mark. */
export async function writeMark(tx: Writing, feed: FeedName, mark: string): Promise<void> {
  const before = await tx.find(feedMark, feed);
  if (before === undefined) await tx.insert(feedMark, { id: feed, mark, at: tx.now });
  else await tx.update(feedMark, before, { mark, at: tx.now });
}
