import type { ErrorCode } from '../../kernel/codes.ts';
import { type Row, resource } from '../../kernel/resource.ts';
import type { Trouble } from '../../ports/driver.ts';
import type { Writing } from '../context/writing.ts';
import type { GivenUp } from './operation.ts';

/** What an operation that gave up has to say to the request that waits for it; its id is the operation's. */
export interface RefusedRow extends Row {
  readonly code: ErrorCode;
  readonly message: string;
  /** The cloud's own words, for the log. */
  readonly internal: string;
}

export const refusedOperation = resource<RefusedRow>()({
  kind: 'refused-operation',
  prefix: 'op',
  codes: { missing: 'InternalError', malformed: 'InternalError', noun: 'operation' },
  filters: {},
  view: (row) => row.id,
});

/** A code with EC2's sentence. */
export type Said = readonly [code: ErrorCode, message: string];

const usual: Readonly<Partial<Record<Trouble, Said>>> = {
  denied: ['UnauthorizedOperation', 'The cloud behind this region does not let this account do that.'],
  'no-capacity': ['ServiceUnavailable', 'The cloud behind this region has no room for this at the moment.'],
  unsupported: ['UnsupportedOperation', 'The cloud behind this region does not offer this.'],
};

/** Leaves the answer for the request that waits; `said` is what EC2 says in this case, if anything in particular. */
export async function leaveRefusal(tx: Writing, why: GivenUp, said: Said | undefined): Promise<void> {
  const [code, message] = said ?? usual[why.trouble] ?? ['InternalError', 'An internal error has occurred'];
  // Only the way it is worded in the cloud tells which parameter it does not like.
  const words = code === 'UnsupportedOperation' ? `${message} (${why.message})` : message;
  await tx.insert(refusedOperation, { id: why.operation, code, message: words, internal: why.message });
}
