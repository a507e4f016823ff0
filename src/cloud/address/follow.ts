import type { Writing } from '../context/writing.ts';
import { cloudHasAddresses } from './inCloud.ts';
import applyAddress from './operations/applyAddress.ts';
import type { AddressRow, Association } from './row.ts';

/**
 * Lets the cloud follow what this transaction changed about an address; `before` is where it was, and `replaced` are
 * addresses that leave the place for it. Nothing where the cloud
 * leaves addresses to us.
 */
export async function follow(
  tx: Writing,
  row: AddressRow,
  before: Association | undefined,
  replaced: readonly string[] = [],
): Promise<void> {
  if (!cloudHasAddresses(tx) || row.association?.id === before?.id) return;
  await tx.start(applyAddress, row.id, {
    id: row.id,
    replaced,
    ...(row.association !== undefined && { made: row.association.id }),
    ...(before !== undefined && { before }),
  });
}
