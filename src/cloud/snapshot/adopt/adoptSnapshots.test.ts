import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ForeignCloud, foreignCloud } from '../../../../test/support/foreignCloud.ts';
import { otherAccount, type TestWorld, testAccount, testWorld } from '../../../../test/support/world.ts';
import type { ForeignOwnSnapshot } from '../../../ports/foreign.ts';
import { catchUp } from '../../foreign/catchUp.ts';

const region = 'us-east-1';
const id = 'snap-00000000000000001';

let cloud: ForeignCloud;
let w: TestWorld;
beforeEach(async () => {
  cloud = foreignCloud();
  w = await testWorld({ regions: [region], wrap: cloud.wrap });
});
afterEach(() => w.close());

const tell = (...more: readonly Partial<ForeignOwnSnapshot>[]) =>
  void cloud.snapshots.set(
    testAccount,
    more.map((one) => ({
      ...{ id, name: 'frozen', description: 'theirs', state: 'completed', volume: 'vol-00000000000000001' },
      ...{ sizeGiB: 3, startedAt: 1_767_000_000_000, tags: {} },
      ...one,
    })),
  );
const own = async (account = testAccount) => {
  await catchUp(w.world, { account, region }, { name: 'DescribeSnapshots' });
  return (await w.call('DescribeSnapshots', { OwnerIds: ['self'] }, { account })).Snapshots;
};
const used = () => w.world.store.read.usage({ account: testAccount, region }, 'snapshots');

it('a snapshot that others take appears, completes and goes, and counts', async () => {
  tell({ state: 'pending' });
  expect(await own()).toMatchObject([{ SnapshotId: id, State: 'pending', Progress: '0%', Description: 'theirs' }]);
  expect(await own(otherAccount)).toEqual([]);
  tell({});
  expect(await own()).toMatchObject([{ State: 'completed', Progress: '100%', VolumeSize: 3 }]);
  expect((await own())[0].CompletionTime).toBeInstanceOf(Date);
  expect(await used()).toBe(1);
  tell();
  expect(await own()).toEqual([]);
  expect(await used()).toBe(0);
  await w.settle();
});

it('one of ours is not taken for theirs while it is deleted here', async () => {
  tell({});
  await own();
  await w.worker.drain();
  await w.call('DeleteSnapshot', { SnapshotId: id });
  expect(await own()).toEqual([]);
});
