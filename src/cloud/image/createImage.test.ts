import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  expectRefusal,
  type Output,
  otherAccount,
  type TestWorld,
  testAccount,
  testWorld,
} from '../../../test/support/world.ts';
import { publicImage, running, setState, stopped } from '../volume/machine.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

const call = { account: testAccount, region: 'us-east-1', operation: 'op-test', signal: new AbortController().signal };
const create = (InstanceId: string, input: object = {}) =>
  w.call('CreateImage', { InstanceId, Name: 'captured', ...input });
const own = async (): Promise<Output> => (await w.call('DescribeImages', { Owners: ['self'] })).Images;
const snapshots = async (): Promise<Output> => (await w.call('DescribeSnapshots', { OwnerIds: ['self'] })).Snapshots;

/** A running instance with a data volume beside its root. */
async function withData(): Promise<{ InstanceId: string; root: string; device: string; data: string }> {
  const { InstanceId, RootDeviceName, BlockDeviceMappings } = await running(w);
  const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 4, VolumeType: 'gp3' });
  await w.settle();
  await w.call('AttachVolume', { VolumeId, InstanceId, Device: '/dev/sdf' });
  await w.settle();
  return { InstanceId, root: BlockDeviceMappings[0]!.Ebs.VolumeId, device: RootDeviceName, data: VolumeId };
}

