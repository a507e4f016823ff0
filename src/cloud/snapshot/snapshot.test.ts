import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { write } from '../context/writing.ts';
import { snapshot } from './snapshot.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

async function volumeId(input: object = {}): Promise<string> {
  const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 3, ...input });
  await w.settle();
  return VolumeId;
}
const take = (VolumeId: string, rest: object = {}) => w.call('CreateSnapshot', { VolumeId, ...rest });
const list = async (input: object = {}, options = {}) => (await w.call('DescribeSnapshots', input, options)).Snapshots;
const own = (input: object = {}) => list({ OwnerIds: ['self'], ...input });
const ids = (found: readonly { SnapshotId: string }[]) => found.map((s) => s.SnapshotId);
const share = (id: string, permissions: readonly string[]) =>
  write(w.world, { account: testAccount, region: 'us-east-1' }, async (tx) =>
    tx.update(snapshot, await tx.need(snapshot, id), { permissions }),
  );

describe('CreateSnapshot', () => {
  test('is pending at first, tells its progress, and completes', async () => {
    const VolumeId = await volumeId({ Size: 100 });
    const tags = [{ ResourceType: 'snapshot', Tags: [{ Key: 'k', Value: 'v' }] }];
    await expectRefusal(take(VolumeId, { DryRun: true }), 'DryRunOperation');
    const made = await take(VolumeId, { Description: 'before the move', TagSpecifications: tags });
    expect(made).toMatchObject({
      VolumeId,
      State: 'pending',
      Progress: '',
      VolumeSize: 100,
      Description: 'before the move',
      OwnerId: testAccount,
      StorageTier: 'standard',
    });
    const progress = new Set<string>();
    for (let i = 0; i < 100 && !progress.has('100%'); i++) {
      progress.add((await own())[0].Progress);
      await w.worker.idle();
      await w.clock.advance(20);
    }
    const told = [...progress].map(Number.parseFloat);
    expect(told).toHaveLength(5);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect([told[0], told[4]]).toEqual([0, 100]);
    await w.settle();
    const [seen] = await own();
    expect(seen).toMatchObject({
      SnapshotId: made.SnapshotId,
      State: 'completed',
      Tags: [{ Key: 'k', Value: 'v' }],
      Encrypted: false,
    });
    expect(seen.CompletionTime.getTime()).toBeGreaterThan(seen.StartTime.getTime());
  });

  test('refuses what cannot be snapshotted', async () => {
    await expectRefusal(w.call('CreateSnapshot', {}), 'MissingParameter', /VolumeId/);
    await expectRefusal(take('vol-x'), 'InvalidVolumeID.Malformed');
    await expectRefusal(take('vol-0123456789abcdef0'), 'InvalidVolume.NotFound');
    const making = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
    await expectRefusal(take(making.VolumeId), 'IncorrectState', /creating/);
    await w.settle();
    const id = making.VolumeId;
    await expectRefusal(take(id, { OutpostArn: 'arn:x' }), 'InvalidParameterValue', /OutpostArn/);
    await expectRefusal(take(id, { Location: 'local' }), 'InvalidParameterValue', /Location/);
    await expectRefusal(take(id, { Location: 'moon' }), 'InvalidParameterValue', /Location/);
    await expectRefusal(take(id, { Description: 'x'.repeat(256) }), 'InvalidParameterValue', /description/);
    await expectRefusal(
      take(id, { TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a' }] }] }),
      'InvalidParameterValue',
      /TagSpecification/,
    );
    await expectRefusal(
      w.call('CreateSnapshot', { VolumeId: id }, { account: otherAccount }),
      'InvalidVolume.NotFound',
    );
    expect(await own()).toEqual([]);
  });

  test('no more than five of one volume at once', async () => {
    const id = await volumeId();
    for (let i = 0; i < 5; i++) await take(id);
    await expectRefusal(take(id), 'ConcurrentSnapshotLimitExceeded');
    await w.settle();
    await take(id);
  });

  test('is refused beyond the quota, which a deleted snapshot gives back', async () => {
    await w.close();
    w = await testWorld({ quotas: { snapshots: 1 } });
    const id = await volumeId();
    const { SnapshotId } = await take(id);
    await expectRefusal(take(id), 'SnapshotLimitExceeded');
    await w.call('DeleteSnapshot', { SnapshotId });
    await take(id);
  });

  test('is refused where the cloud has no snapshots', async () => {
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, snapshots: false } }) });
    await expectRefusal(take('vol-0123456789abcdef0'), 'Unsupported', /Snapshots/);
  });

  test('is in error, with the reason, when the cloud refuses', async () => {
    await w.close();
    w = await testWorld({
      simulator: { failures: [{ verb: 'snapshots.ensure', trouble: 'invalid', message: 'no room for blocks' }] },
    });
    await take(await volumeId());
    await w.settle();
    expect(await own()).toMatchObject([
      { State: 'error', StateMessage: expect.stringContaining('no room for blocks') },
    ]);
  });
});

