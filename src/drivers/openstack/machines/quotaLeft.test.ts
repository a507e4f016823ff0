import { expect, it } from 'vitest';
import { quotaLeft } from './quotaLeft.ts';

const limits = {
  ...{ maxTotalInstances: 10, totalInstancesUsed: 4, maxTotalCores: 20, totalCoresUsed: 4 },
  ...{ maxTotalRAMSize: 4096, totalRAMUsed: 1024 },
};
const small = { vcpus: 1, memoryMiB: 256 };

it.each([
  ['servers', {}, small, { left: 6, limit: 'instances' }],
  ['cores', { totalCoresUsed: 18 }, small, { left: 2, limit: 'vcpus' }],
  ['memory', {}, { vcpus: 1, memoryMiB: 1024 }, { left: 3, limit: 'vcpus' }],
  ['a quota that is overdrawn', { totalInstancesUsed: 11 }, small, { left: 0, limit: 'instances' }],
  ['no limit of servers', { maxTotalInstances: -1 }, small, { left: 12, limit: 'vcpus' }],
] as const)('%s end first', (_, changed, hardware, left) =>
  expect(quotaLeft({ ...limits, ...changed }, hardware)).toEqual(left),
);
