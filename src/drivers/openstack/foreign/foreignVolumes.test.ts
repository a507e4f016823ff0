import { expect, it } from 'vitest';
import type { VolumeSpec } from '../../../ports/driver.ts';
import { callOf, pretendStorage, storageOf } from '../storage/storage.fixture.ts';

const call = callOf();
const spec: VolumeSpec = { zone: 'az-1', sizeGiB: 5, type: 'gp3', encrypted: false };
const clock = { now: () => 0, at: () => ({ cancel: () => undefined }) };

it('volumes are made of snapshots that others made, and are told of volumes that others made', async () => {
  const cloud = pretendStorage();
  const theirs = storageOf(cloud, new Map(), clock);
  await theirs.volumes.ensure('vol-1', spec, call);
  cloud.settle();
  await theirs.snapshots.ensure('snap-1', { volume: 'vol-1', sizeGiB: 5 }, call);
  cloud.settle();
  const [foreignSnapshot] = [...cloud.snapshots.keys()];
  const { volumes } = storageOf(cloud, new Map(), clock, {
    snapshotOf: async () => foreignSnapshot,
    native: async (id) => (id === 'vol-f' ? 'native-1' : undefined),
  });
  await volumes.ensure('vol-2', { ...spec, snapshot: 'snap-foreign' }, call);
  expect(cloud.bodies.at(-1)).toMatchObject({ volume: { snapshot_id: foreignSnapshot } });
  expect(await volumes.nativeOf('vol-f', call)).toBe('native-1');
  expect(await volumes.sizeOf('vol-f', call)).toBe(5);
  expect(await volumes.look('vol-f', call)).toEqual({ settled: true });
  await volumes.ensure('vol-f', { ...spec, sizeGiB: 6 }, call);
  expect(cloud.volumes.get('native-1')?.size).toBe(6);
  await expect(volumes.nativeOf('vol-9', call)).rejects.toMatchObject({ trouble: 'invalid' });
});
