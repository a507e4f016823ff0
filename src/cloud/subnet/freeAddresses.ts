import { type Cidr4, readCidr4 } from '../vpc/cidr.ts';
import type { SubnetRow } from './row.ts';

/** AWS keeps the first four addresses of a subnet (network, router, DNS, future use) and the last (broadcast). */
export const reserved = { first: 4, last: 1 } as const;

/** The addresses of a subnet. */
export function blockOf(row: Pick<SubnetRow, 'cidr'>): Cidr4 {
  const block = readCidr4(row.cidr);
  if (block === undefined) throw new Error(`subnet with the CIDR block ${row.cidr}`);
  return block;
}

/** How many addresses a subnet has for interfaces, in use or not. */
export const roomOf = (row: Pick<SubnetRow, 'cidr'>): number => blockOf(row).size - reserved.first - reserved.last;
