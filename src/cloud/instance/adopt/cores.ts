import type { Writing } from '../../context/writing.ts';
import type { InstanceRow } from '../row.ts';

/** How many vCPUs a type has; one where the cloud has forgotten the type. */
export const coresOf = (tx: Writing, instanceType: string): number =>
  tx.here.driver.catalogue.hardware(instanceType, tx.account)?.vcpus ?? 1;

/**
 * Counts what a machine takes that is there whether the quota allows it or not: more than the quota only means that
 * nothing more is given here.
 */
export async function countVcpus(tx: Writing, row: Pick<InstanceRow, 'instanceType' | 'vcpusFreed'>): Promise<void> {
  if (!row.vcpusFreed) await tx.give('vcpus', -coresOf(tx, row.instanceType));
}
