import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';
import { write } from '../context/writing.ts';
import { snapshot } from './snapshot.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

/** A snapshot of 8 GiB that is complete. */
async function taken(): Promise<string> {
  const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 8 });
  await w.settle();
  const { SnapshotId } = await w.call('CreateSnapshot', { VolumeId });
  await w.settle();
  return SnapshotId;
}

describe('a snapshot that is deleted while it is used', () => {
  test('volumes that are being filled from it complete, whoever makes them; then its blocks go', async () => {
    const SnapshotId = await taken();
    await write(w.world, { account: testAccount, region: 'us-east-1' }, async (tx) =>
      tx.update(snapshot, await tx.need(snapshot, SnapshotId), { permissions: ['all'] }),
    );
    const fill = async (options = {}) =>
      (await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', SnapshotId }, options)).VolumeId;
    const other = { account: otherAccount };
    const [one, two, theirs] = [await fill(), await fill(), await fill(other)];
    await w.call('DeleteSnapshot', { SnapshotId });
    expect((await w.call('DescribeSnapshots', { OwnerIds: ['self'] })).Snapshots).toEqual([]);
    await w.settle();
    const states = async (VolumeIds: string[], options = {}) =>
      (await w.call('DescribeVolumes', { VolumeIds }, options)).Volumes.map((v: { State: string }) => v.State);
    expect(await states([one, two])).toEqual(['available', 'available']);
    expect(await states([theirs], other)).toEqual(['available']);
    const call = {
      account: testAccount,
      region: 'us-east-1',
      operation: 'op-test',
      signal: new AbortController().signal,
    };
    expect(await w.driver.snapshots.look(SnapshotId, call)).toBeUndefined();
  });

  test('an instance whose image and snapshot are deleted at once is launched all the same', async () => {
    const SnapshotId = await taken();
    const { ImageId } = await w.call('RegisterImage', {
      ...{
        Name: 'short',
        RootDeviceName: '/dev/xvda',
        VirtualizationType: 'hvm',
        Architecture: 'x86_64',
        EnaSupport: true,
      },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }],
    });
    await w.settle();
    const { Instances } = await w.call('RunInstances', { ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 });
    const { DeleteSnapshotResults } = await w.call('DeregisterImage', { ImageId, DeleteAssociatedSnapshots: true });
    expect(DeleteSnapshotResults).toEqual([{ SnapshotId, ReturnCode: 'success' }]);
    await w.settle();
    const seen = await w.call('DescribeInstances', { InstanceIds: [Instances[0].InstanceId] });
    expect(seen.Reservations[0].Instances[0].State.Name).toBe('running');
    await expectRefusal(
      w.call('RunInstances', { ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }),
      'InvalidAMIID.Unavailable',
      /is no longer available/,
    );
  });
});
