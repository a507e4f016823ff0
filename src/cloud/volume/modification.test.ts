import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../test/support/world.ts';
import { type Driver, DriverError, type VolumeSpec } from '../../ports/driver.ts';
import { running } from './machine.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

async function made(input: object = {}): Promise<string> {
  const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 4, ...input });
  await w.settle();
  return VolumeId;
}
const modify = (VolumeId: string, input: object) => w.call('ModifyVolume', { VolumeId, ...input });
const seen = async (id: string) => (await w.call('DescribeVolumes', { VolumeIds: [id] })).Volumes[0];
const modifications = async (input: object = {}) =>
  (await w.call('DescribeVolumesModifications', input)).VolumesModifications;

/** A driver of which somebody hears what it is to make of volumes, before it does. */
const ensuring =
  (hear: (spec: VolumeSpec) => unknown) =>
  (driver: Driver): Driver => ({
    ...driver,
    volumes: {
      ...driver.volumes,
      ensure: async (id, spec, call) => {
        hear(spec);
        return driver.volumes.ensure(id, spec, call);
      },
    },
  });

describe('ModifyVolume', () => {
  test('makes a volume larger, in use too, and tells of it until it is done', async () => {
    const id = await made();
    const { InstanceId } = await running(w);
    await w.call('AttachVolume', { VolumeId: id, InstanceId, Device: '/dev/sdf' });
    await w.settle();
    await expectRefusal(modify(id, { Size: 9, DryRun: true }), 'DryRunOperation');
    const began = { VolumeId: id, ModificationState: 'modifying', OriginalSize: 4, TargetSize: 9, Progress: 0 };
    const { VolumeModification } = await modify(id, { Size: 9 });
    expect(VolumeModification).toMatchObject({ ...began, OriginalVolumeType: 'gp2', TargetVolumeType: 'gp2' });
    expect(await modifications()).toEqual([VolumeModification]);
    expect(await seen(id)).toMatchObject({ Size: 4, State: 'in-use' });
    await expectRefusal(modify(id, { Size: 10 }), 'IncorrectModificationState', /MODIFYING/);
    await w.settle();
    expect(await modifications({ VolumeIds: [id] })).toMatchObject([
      { ...began, ModificationState: 'completed', Progress: 100, EndTime: expect.any(Date) },
    ]);
    expect(await seen(id)).toMatchObject({ Size: 9, State: 'in-use', Attachments: [{ InstanceId }] });
  });

  test('asks the cloud for what the volume is to be', async () => {
    await w.close();
    const specs: VolumeSpec[] = [];
    w = await testWorld({ wrap: ensuring((spec) => specs.push(spec)) });
    const id = await made();
    await modify(id, { Size: 8, VolumeType: 'gp3', Iops: 4_000, Throughput: 500 });
    await w.settle();
    const common = { zone: 'us-east-1a', encrypted: false };
    expect(specs.at(-1)).toEqual({ ...common, sizeGiB: 8, type: 'gp3', iops: 4_000, throughput: 500 });
    await modify(id, { VolumeType: 'gp2' });
    await w.settle();
    expect(specs.at(-1)).toEqual({ ...common, sizeGiB: 8, type: 'gp2', iops: 100 });
    const { Throughput, ...rest } = await seen(id);
    expect([Throughput, rest]).toMatchObject([undefined, { VolumeType: 'gp2', Iops: 100, Size: 8 }]);
  });

  test.each([
    [{ VolumeType: 'gp3' }, { Size: 2_000, VolumeType: 'gp2' }, { Iops: 3_000, Throughput: 125 }],
    [{ Size: 2_500 }, { Size: 2_000, VolumeType: 'gp2' }, { Size: 2_500, Iops: 7_500, VolumeType: 'gp2' }],
    [{ Iops: 5_000 }, { Size: 10, VolumeType: 'gp3', Throughput: 200 }, { Iops: 5_000, Throughput: 200 }],
    [{ Throughput: 300 }, { Size: 10, VolumeType: 'gp3', Iops: 5_000 }, { Iops: 5_000, Throughput: 300 }],
    [{ VolumeType: 'io2' }, { Size: 10, VolumeType: 'gp3', Iops: 5_000 }, { Iops: 3_000, Throughput: undefined }],
    [{ VolumeType: 'st1', Size: 125 }, { Size: 4 }, { Size: 125, Iops: undefined }],
    [{ MultiAttachEnabled: true }, { VolumeType: 'io2', Iops: 200 }, { Iops: 200, MultiAttachEnabled: true }],
  ])('by %o, a volume %o becomes %o', async (change, input, expected) => {
    const id = await made(input);
    await modify(id, change);
    await w.settle();
    const after = await seen(id);
    for (const [name, value] of Object.entries(expected)) expect(after[name], name).toEqual(value);
  });

  test.each([
    [{}, 'MissingParameter', /Size/],
    [{ Size: 3 }, 'InvalidParameterValue', /cannot be smaller/],
    [{ Size: 16_385 }, 'InvalidParameterValue', /at most 16384/],
    [{ VolumeType: 'gp9' }, 'UnknownVolumeType', /gp9/],
    [{ VolumeType: 'st1' }, 'InvalidParameterValue', /at least 125/],
    [{ Iops: 200 }, 'InvalidParameterCombination', /gp2/],
    [{ VolumeType: 'io1' }, 'InvalidParameterCombination', /ratio/],
    [{ VolumeType: 'gp3', Throughput: 751 }, 'InvalidParameterCombination', /ratio/],
    [{ MultiAttachEnabled: true }, 'InvalidParameterCombination', /Multi-Attach/],
    [{ MultiAttachEnabled: true, VolumeType: 'io2' }, 'InvalidParameterCombination', /io2 volumes only/],
  ])('refuses %o', async (input, code, message) => {
    const id = await made();
    await expectRefusal(modify(id, input), code, message);
    expect([await modifications(), await w.world.store.operations.pending()]).toEqual([[], 0]);
  });

  test('refuses what is not there, not one’s own, or not ready', async () => {
    await expectRefusal(w.call('ModifyVolume', { Size: 9 }), 'MissingParameter', /VolumeId/);
    await expectRefusal(modify('vol-1', { Size: 9 }), 'InvalidVolumeID.Malformed');
    await expectRefusal(modify('vol-0123456789abcdef0', { Size: 9 }), 'InvalidVolume.NotFound');
    const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 4 });
    await expectRefusal(modify(VolumeId, { Size: 9 }), 'IncorrectState', /creating/);
    await w.settle();
    const theirs = w.call('ModifyVolume', { VolumeId, Size: 9 }, { account: otherAccount });
    await expectRefusal(theirs, 'InvalidVolume.NotFound');
  });

  test('keeps at several instances what is there', async () => {
    const id = await made({ VolumeType: 'io2', Iops: 200, MultiAttachEnabled: true });
    for (const device of ['/dev/sdf', '/dev/sdg']) {
      const { InstanceId } = await running(w);
      await w.call('AttachVolume', { VolumeId: id, InstanceId, Device: device });
    }
    await w.settle();
    await expectRefusal(modify(id, { MultiAttachEnabled: false }), 'IncorrectState', /attached to 2/);
    await expectRefusal(modify(id, { VolumeType: 'gp3' }), 'InvalidParameterCombination', /Multi-Attach/);
  });

  test('a volume that is modified is not attached meanwhile', async () => {
    const id = await made();
    const { InstanceId } = await running(w);
    await modify(id, { Size: 9 });
    const attach = () => w.call('AttachVolume', { VolumeId: id, InstanceId, Device: '/dev/sdf' });
    await expectRefusal(attach(), 'OperationNotPermitted', /MODIFYING/);
    await w.settle();
    await attach();
  });

  test('is offered four times a day', async () => {
    const id = await made();
    for (const Size of [5, 6, 7, 8]) {
      await modify(id, { Size });
      await w.settle();
    }
    await expectRefusal(modify(id, { Size: 9 }), 'VolumeModificationRateExceeded', /again at 2026-01-03T03:04/);
    await w.clock.advance(24 * 60 * 60_000);
    await modify(id, { Size: 9 });
  });

  test('takes of the quota, and gives back what the cloud does not make', async () => {
    await w.close();
    w = await testWorld({ quotas: { 'volume-gib': 10 } });
    const id = await made();
    await expectRefusal(modify(id, { Size: 11 }), 'VolumeLimitExceeded');
    await modify(id, { Size: 10 });
    await w.settle();
    await w.call('DeleteVolume', { VolumeId: id });
    await w.settle();
    await made({ Size: 10 });
  });

  test('a modification that the cloud cannot make fails, and gives back what it took', async () => {
    await w.close();
    const wrap = ensuring(({ sizeGiB }) => {
      if (sizeGiB === 10) throw new DriverError('no-capacity', 'the shelf is full');
    });
    w = await testWorld({ quotas: { 'volume-gib': 10 }, wrap });
    const id = await made();
    await modify(id, { Size: 10 });
    await w.settle();
    const failed = { ModificationState: 'failed', StatusMessage: expect.stringContaining('the shelf is full') };
    expect(await modifications()).toMatchObject([{ ...failed, TargetSize: 10, EndTime: expect.any(Date) }]);
    expect(await seen(id)).toMatchObject({ Size: 4, State: 'available' });
    await made({ Size: 6 });
    await w.call('DeleteVolume', { VolumeId: id });
    await w.settle();
    await made({ Size: 4 });
  });

  test('is refused where the cloud has no room, or does not change types', async () => {
    await w.close();
    const wrap = (driver: Driver): Driver => ({
      ...driver,
      can: { ...driver.can, otherVolumeTypes: false, volumePerformance: false },
      // A new volume would not fit in; one that is there may grow.
      storageQuota: async () => ({ volumes: full ? 0 : 9, volumeGiB: room, snapshots: 9, largestGiB: 8 }),
    });
    let [full, room] = [false, 9];
    w = await testWorld({ wrap });
    const id = await made();
    full = true;
    await expectRefusal(modify(id, { VolumeType: 'gp3' }), 'Unsupported', /does not change the type/);
    await expectRefusal(modify(id, { Iops: 100 }), 'InvalidParameterCombination', /gp2/);
    await expectRefusal(modify(id, { Size: 9 }), 'VolumeLimitExceeded', /8 GiB/);
    room = 3;
    await expectRefusal(modify(id, { Size: 8 }), 'VolumeLimitExceeded', /total size/);
    await modify(id, { Size: 7 });
  });

  test('is refused where a type says how fast it is, unless it is about another type alone', async () => {
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, volumePerformance: false } }) });
    const id = await made({ Size: 8 });
    await expectRefusal(modify(id, { VolumeType: 'io1', Iops: 100 }), 'Unsupported', /VolumeType io1/);
    await expectRefusal(modify(id, { VolumeType: 'gp3', Throughput: 250 }), 'Unsupported', /Throughput cannot be 250/);
    await modify(id, { VolumeType: 'gp3', Iops: 3000 });
    await w.settle();
    await expectRefusal(modify(id, { Iops: 4000 }), 'Unsupported', /Iops cannot be 4000/);
    await modify(id, { Size: 9 });
  });
});

