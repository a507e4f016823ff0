import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testWorld } from '../../../test/support/world.ts';
import type { Driver } from '../../ports/driver.ts';
import { run } from '../instance/instance.fixture.ts';

let w: TestWorld;
let zoneId: string;
beforeEach(async () => {
  w = await testWorld();
  zoneId = w.driver.catalogue.region('us-east-1').zones[0]!.id;
});
afterEach(() => w.close());

const create = (input: object = {}) => w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1, ...input });
const volumes = async (input: object = {}, options = {}) => (await w.call('DescribeVolumes', input, options)).Volumes;
const missingVolume = 'vol-0123456789abcdef0';

describe('CreateVolume', () => {
  test('makes an empty volume that becomes available', async () => {
    const made = await create({
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'data' }] }],
    });
    expect(made).toMatchObject({
      State: 'creating',
      Size: 1,
      VolumeType: 'gp2',
      Iops: 100,
      Encrypted: false,
      MultiAttachEnabled: false,
    });
    await w.settle();
    const [seen] = await volumes();
    expect(seen).toMatchObject({
      VolumeId: made.VolumeId,
      State: 'available',
      AvailabilityZone: 'us-east-1a',
      AvailabilityZoneId: zoneId,
      Attachments: [],
      SnapshotId: '',
      OwnerId: '111122223333',
      VolumeArn: `arn:aws:ec2:us-east-1:111122223333:volume/${made.VolumeId}`,
      Tags: [{ Key: 'Name', Value: 'data' }],
    });
  });

  test('takes the zone by its id, and only one of the two', async () => {
    expect(await w.call('CreateVolume', { AvailabilityZoneId: zoneId, Size: 1 })).toMatchObject({
      AvailabilityZone: 'us-east-1a',
    });
    await expectRefusal(create({ AvailabilityZoneId: zoneId }), 'InvalidParameterCombination', /AvailabilityZoneId/);
    await expectRefusal(
      w.call('CreateVolume', { AvailabilityZoneId: 'use1-az99', Size: 1 }),
      'InvalidAvailabilityZoneId.NotFound',
    );
  });

  test.each([
    [{ Size: undefined }, 'MissingParameter', /size or snapshotId/],
    [{ AvailabilityZone: undefined }, 'MissingParameter', /AvailabilityZone/],
    [{ AvailabilityZone: 'us-east-1z' }, 'InvalidZone.NotFound', /us-east-1z/],
    [{ VolumeType: 'gp9' }, 'UnknownVolumeType', /gp9/],
    [{ Size: 0 }, 'InvalidParameterValue', /at least 1/],
    [{ Size: 16_385 }, 'InvalidParameterValue', /at most 16384/],
    [{ VolumeType: 'st1', Size: 124 }, 'InvalidParameterValue', /at least 125/],
    [{ VolumeType: 'io1', Size: 4 }, 'MissingParameter', /iops/],
    [{ VolumeType: 'io1', Size: 4, Iops: 201 }, 'InvalidParameterCombination', /ratio/],
    [{ VolumeType: 'io2', Size: 4, Iops: 99 }, 'InvalidParameterValue', /iops/],
    [{ Iops: 100 }, 'InvalidParameterCombination', /iops is not supported for gp2/],
    [{ Throughput: 125 }, 'InvalidParameterCombination', /throughput is not supported for gp2/],
    [{ VolumeType: 'gp3', Throughput: 751 }, 'InvalidParameterCombination', /ratio/],
    [{ VolumeType: 'gp3', Throughput: 124 }, 'InvalidParameterValue', /throughput/],
    [{ MultiAttachEnabled: true }, 'InvalidParameterCombination', /Multi-Attach/],
    [{ KmsKeyId: 'alias/mine' }, 'InvalidParameterDependency', /KmsKeyId/],
    [{ OutpostArn: 'arn:aws:outposts:x' }, 'InvalidParameterValue', /OutpostArn/],
    [{ SnapshotId: 'snap-1' }, 'InvalidSnapshotID.Malformed', /snap-1/],
    [
      { SnapshotId: 'snap-0123456789abcdef0' },
      'InvalidSnapshot.NotFound',
      /The snapshot 'snap-0123456789abcdef0' does not exist/,
    ],
    [{ VolumeInitializationRate: 100 }, 'InvalidParameterCombination', /VolumeInitializationRate/],
    [
      { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a' }] }] },
      'InvalidParameterValue',
      /TagSpecification.1/,
    ],
  ] as const)('refuses %o', async (input, code, message) => {
    await expectRefusal(create(input), code, message);
    expect(await volumes()).toEqual([]);
  });

  test('a volume of a snapshot has its size and encryption, and may be larger', async () => {
    const source = await create({ Size: 10, Encrypted: true });
    await w.settle();
    const taken = await w.call('CreateSnapshot', { VolumeId: source.VolumeId });
    await expectRefusal(create({ SnapshotId: taken.SnapshotId, Size: undefined }), 'IncorrectState', /pending/);
    await w.settle();
    const like = await create({ SnapshotId: taken.SnapshotId, Size: undefined, VolumeInitializationRate: 200 });
    expect(like).toMatchObject({
      Size: 10,
      Encrypted: true,
      SnapshotId: taken.SnapshotId,
      VolumeInitializationRate: 200,
    });
    expect(like.KmsKeyId).toBe('arn:aws:kms:us-east-1:111122223333:alias/aws/ebs');
    expect(await create({ SnapshotId: taken.SnapshotId, Size: 11 })).toMatchObject({ Size: 11 });
    await expectRefusal(
      create({ SnapshotId: taken.SnapshotId, Size: 9 }),
      'InvalidParameterValue',
      /smaller than snapshot/,
    );
    await expectRefusal(
      create({ SnapshotId: taken.SnapshotId, VolumeInitializationRate: 99, Size: 10 }),
      'InvalidParameterValue',
      /VolumeInitializationRate/,
    );
    await expectRefusal(
      w.call(
        'CreateVolume',
        { AvailabilityZone: 'us-east-1a', SnapshotId: taken.SnapshotId },
        { account: otherAccount },
      ),
      'InvalidSnapshot.NotFound',
    );
  });

  test('is one volume for one client token', async () => {
    const first = await create({ ClientToken: 'once' });
    expect((await create({ ClientToken: 'once' })).VolumeId).toBe(first.VolumeId);
    await expectRefusal(create({ ClientToken: 'once', Size: 2 }), 'IdempotentParameterMismatch');
    expect(await volumes()).toHaveLength(1);
  });

  test('a dry run makes nothing', async () => {
    await expectRefusal(create({ DryRun: true }), 'DryRunOperation');
    expect(await volumes()).toEqual([]);
    expect(await w.world.store.operations.pending()).toBe(0);
  });

  test('is refused beyond the quota, which a deleted volume gives back', async () => {
    await w.close();
    w = await testWorld({ quotas: { volumes: 1 } });
    const { VolumeId } = await create();
    await expectRefusal(create(), 'VolumeLimitExceeded');
    await w.settle();
    await w.call('DeleteVolume', { VolumeId });
    await w.settle();
    await create();
  });

  test('is refused where the cloud has no volumes', async () => {
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, volumes: false } }) });
    await expectRefusal(create(), 'Unsupported', /Volumes/);
  });

  test('is refused where the cloud does not encrypt or share volumes; a copy of what is encrypted is one', async () => {
    await w.close();
    let offered = true;
    const can = (driver: Driver) => ({ ...driver.can, encryptedVolumes: offered, multiAttach: offered });
    w = await testWorld({
      wrap: (driver) => ({
        ...driver,
        get can() {
          return can(driver);
        },
      }),
    });
    const { VolumeId } = await create({ Encrypted: true });
    await w.settle();
    const { SnapshotId } = await w.call('CreateSnapshot', { VolumeId });
    await w.settle();
    offered = false;
    await expectRefusal(create({ Encrypted: true }), 'Unsupported', /encrypt/);
    const shared = { VolumeType: 'io1', Size: 4, Iops: 100, MultiAttachEnabled: true };
    await expectRefusal(create(shared), 'Unsupported', /several instances/);
    const withDisk = (Ebs: object) => run(w, { BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs }] });
    await expectRefusal(withDisk({ VolumeSize: 1, Encrypted: true }), 'Unsupported', /encrypt/);
    const BlockDeviceMappings = [{ DeviceName: '/dev/sdb', Ebs: { VolumeSize: 1, Encrypted: true } }];
    const registering = w.call('RegisterImage', { Name: 'sealed', RootDeviceName: '/dev/sda1', BlockDeviceMappings });
    await expectRefusal(registering, 'Unsupported', /encrypt/);
    expect(await create({ SnapshotId, Encrypted: true })).toMatchObject({ Encrypted: true });
    await withDisk({ SnapshotId });
  });

  test('is refused where its type alone says how fast it is, and it wants more than that', async () => {
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, volumePerformance: false } }) });
    const gp3 = { VolumeType: 'gp3', Size: 8 };
    const wishes: [object, RegExp][] = [
      [{ ...gp3, Iops: 4000 }, /Iops cannot be 4000/],
      [{ ...gp3, Throughput: 250 }, /Throughput cannot be 250/],
      [{ VolumeType: 'io1', Size: 4, Iops: 100 }, /provisioned IOPS \(VolumeType io1\)/],
      [{ VolumeType: 'io2', Size: 4, Iops: 100 }, /VolumeType io2/],
    ];
    const DeviceName = '/dev/sdb';
    const register = (Ebs: object) =>
      w.call('RegisterImage', {
        Name: 'fast',
        RootDeviceName: '/dev/sda1',
        BlockDeviceMappings: [{ DeviceName, Ebs }],
      });
    for (const [wish, words] of wishes) {
      await expectRefusal(create(wish), 'Unsupported', words);
      const { Size: VolumeSize, ...rest } = wish as { Size: number };
      const Ebs = { VolumeSize, ...rest };
      await expectRefusal(run(w, { BlockDeviceMappings: [{ DeviceName, Ebs }] }), 'Unsupported', words);
      await expectRefusal(register(Ebs), 'Unsupported', words);
    }
    // What EC2 refuses in any case is refused as there.
    await expectRefusal(create({ VolumeType: 'gp2', Iops: 100 }), 'InvalidParameterCombination');
    expect(await volumes()).toEqual([]);
    // Many clients say what the type has in any case.
    expect(await create({ ...gp3, Iops: 3000, Throughput: 125 })).toMatchObject({ Iops: 3000, Throughput: 125 });
    await w.settle();
    const { SnapshotId } = await w.call('CreateSnapshot', { VolumeId: (await volumes())[0].VolumeId });
    await w.settle();
    const slow = { SnapshotId, Size: 8, VolumeInitializationRate: 100 };
    await expectRefusal(create(slow), 'Unsupported', /VolumeInitializationRate cannot be 100/);
    const mapping = [{ DeviceName, Ebs: { SnapshotId, VolumeInitializationRate: 100 } }];
    await expectRefusal(run(w, { BlockDeviceMappings: mapping }), 'Unsupported', /VolumeInitializationRate/);
  });

  test('is in error when the cloud refuses for good, and leaves no blocks', async () => {
    await w.close();
    w = await testWorld({ simulator: { failures: [{ verb: 'volumes.ensure', trouble: 'no-capacity' }] } });
    const { VolumeId } = await create();
    await w.settle();
    expect(await volumes()).toMatchObject([{ VolumeId, State: 'error' }]);
    await w.call('DeleteVolume', { VolumeId });
    await w.settle();
    expect(await volumes()).toEqual([]);
  });
});

