import { afterEach, expect, it } from 'vitest';
import { expectRefusal, type Output, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { type Driver, DriverError, type StorageLeft } from '../../ports/driver.ts';
import { linux } from '../instance/instance.fixture.ts';

let w: TestWorld;
afterEach(() => w.close());

/** A world whose cloud has quotas of its own, which a test may change. */
async function open(first: Partial<StorageLeft>, answer?: Driver['storageQuota']) {
  const left = { volumes: 10, volumeGiB: 100, snapshots: 10, ...first };
  const asked = { times: 0 };
  const storageQuota: Driver['storageQuota'] = async (call) => {
    asked.times++;
    return answer === undefined ? left : answer(call);
  };
  w = await testWorld({ wrap: (driver) => ({ ...driver, storageQuota }) });
  return { left, asked };
}

const place = { AvailabilityZone: 'us-east-1a' };
const create = (Size: number): Promise<Output> => w.call('CreateVolume', { ...place, Size });
const volumes = async (): Promise<number> => (await w.call('DescribeVolumes')).Volumes.length;

it.each([
  [{ volumes: 0 }, /number of volumes/],
  [{ volumeGiB: 4 }, /total size of volumes/],
])('a volume beyond the cloud’s quota (%o) is refused at once, and made when there is room', async (poor, words) => {
  const { left } = await open(poor);
  await expectRefusal(create(5), 'VolumeLimitExceeded', words);
  await expectRefusal(w.call('CreateVolume', { ...place, Size: 5, DryRun: true }), 'VolumeLimitExceeded');
  expect(await volumes()).toBe(0);
  Object.assign(left, { volumes: 1, volumeGiB: 5 });
  expect((await create(5)).State).toBe('creating');
});

it('what is wrong with a request is told before what there is no room for', async () => {
  await open({ volumes: 0 });
  await expectRefusal(w.call('CreateVolume', { AvailabilityZone: 'nowhere', Size: 1 }), 'InvalidZone.NotFound');
});

it.each([{ snapshots: 0 }, { snapshotGiB: 4 }])(
  'a snapshot beyond the cloud’s quota (%o) is refused at once, and taken when there is room',
  async (poor) => {
    const { left } = await open(poor);
    const { VolumeId } = await create(5);
    await w.settle();
    await expectRefusal(w.call('CreateSnapshot', { VolumeId }), 'SnapshotLimitExceeded');
    expect((await w.call('DescribeSnapshots', { OwnerIds: ['self'] })).Snapshots).toEqual([]);
    Object.assign(left, { snapshots: 1, snapshotGiB: 5 });
    expect((await w.call('CreateSnapshot', { VolumeId })).State).toBe('pending');
  },
);

it('a launch makes as many instances as have room for their volumes, and is refused when these are too few', async () => {
  const { left } = await open({ volumes: 5 });
  const launch = (MinCount: number, MaxCount: number, more: object = {}): Promise<Output> =>
    w.call('RunInstances', { ImageId: linux(w), InstanceType: 't3.micro', MinCount, MaxCount, ...more });
  const further = ['f', 'g'].map((n) => ({ DeviceName: `/dev/sd${n}`, Ebs: { VolumeSize: 1 } }));
  expect((await launch(1, 9)).Instances).toHaveLength(5);
  expect((await launch(1, 9, { BlockDeviceMappings: further })).Instances).toHaveLength(1);
  await expectRefusal(launch(6, 9), 'VolumeLimitExceeded', /number/);
  Object.assign(left, { volumeGiB: 1 });
  await expectRefusal(launch(1, 1), 'VolumeLimitExceeded', /size/);
});

it.each<[string, NonNullable<Driver['storageQuota']>]>([
  ['cannot be reached', () => Promise.reject(new DriverError('unavailable', 'away'))],
  ['does not let us ask', () => Promise.reject(new DriverError('denied', 'no'))],
])('a cloud that %s makes no refusal', async (_, answer) => {
  await open({}, answer);
  expect((await create(1)).State).toBe('creating');
});

it('a cloud that is silent is waited for two seconds, and no longer asked then', async () => {
  let signal: AbortSignal | undefined;
  const { asked } = await open({}, (call) => {
    signal = call.signal;
    return new Promise(() => undefined);
  });
  let made: Output;
  const creating = create(1).then((answer) => {
    made = answer;
  });
  while (asked.times === 0) await new Promise(setImmediate);
  await w.clock.advance(1_900);
  expect([made, signal?.aborted]).toEqual([undefined, false]);
  await w.clock.advance(200);
  await creating;
  expect([made.State, signal?.aborted]).toEqual(['creating', true]);
});

it('an error of our own is none of the cloud’s', async () => {
  await open({}, () => Promise.reject(new TypeError('a fault')));
  await expect(create(1)).rejects.toThrow('a fault');
});
