import { expect, it } from 'vitest';
import type { VolumeSpec } from '../../../ports/driver.ts';
import { callOf, pretendStorage, storageOf } from './storage.fixture.ts';

const call = callOf();
const spec: VolumeSpec = { zone: 'az-1', sizeGiB: 5, type: 'gp3', encrypted: false };
const clock = { now: () => 0, at: () => ({ cancel: () => undefined }) };

it('a volume waits for its snapshot that is still being taken, and not for one that failed', async () => {
  const cloud = pretendStorage();
  const { volumes, snapshots } = storageOf(cloud, new Map(), clock);
  await volumes.ensure('vol-1', spec, call);
  cloud.settle();
  await snapshots.ensure('snap-1', { volume: 'vol-1', sizeGiB: 5 }, call);
  const filled = () => volumes.ensure('vol-2', { ...spec, snapshot: 'snap-1' }, call);
  await expect(filled()).rejects.toMatchObject({ trouble: 'conflict', retry: true });
  const [taken] = [...cloud.snapshots.values()];
  // It comes to be there after the refusal, and before it is looked at.
  const states = ['creating', 'available'];
  Object.defineProperty(taken, 'status', { get: () => states.shift(), configurable: true });
  await expect(filled()).rejects.toMatchObject({ trouble: 'conflict', retry: true });
  expect(states).toEqual([]);
  Object.defineProperty(taken, 'status', { value: 'error', writable: true });
  await expect(filled()).rejects.toMatchObject({ trouble: 'invalid' });
  taken!.status = 'available';
  expect(await filled()).toMatchObject({ settled: false });
  cloud.settle();
  expect(await filled()).toMatchObject({ settled: true });
  expect(cloud.volumes.size).toBe(2);
});
