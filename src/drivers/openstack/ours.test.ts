import { expect, it } from 'vitest';
import { another } from './ours.ts';
import { createRecords } from './records.ts';
import type { SnapshotRecord } from './snapshots.ts';
import { callOf, memoryShelf, pretendStorage, storageOf, untilGone } from './storage/storage.fixture.ts';
import type { VolumeRecord } from './volumes.ts';

const call = callOf();
const spec = { zone: 'az-1', sizeGiB: 5, type: 'gp3', encrypted: false };
const clock = { now: () => 0, at: () => ({ cancel: () => undefined }) };
const late = (id: string, name: string) => ({ id, name, status: 'available', size: 5, attachments: [] });

async function* listOf(...things: { id: string; name: string }[]) {
  yield* things;
}

it('looks for another only of what was asked for again', async () => {
  const refused = () => {
    throw new Error('nothing is listed');
  };
  expect(await another({ account: 'a', native: 'n1' }, 'vol-1', refused)).toBeUndefined();
  const again = { account: 'a', native: 'n1', again: true };
  const things = [late('n0', 'vol-10'), late('n1', 'vol-1'), late('n2', 'vol-1')];
  expect(await another(again, 'vol-1', () => listOf(...things))).toMatchObject({ id: 'n2' });
  expect(await another(again, 'vol-1', () => listOf(...things.slice(0, 2)))).toBeUndefined();
});

it('of volumes and snapshots that come late, while they are asked for again, one stays and none at the end', async () => {
  const cloud = pretendStorage();
  const pairs = new Map<string, string>();
  const { volumes, snapshots } = storageOf(cloud, pairs, clock);
  const shelf = memoryShelf(pairs);
  const idsOf = (things: ReadonlyMap<string, unknown>) => [...things.keys()];

  // As after a request without an answer, whose work nobody has seen yet.
  await createRecords<VolumeRecord>(shelf, 'volume').put('vol-1', call, { account: call.account });
  await volumes.ensure('vol-1', spec, call);
  const native = await volumes.nativeOf('vol-1', call);
  cloud.volumes.set('late', late('late', 'vol-1'));
  cloud.settle();
  expect(await volumes.ensure('vol-1', spec, call)).toEqual({ settled: true });
  cloud.settle();
  expect(idsOf(cloud.volumes)).toEqual([native]);

  const begun = { account: call.account, volume: 'vol-1' };
  await createRecords<SnapshotRecord>(shelf, 'snapshot').put('snap-1', call, begun);
  const ensure = () => snapshots.ensure('snap-1', { volume: 'vol-1', sizeGiB: 5 }, call);
  await ensure();
  cloud.settle();
  cloud.snapshots.set('late', late('late', 'snap-1'));
  expect(await ensure()).toMatchObject({ settled: true });
  cloud.settle();
  expect(cloud.snapshots.size).toBe(1);

  cloud.snapshots.set('later', late('later', 'snap-1'));
  await untilGone(cloud, snapshots, 'snap-1', call);
  expect(idsOf(cloud.snapshots)).toEqual([]);
  cloud.volumes.set('later', late('later', 'vol-1'));
  await untilGone(cloud, volumes, 'vol-1', call);
  expect(idsOf(cloud.volumes)).toEqual([]);
  expect(pairs.size).toBe(0);
});