describe('DeleteVolume', () => {
  test('forgets an available volume', async () => {
    const { VolumeId } = await create();
    await w.settle();
    await expectRefusal(w.call('DeleteVolume', { VolumeId, DryRun: true }), 'DryRunOperation');
    await w.call('DeleteVolume', { VolumeId });
    expect(await volumes()).toMatchObject([{ State: 'deleting' }]);
    await w.settle();
    expect(await volumes()).toEqual([]);
    await expectRefusal(
      w.call('DeleteVolume', { VolumeId }),
      'InvalidVolume.NotFound',
      /The volume 'vol-.*' does not exist/,
    );
  });

  test('refuses what is not there, or not one’s own', async () => {
    await expectRefusal(w.call('DeleteVolume', {}), 'MissingParameter', /VolumeId/);
    await expectRefusal(w.call('DeleteVolume', { VolumeId: 'vol-1' }), 'InvalidVolumeID.Malformed');
    await expectRefusal(w.call('DeleteVolume', { VolumeId: missingVolume }), 'InvalidVolume.NotFound');
    const { VolumeId } = await create();
    await w.settle();
    await expectRefusal(w.call('DeleteVolume', { VolumeId }, { account: otherAccount }), 'InvalidVolume.NotFound');
    expect(await volumes()).toHaveLength(1);
  });
});