describe('DeleteSnapshot', () => {
  test('forgets a snapshot, also one that is still being taken', async () => {
    const id = await volumeId({ Size: 100 });
    const done = (await take(id)).SnapshotId;
    await w.settle();
    const half = (await take(id)).SnapshotId;
    await expectRefusal(w.call('DeleteSnapshot', { SnapshotId: done, DryRun: true }), 'DryRunOperation');
    await w.call('DeleteSnapshot', { SnapshotId: done });
    await w.call('DeleteSnapshot', { SnapshotId: half });
    expect(await own()).toEqual([]);
    await w.settle();
    expect(await own()).toEqual([]);
    const call = {
      account: testAccount,
      region: 'us-east-1',
      operation: 'op-test',
      signal: new AbortController().signal,
    };
    for (const gone of [done, half]) expect(await w.driver.snapshots.look(gone, call)).toBeUndefined();
    await expectRefusal(
      w.call('DeleteSnapshot', { SnapshotId: done }),
      'InvalidSnapshot.NotFound',
      /The snapshot 'snap-.*' does not exist/,
    );
  });

  test('refuses ids that are malformed, another account’s, or in use by an image', async () => {
    const { SnapshotId } = await take(await volumeId());
    await w.settle();
    await expectRefusal(w.call('DeleteSnapshot', {}), 'MissingParameter', /SnapshotId/);
    await expectRefusal(w.call('DeleteSnapshot', { SnapshotId: 'snap-x' }), 'InvalidSnapshotID.Malformed');
    await expectRefusal(
      w.call('DeleteSnapshot', { SnapshotId }, { account: otherAccount }),
      'InvalidSnapshot.NotFound',
    );
    await share(SnapshotId, ['all']);
    await expectRefusal(
      w.call('DeleteSnapshot', { SnapshotId }, { account: otherAccount }),
      'InvalidSnapshot.NotFound',
    );
    const { ImageId } = await w.call('RegisterImage', {
      Name: 'mine',
      BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }],
    });
    await expectRefusal(
      w.call('DeleteSnapshot', { SnapshotId }),
      'InvalidSnapshot.InUse',
      new RegExp(`^The snapshot ${SnapshotId} is currently in use by ${ImageId}$`),
    );
    expect(await own()).toHaveLength(1);
  });
});