describe('DescribeVolumesModifications', () => {
  test('by ids, filters and pages', async () => {
    const ids: string[] = [];
    for (const Size of [1, 2, 3]) ids.push(await made({ Size, VolumeType: 'gp3' }));
    const never = await made();
    for (const id of ids) await modify(id, { Size: 10 });
    await w.settle();
    const found = async (Name: string, ...Values: string[]) =>
      (await modifications({ Filters: [{ Name, Values }] })).map((one: { VolumeId: string }) => one.VolumeId);
    expect(await found('volume-id', '*')).toEqual(ids);
    expect(await found('original-size', '2', '3')).toEqual(ids.slice(1));
    expect(await found('target-size', '10')).toEqual(ids);
    expect(await found('modification-state', 'modifying')).toEqual([]);
    expect(await found('modification-state', 'compl*')).toEqual(ids);
    expect(await found('originalMultiAttachEnabled', 'true')).toEqual([]);
    expect(await modifications({ VolumeIds: [ids[2], ids[0]] })).toHaveLength(2);
    const { NextToken, VolumesModifications } = await w.call('DescribeVolumesModifications', { MaxResults: 2 });
    expect(VolumesModifications).toHaveLength(2);
    expect(await modifications({ MaxResults: 2, NextToken })).toMatchObject([{ VolumeId: ids[2] }]);
    await expectRefusal(modifications({ MaxResults: 501 }), 'InvalidParameterValue', /500/);
    const both = modifications({ VolumeIds: [ids[0], never] });
    await expectRefusal(both, 'InvalidVolumeModification.NotFound', new RegExp(never));
    await expectRefusal(modifications({ VolumeIds: ['vol-0123456789abcdef0'] }), 'InvalidVolume.NotFound');
    const theirs = w.call('DescribeVolumesModifications', { VolumeIds: [ids[0]] }, { account: otherAccount });
    await expectRefusal(theirs, 'InvalidVolume.NotFound');
  });
});