describe('DescribeVolumes', () => {
  test('by ids, filters and pages', async () => {
    const ids: string[] = [];
    for (let size = 1; size <= 6; size++)
      ids.push((await create({ Size: size, AvailabilityZone: size > 4 ? 'us-east-1b' : 'us-east-1a' })).VolumeId);
    await w.settle();
    const found = async (Name: string, ...Values: string[]) =>
      (await volumes({ Filters: [{ Name, Values }] })).map((v: { Size: number }) => v.Size);
    expect(await found('size', '2', '3')).toEqual([2, 3]);
    expect(await found('availability-zone', 'us-east-1b')).toEqual([5, 6]);
    expect(await found('availability-zone-id', zoneId)).toEqual([1, 2, 3, 4]);
    expect(await found('status', 'avail*')).toHaveLength(6);
    expect(await found('volume-id', ids[0]!)).toEqual([1]);
    expect(await found('operator.managed', 'false')).toHaveLength(6);
    expect(await found('operator.principal', '*')).toEqual([]);
    expect((await volumes({ VolumeIds: [ids[3], ids[1]] })).map((v: { Size: number }) => v.Size)).toEqual([2, 4]);
    const first = await w.call('DescribeVolumes', { MaxResults: 5 });
    expect(first.Volumes).toHaveLength(5);
    expect((await volumes({ MaxResults: 5, NextToken: first.NextToken }))[0]).toMatchObject({ Size: 6 });
    await expectRefusal(volumes({ MaxResults: 4 }), 'InvalidParameterValue', /between 5 and 1000/);
    await expectRefusal(volumes({ MaxResults: 5, VolumeIds: ids }), 'InvalidParameterCombination');
    await expectRefusal(
      volumes({ VolumeIds: [ids[0], missingVolume] }),
      'InvalidVolume.NotFound',
      new RegExp(missingVolume),
    );
    await expectRefusal(volumes({ VolumeIds: [ids[0]] }, { account: otherAccount }), 'InvalidVolume.NotFound');
    expect(await volumes({}, { account: otherAccount })).toEqual([]);
    expect(await volumes({}, { region: 'eu-west-1' })).toEqual([]);
  });
});
