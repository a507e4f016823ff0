import type { QuotaLeft } from '../../../ports/driver.ts';
import type { ComputeLimits } from '../rest/nova.ts';

/** How many more servers Nova lets a project have. Servers that are off count, too. */
export function quotaLeft(
  limits: Omit<ComputeLimits, 'maxTotalKeypairs' | 'maxServerMeta'>,
  hardware: { readonly vcpus: number; readonly memoryMiB: number } | undefined,
): QuotaLeft {
  const left = (most: number, used: number, each: number): number =>
    most < 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, Math.floor((most - used) / each));
  const { vcpus, memoryMiB } = hardware ?? { vcpus: 1, memoryMiB: 1 };
  const instances = left(limits.maxTotalInstances, limits.totalInstancesUsed, 1);
  const sized = Math.min(
    left(limits.maxTotalCores, limits.totalCoresUsed, vcpus),
    left(limits.maxTotalRAMSize, limits.totalRAMUsed, memoryMiB),
  );
  return instances <= sized ? { left: instances, limit: 'instances' } : { left: sized, limit: 'vcpus' };
}
