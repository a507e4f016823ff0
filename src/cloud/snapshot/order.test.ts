import { afterEach, expect, it } from 'vitest';
import { expectRefusal, type Output, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { type About, type Driver, DriverError, type Trouble } from '../../ports/driver.ts';

let w: TestWorld;
afterEach(() => w.close());

const bad = (trouble: Trouble, about?: About) => new DriverError(trouble, 'the cloud says so', { about });

/** A world whose cloud does not tell whether snapshots take of the sizes that are left; `trouble` is what it says then. */
async function open() {
  const cloud: { room: number; trouble?: DriverError } = { room: 2 };
  const storageQuota: Driver['storageQuota'] = async () => ({ volumes: 9, volumeGiB: cloud.room, snapshots: 9 });
  w = await testWorld({
    wrap: (driver) => ({
      ...driver,
      storageQuota,
      snapshots: {
        ...driver.snapshots,
        ensure: async (...args) => {
          if (cloud.trouble !== undefined) throw cloud.trouble;
          return driver.snapshots.ensure(...args);
        },
      },
    }),
  });
  cloud.room = 9;
  const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 5 });
  await w.settle();
  cloud.room = 2;
  return { cloud, VolumeId: VolumeId as string };
}

const tags = [{ ResourceType: 'snapshot', Tags: [{ Key: 'k', Value: 'v' }] }];
const take = (VolumeId: string): Promise<Output> =>
  w.call('CreateSnapshot', { VolumeId, Description: 'mine', TagSpecifications: tags });
const own = async (): Promise<Output> => (await w.call('DescribeSnapshots', { OwnerIds: ['self'] })).Snapshots;

it('a snapshot is answered when the cloud has begun it, where only the cloud knows whether there is room', async () => {
  const { VolumeId } = await open();
  const made = await take(VolumeId);
  expect(made).toMatchObject({ VolumeId, State: 'pending', Progress: '', VolumeSize: 5, Description: 'mine' });
  await w.settle();
  expect(await own()).toMatchObject([
    { SnapshotId: made.SnapshotId, State: 'completed', Tags: [{ Key: 'k', Value: 'v' }] },
  ]);
});

it('it is refused, and was never there, when the cloud has no room', async () => {
  const { cloud, VolumeId } = await open();
  cloud.trouble = bad('no-capacity', 'volume-quota');
  await expectRefusal(take(VolumeId), 'SnapshotLimitExceeded', /Maximum number of snapshots/);
  cloud.trouble = bad('denied');
  await expectRefusal(take(VolumeId), 'UnauthorizedOperation');
  expect(await own()).toEqual([]);
});

it('it is withdrawn when the cloud says nothing in time', async () => {
  const { cloud, VolumeId } = await open();
  cloud.trouble = bad('unavailable');
  const refused = expectRefusal(take(VolumeId), 'Unavailable', /withdrawn/);
  let over = false;
  void refused.then(() => {
    over = true;
  });
  while (!over) {
    await new Promise(setImmediate);
    await w.clock.advance(1_000);
  }
  await refused;
  cloud.trouble = undefined;
  await w.settle();
  expect(await own()).toEqual([]);
});
