import type { Writing } from '../context/writing.ts';
import type { InstanceRow } from './row.ts';

/**
 * The quota of vCPUs counts instances that run or are on their way (EC2 user guide, "On-Demand Instance quotas"): a
 * stopped instance gives its own back, and takes them again when it starts. They are its type's, whatever its CPU
 * options are.
 */
export const vcpusOf = (tx: Writing, row: InstanceRow): number =>
  tx.here.driver.catalogue.hardware(row.instanceType, row.account)?.vcpus ?? row.cores * row.threadsPerCore;

/** Gives an instance's vCPUs back, unless that was done before. What changes in its row. */
export async function freeVcpus(tx: Writing, row: InstanceRow): Promise<Partial<InstanceRow>> {
  if (!row.vcpusFreed) await tx.give('vcpus', vcpusOf(tx, row));
  return { vcpusFreed: true };
}

/** Takes the vCPUs of instances that start, or refuses with VcpuLimitExceeded. What changes in their rows. */
export async function takeVcpus(tx: Writing, rows: readonly InstanceRow[]): Promise<Partial<InstanceRow>> {
  const wanted = rows.filter((row) => row.vcpusFreed).reduce((sum, row) => sum + vcpusOf(tx, row), 0);
  if (wanted > 0) await tx.take('vcpus', wanted);
  return { vcpusFreed: undefined } as unknown as Partial<InstanceRow>;
}