describe('CreateImage', () => {
  test('makes an image with a snapshot of each volume', async () => {
    const { InstanceId, root, device, data } = await withData();
    await expectRefusal(create(InstanceId, { DryRun: true }), 'DryRunOperation');
    expect([await own(), await snapshots()]).toEqual([[], []]);
    const tags = (ResourceType: string) => ({ ResourceType, Tags: [{ Key: 'of', Value: ResourceType }] });
    const { ImageId } = await create(InstanceId, {
      Description: 'all of it',
      TagSpecifications: [tags('image'), tags('snapshot')],
    });
    expect(await own()).toMatchObject([{ ImageId, State: 'pending' }]);
    expect(await snapshots()).toMatchObject([{ State: 'pending', Progress: '0%' }, { State: 'pending' }]);
    await w.settle();
    const [ofRoot, ofData] = await snapshots();
    expect(ofRoot).toMatchObject({
      VolumeId: root,
      State: 'completed',
      Progress: '100%',
      Description: `Created by CreateImage(${InstanceId}) for ${ImageId}`,
      Tags: [{ Key: 'of', Value: 'snapshot' }],
    });
    expect(ofData).toMatchObject({ VolumeId: data, State: 'completed', VolumeSize: 4 });
    const [made] = await own();
    const source = publicImage(w);
    expect(made).toMatchObject({
      State: 'available',
      Name: 'captured',
      Description: 'all of it',
      ImageLocation: `${testAccount}/captured`,
      SourceInstanceId: InstanceId,
      SourceImageId: source.id,
      SourceImageRegion: 'us-east-1',
      Architecture: 'x86_64',
      VirtualizationType: 'hvm',
      RootDeviceType: 'ebs',
      RootDeviceName: device,
      EnaSupport: source.enaSupport,
      Tags: [{ Key: 'of', Value: 'image' }],
      BlockDeviceMappings: [
        { DeviceName: device, Ebs: { SnapshotId: ofRoot.SnapshotId, DeleteOnTermination: true } },
        {
          DeviceName: '/dev/sdf',
          Ebs: {
            SnapshotId: ofData.SnapshotId,
            VolumeSize: 4,
            VolumeType: 'gp3',
            Iops: 3000,
            Throughput: 125,
            DeleteOnTermination: false,
          },
        },
      ],
    });
    expect(await w.driver.images.look(ImageId, call)).toBeDefined();
    await expectRefusal(
      w.call('DeleteSnapshot', { SnapshotId: ofRoot.SnapshotId }),
      'InvalidSnapshot.InUse',
      new RegExp(ImageId),
    );
    const again = await running(w, { ImageId });
    expect(again.BlockDeviceMappings.map((b: { DeviceName: string }) => b.DeviceName)).toEqual([device, '/dev/sdf']);
  });

  test('the mapping leaves devices out, adds some, and changes DeleteOnTermination', async () => {
    const { InstanceId, device } = await withData();
    await create(InstanceId, {
      BlockDeviceMappings: [
        { DeviceName: device, Ebs: { DeleteOnTermination: false } },
        { DeviceName: '/dev/sdf', NoDevice: '' },
        { DeviceName: '/dev/sdg', Ebs: { VolumeSize: 7, VolumeType: 'gp2' } },
        { DeviceName: '/dev/sdh', VirtualName: 'ephemeral0' },
      ],
    });
    await w.settle();
    const [{ BlockDeviceMappings }] = await own();
    expect(BlockDeviceMappings).toMatchObject([
      { DeviceName: device, Ebs: { DeleteOnTermination: false } },
      { DeviceName: '/dev/sdg', Ebs: { VolumeSize: 7, DeleteOnTermination: true } },
      { DeviceName: '/dev/sdh', VirtualName: 'ephemeral0' },
    ]);
    expect(await snapshots()).toHaveLength(1);
    const change = (Ebs: object, Name = 'next') =>
      create(InstanceId, { Name, BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs }] });
    await expectRefusal(change({ VolumeSize: 5 }), 'InvalidBlockDeviceMapping', /Only DeleteOnTermination/);
    await expectRefusal(change({ VolumeType: 'gp2' }), 'InvalidBlockDeviceMapping');
    await expectRefusal(change({ Encrypted: true }), 'InvalidBlockDeviceMapping');
    await expectRefusal(
      create(InstanceId, {
        Name: 'next',
        BlockDeviceMappings: [{ DeviceName: '/dev/sdf', VirtualName: 'ephemeral0' }],
      }),
      'InvalidBlockDeviceMapping',
    );
    await expectRefusal(
      create(InstanceId, { Name: 'next', BlockDeviceMappings: [{ DeviceName: device, NoDevice: '' }] }),
      'InvalidParameterValue',
      /Instance does not have a volume attached at root/,
    );
  });

  test.each([
    [true, {}, true],
    [true, { NoReboot: true }, false],
    [false, {}, false],
  ])('an instance that runs: %s, %o: is to be rebooted: %s', async (runs, input, wanted) => {
    await w.close();
    let rebooted = false;
    w = await testWorld({
      wrap: (driver) => ({
        ...driver,
        images: {
          ...driver.images,
          ensure: (id, spec, how) => {
            rebooted ||= spec.reboot;
            return driver.images.ensure(id, spec, how);
          },
        },
      }),
    });
    const { InstanceId } = await (runs ? running(w) : stopped(w));
    await create(InstanceId, input);
    await w.settle();
    expect(rebooted).toBe(wanted);
    expect(await own()).toMatchObject([{ State: 'available' }]);
  });

  test('sets the boot mode uefi where the instance boots so, and nowhere else', async () => {
    const launch = async (name: RegExp, InstanceType: string) => {
      const found = w.driver.catalogue
        .images('us-east-1')
        .find((i) => name.test(i.name) && i.architecture === 'x86_64');
      return running(w, { ImageId: found!.id, InstanceType });
    };
    const modern = await launch(/^al2023-ami-2/, 't3.micro');
    const { ImageId } = await create(modern.InstanceId, { BootModeOverride: 'uefi' });
    const kept = await create(modern.InstanceId, { Name: 'kept' });
    await w.settle();
    const modes = (await own()).map((i: Output) => [i.ImageId, i.BootMode]);
    expect(modes).toEqual([
      [ImageId, 'uefi'],
      [kept.ImageId, 'uefi-preferred'],
    ]);
    // The same image on a type that has no UEFI.
    const old = await launch(/^al2023-ami-2/, 't2.micro');
    await expectRefusal(
      create(old.InstanceId, { Name: 'old', BootModeOverride: 'uefi' }),
      'InvalidParameterCombination',
      new RegExp(`'${old.InstanceId}' boots legacy-bios`),
    );
    expect(await own()).toHaveLength(2);
  });

  test('refuses what cannot be captured', async () => {
    const { InstanceId } = await running(w);
    await expectRefusal(w.call('CreateImage', { Name: 'captured' }), 'MissingParameter', /InstanceId/);
    await expectRefusal(w.call('CreateImage', { InstanceId }), 'MissingParameter', /Name/);
    await expectRefusal(create('i-x'), 'InvalidInstanceID.Malformed');
    await expectRefusal(create('i-0123456789abcdef0'), 'InvalidInstanceID.NotFound');
    await expectRefusal(create(InstanceId, { Name: 'a?b' }), 'InvalidAMIName.Malformed');
    await expectRefusal(create(InstanceId, { SnapshotLocation: 'local' }), 'InvalidParameterValue', /SnapshotLocation/);
    await expectRefusal(
      create(InstanceId, { BootModeOverride: 'legacy-bios' }),
      'InvalidParameterValue',
      /BootModeOverride/,
    );
    await expectRefusal(
      create(InstanceId, { TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a' }] }] }),
      'InvalidParameterValue',
      /TagSpecification/,
    );
    await expectRefusal(
      w.call('CreateImage', { InstanceId, Name: 'captured' }, { account: otherAccount }),
      'InvalidInstanceID.NotFound',
    );
    await setState(w, InstanceId, 'stopping');
    await expectRefusal(create(InstanceId), 'IncorrectState', /stopping/);
    expect([await own(), await snapshots()]).toEqual([[], []]);
  });

  test('is refused where the cloud makes no images', async () => {
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, images: false } }) });
    await expectRefusal(create('i-0123456789abcdef0'), 'Unsupported', /Images/);
    await expectRefusal(w.call('RegisterImage', { Name: 'mine', ImageLocation: 'b/m.xml' }), 'Unsupported', /Images/);
  });

  test('refuses a name in use, and a root that is no volume', async () => {
    const { InstanceId } = await running(w);
    await create(InstanceId);
    await expectRefusal(
      create(InstanceId),
      'InvalidAMIName.Duplicate',
      /AMI name captured is already in use by AMI ami-/,
    );
    const store = await running(w, { ImageId: publicImage(w, 'instance-store').id, InstanceType: 'm3.medium' });
    await expectRefusal(create(store.InstanceId, { Name: 'other' }), 'UnsupportedOperation', /'ebs' root device/);
  });

  test('when the cloud refuses, image and snapshots say so, and nothing is left there', async () => {
    await w.close();
    w = await testWorld({
      simulator: { failures: [{ verb: 'snapshots.ensure', trouble: 'invalid', message: 'no room' }] },
    });
    const { InstanceId } = await running(w);
    const { ImageId } = await create(InstanceId);
    await w.settle();
    expect(await own()).toMatchObject([
      { ImageId, State: 'failed', StateReason: { Message: expect.stringContaining('no room') } },
    ]);
    const [taken] = await snapshots();
    expect(taken).toMatchObject({ State: 'error', StateMessage: expect.stringContaining('no room') });
    expect(await w.driver.images.look(ImageId, call)).toBeUndefined();
    expect(await w.driver.snapshots.look(taken.SnapshotId, call)).toBeUndefined();
    await w.call('DeregisterImage', { ImageId, DeleteAssociatedSnapshots: true });
    await w.settle();
    expect([await own(), await snapshots()]).toEqual([[], []]);
  });

  test('a cloud that stammers changes nothing in the end', async () => {
    await w.close();
    const failures = [
      { verb: 'images.*', trouble: 'unavailable', times: 2 },
      { verb: 'snapshots.*', trouble: 'throttled', times: 3, after: 'work' },
      { verb: 'compute.attach', trouble: 'conflict', times: 2, after: 'work' },
    ];
    w = await testWorld({ simulator: { failures } });
    const { InstanceId } = await withData();
    await create(InstanceId);
    await w.settle();
    expect(await own()).toMatchObject([{ State: 'available' }]);
    expect(await snapshots()).toMatchObject([{ State: 'completed' }, { State: 'completed' }]);
    const kept: string[] = [];
    for await (const { id } of w.driver.snapshots.list(call)) kept.push(id);
    expect(kept).toHaveLength(2);
  });

  test('deregistered on the way, the image goes and its snapshots complete, unless they are deleted too', async () => {
    const { InstanceId } = await running(w);
    const [one, two] = [(await create(InstanceId)).ImageId, (await create(InstanceId, { Name: 'second' })).ImageId];
    await w.call('DeregisterImage', { ImageId: one });
    await w.call('DeregisterImage', { ImageId: two, DeleteAssociatedSnapshots: true });
    await w.settle();
    expect(await own()).toEqual([]);
    const left = await snapshots();
    expect(left).toMatchObject([{ State: 'completed', Description: expect.stringContaining(one) }]);
    for (const id of [one, two]) expect(await w.driver.images.look(id, call)).toBeUndefined();
    const kept: string[] = [];
    for await (const { id } of w.driver.snapshots.list(call)) kept.push(id);
    expect(kept).toEqual([left[0].SnapshotId]);
  });
});
