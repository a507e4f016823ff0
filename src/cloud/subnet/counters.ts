import type { Reading } from '../context/reading.ts';
import { roomOf } from './freeAddresses.ts';
import type { SubnetRow } from './row.ts';

/**
 * What is counted of a subnet, as counters of its owner and not in its row: each launch changes them, and the row, which
 * each launch reads, stays as it is. They only ever grow.
 */
export const counters = (subnetId: string) => ({
  /** Private addresses that interfaces were given so far. */
  taken: `${subnetId}/taken`,
  /** How many of these were given back. */
  given: `${subnetId}/given`,
  /** How many addresses the search for free ones has gone past so far, over and over the subnet. */
  passed: `${subnetId}/passed`,
});

/** What is counted of the addresses in use. */
export interface Usage {
  readonly used: number;
  /** Grows with every change of `used`. */
  readonly changes: number;
}

export async function usageOf(cx: Reading, subnetId: string): Promise<Usage> {
  const names = counters(subnetId);
  const [taken, given] = await Promise.all([cx.counter(names.taken), cx.counter(names.given)]);
  return { used: taken - given, changes: taken + given };
}

/** How many addresses a subnet can still give. */
export const freeAddresses = async (cx: Reading, row: Pick<SubnetRow, 'id' | 'cidr'>): Promise<number> =>
  roomOf(row) - (await usageOf(cx, row.id)).used;
