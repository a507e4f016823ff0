import { afterEach, expect, it } from 'vitest';
import { expectRefusal, type Output, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { type Driver, DriverError, type StorageAsked, type StorageLeft } from '../../ports/driver.ts';
import { linux } from '../instance/instance.fixture.ts';

let w: TestWorld;
afterEach(() => w.close());

/** A world whose cloud has quotas of its own, which a test may change. */
async function open(first: Partial<StorageLeft>, answer?: Driver['storageQuota']) {
  const left = { volumes: 10, volumeGiB: 100, snapshots: 10, ...first };
  const asked: { times: number; about: readonly StorageAsked[] } = { times: 0, about: [] };
  const storageQuota: Driver['storageQuota'] = async (what, call) => {
    asked.times++;
    asked.about = what;
    return answer === undefined ? left : answer(what, call);
  };
  w = await testWorld({ wrap: (driver) => ({ ...driver, storageQuota }) });
  one.ImageId = linux(w);
  return { left, asked };
}

const one = { ImageId: '', InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 };
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

it('a volume larger than the cloud allows a single one is refused', async () => {
  await open({ largestGiB: 4 });
  await expectRefusal(create(5), 'VolumeLimitExceeded', /single volume exceeded: it is 4 GiB/);
  expect((await create(4)).State).toBe('creating');
  await expectRefusal(
    w.call('RunInstances', { ...one, BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 5 } }] }),
    'VolumeLimitExceeded',
  );
});

it('quotas of single types count for what is of the type, also in a launch', async () => {
  const few = { volumes: 0, volumeGiB: 9, snapshots: 0 };
  const { left, asked } = await open({});
  const ofTypes = [{ ...few, asked: [{ type: 'gp3' }] }];
  Object.assign(left, { ofTypes });
  await expectRefusal(w.call('CreateVolume', { ...place, Size: 1, VolumeType: 'gp3' }), 'VolumeLimitExceeded');
  expect(asked.about).toEqual([{ type: 'gp3' }]);
  expect((await create(1)).VolumeType).toBe('gp2');
  const disk = (type: string, device: string) => ({ DeviceName: device, Ebs: { VolumeSize: 1, VolumeType: type } });
  const launch = (MaxCount: number): Promise<Output> =>
    w.call('RunInstances', {
      ...one,
      MaxCount,
      BlockDeviceMappings: [disk('gp3', '/dev/sdf'), disk('gp3', '/dev/sdg'), disk('standard', '/dev/sdh')],
    });
  await expectRefusal(launch(1), 'VolumeLimitExceeded', /number/);
  expect(asked.about.map((of) => 'type' in of && of.type).sort()).toEqual(['gp3', 'gp3', 'gp3', 'standard']);
  Object.assign(left, { ofTypes: [{ ...few, volumes: 5, asked: [{ type: 'gp3' }] }] });
  expect((await launch(9)).Instances).toHaveLength(2);
});

it('a snapshot of a volume whose type has no room for it is refused, in an image, too', async () => {
  const { left } = await open({ snapshots: 9 });
  const { Instances } = await w.call('RunInstances', { ...one });
  const [{ InstanceId }] = Instances;
  await w.settle();
  const { Reservations } = await w.call('DescribeInstances', { InstanceIds: [InstanceId] });
  const volume: string = Reservations[0].Instances[0].BlockDeviceMappings[0].Ebs.VolumeId;
  const ofTypes = [{ volumes: 9, volumeGiB: 9, snapshots: 0, asked: [{ volume }] }];
  Object.assign(left, { ofTypes });
  await expectRefusal(w.call('CreateSnapshot', { VolumeId: volume }), 'SnapshotLimitExceeded');
  await expectRefusal(w.call('CreateImage', { InstanceId, Name: 'captured' }), 'SnapshotLimitExceeded');
  expect((await w.call('DescribeImages', { Owners: ['self'] })).Images).toEqual([]);
  Object.assign(left, { ofTypes: [] });
  await w.call('CreateImage', { InstanceId, Name: 'captured' });
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
  const { asked } = await open({}, (_, call) => {
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