describe('DescribeSnapshots', () => {
  test('owners: one’s own, an account’s, the public ones of amazon', async () => {
    const { SnapshotId } = await take(await volumeId());
    const catalogue = w.driver.catalogue.snapshots('us-east-1');
    expect(ids(await own())).toEqual([SnapshotId]);
    expect(ids(await list({ OwnerIds: [testAccount] }))).toEqual([SnapshotId]);
    expect(ids(await list({ OwnerIds: ['self'] }, { account: otherAccount }))).toEqual([]);
    expect(await list({ OwnerIds: ['amazon'] })).toHaveLength(
      catalogue.filter((s) => s.ownerAlias === 'amazon').length,
    );
    expect(await list({})).toHaveLength(catalogue.length + 1);
    expect(await list({ OwnerIds: ['self', 'amazon'] })).toHaveLength(
      catalogue.filter((s) => s.ownerAlias === 'amazon').length + 1,
    );
    const [publicOne] = await list({ SnapshotIds: [catalogue[0]!.id] });
    expect(publicOne).toMatchObject({
      VolumeId: 'vol-ffffffff',
      State: 'completed',
      Progress: '100%',
      OwnerId: catalogue[0]!.ownerId,
      VolumeSize: catalogue[0]!.sizeGiB,
    });
    await expectRefusal(list({ OwnerIds: ['nobody'] }), 'InvalidUserID.Malformed', /nobody/);
  });

  test('what is shared is seen by those it is shared with', async () => {
    const volume = await volumeId();
    const [shared, open, mine] = [await take(volume), await take(volume), await take(volume)].map((s) => s.SnapshotId);
    await w.settle();
    await share(shared, [otherAccount]);
    await share(open, ['all']);
    const other = { account: otherAccount };
    expect(ids(await list({ OwnerIds: [testAccount] }, other))).toEqual([shared, open]);
    expect(ids(await list({ RestorableByUserIds: ['self'] }, other))).toEqual([shared]);
    // Of one's own, permission is implied.
    expect(ids(await list({ RestorableByUserIds: ['self'] }))).toEqual([shared, open, mine]);
    expect(ids(await list({ RestorableByUserIds: [testAccount] }, other))).toEqual([shared, open]);
    expect(ids(await list({ RestorableByUserIds: ['self'], SnapshotIds: [mine] }))).toEqual([mine]);
    expect(ids(await list({ RestorableByUserIds: ['all'], OwnerIds: [testAccount] }, other))).toEqual([open]);
    expect(ids(await list({ RestorableByUserIds: [otherAccount] }))).toEqual([shared]);
    expect(ids(await list({ SnapshotIds: [shared, open] }, other))).toEqual([shared, open]);
    await expectRefusal(list({ SnapshotIds: [shared, mine] }, other), 'InvalidSnapshot.NotFound', new RegExp(mine));
    await expectRefusal(list({ RestorableByUserIds: ['x'] }), 'InvalidUserID.Malformed');
    const made = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', SnapshotId: shared }, other);
    expect(made).toMatchObject({ Size: 3, SnapshotId: shared });
  });

  test('filters and pages', async () => {
    const [a, b] = [await volumeId({ Size: 1 }), await volumeId({ Size: 2, Encrypted: true })];
    for (let i = 0; i < 3; i++) {
      await take(a, { Description: `a${i}` });
      await take(b, { Description: `b${i}` });
    }
    const by = async (Name: string, ...Values: string[]) =>
      (await own({ Filters: [{ Name, Values }] })).map((s: { Description: string }) => s.Description);
    expect(await by('volume-id', a)).toEqual(['a0', 'a1', 'a2']);
    expect(await by('status', 'pending')).toHaveLength(6);
    await w.settle();
    expect(await by('status', 'completed')).toHaveLength(6);
    expect(await by('encrypted', 'true')).toEqual(['b0', 'b1', 'b2']);
    expect(await by('volume-size', '1')).toEqual(['a0', 'a1', 'a2']);
    expect(await by('description', '?0')).toEqual(['a0', 'b0']);
    expect(await by('progress', '100%')).toHaveLength(6);
    expect(await by('storage-tier', 'archive')).toEqual([]);
    expect(await by('owner-id', testAccount)).toHaveLength(6);
    await expectRefusal(by('colour', 'red'), 'InvalidParameterValue', /colour/);
    const first = await w.call('DescribeSnapshots', { OwnerIds: ['self'], MaxResults: 5 });
    expect(first.Snapshots).toHaveLength(5);
    const rest = await w.call('DescribeSnapshots', { OwnerIds: ['self'], MaxResults: 5, NextToken: first.NextToken });
    expect(rest).toMatchObject({ Snapshots: [{ Description: 'b2' }] });
    expect(rest.NextToken).toBeUndefined();
    await expectRefusal(own({ MaxResults: 1001 }), 'InvalidParameterValue', /between 5 and 1000/);
    await expectRefusal(list({ SnapshotIds: ['snap-zz'] }), 'InvalidSnapshotID.Malformed');
  });
});
