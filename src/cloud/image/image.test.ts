import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal, otherAccount, type TestWorld, testAccount, testWorld } from '../../../test/support/world.ts';

let w: TestWorld;
let SnapshotId: string;
beforeEach(async () => {
  w = await testWorld();
  const { VolumeId } = await w.call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 2 });
  await w.settle();
  SnapshotId = (await w.call('CreateSnapshot', { VolumeId })).SnapshotId;
  await w.settle();
});
afterEach(() => w.close());

const other = { account: otherAccount };
const root = () => [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId } }];
const register = (input: object = {}) =>
  w.call('RegisterImage', {
    Name: 'mine',
    RootDeviceName: '/dev/xvda',
    BlockDeviceMappings: root(),
    VirtualizationType: 'hvm',
    Architecture: 'x86_64',
    ...input,
  });
const images = async (input: object = {}, options = {}) => (await w.call('DescribeImages', input, options)).Images;
const own = () => images({ Owners: ['self'] });
const names = (found: readonly { Name: string }[]) => found.map((i) => i.Name);

async function registered(input: object = {}): Promise<string> {
  const { ImageId } = await register(input);
  await w.settle();
  return ImageId;
}

test('images and instances of Windows say so in lower case', async () => {
  const [windows] = await images({ Filters: [{ Name: 'platform', Values: ['windows'] }], MaxResults: 1 });
  const [linux] = await images({ Filters: [{ Name: 'name', Values: ['al2023-ami-2*x86_64'] }], MaxResults: 1 });
  expect([windows.Platform, linux.Platform]).toEqual(['windows', undefined]);
  const { Instances } = await w.call('RunInstances', {
    ...{ ImageId: windows.ImageId, InstanceType: 't3.large', MinCount: 1, MaxCount: 1 },
  });
  expect(Instances[0].Platform).toBe('windows');
});

describe('DeregisterImage', () => {
  test('the id finds nothing for a while, then is unknown; the snapshot stays', async () => {
    const ImageId = await registered();
    await w.call('ModifyImageAttribute', { ImageId, LaunchPermission: { Add: [{ UserId: otherAccount }] } });
    await expectRefusal(w.call('DeregisterImage', { ImageId, DryRun: true }), 'DryRunOperation');
    await expectRefusal(
      w.call('DeregisterImage', { ImageId }, other),
      'AuthFailure',
      new RegExp(`Not authorized for image:${ImageId}`),
    );
    expect(await w.call('DeregisterImage', { ImageId })).toEqual({ Return: true });
    await w.settle();
    expect(await own()).toEqual([]);
    expect(await images({ ImageIds: [ImageId] })).toEqual([]);
    expect(await images({ ImageIds: [ImageId] }, other)).toEqual([]);
    const kept = await registered({ Name: 'kept' });
    expect((await images({ ImageIds: [ImageId, kept] })).map((one: { ImageId: string }) => one.ImageId)).toEqual([
      kept,
    ]);
    await w.call('DeregisterImage', { ImageId: kept });
    await expectRefusal(images({ ImageIds: [ImageId] }, { account: '999988887777' }), 'InvalidAMIID.NotFound');
    await expectRefusal(
      w.call('DeregisterImage', { ImageId }),
      'InvalidAMIID.Unavailable',
      new RegExp(`^The image ID '${ImageId}' is no longer available$`),
    );
    await w.clock.advance(3_600_000);
    await expectRefusal(
      images({ ImageIds: [ImageId] }),
      'InvalidAMIID.NotFound',
      new RegExp(`The image id '\\[${ImageId}\\]' does not exist`),
    );
    // The name is free again, and the snapshot still there.
    await registered();
  });

  test('with its snapshots, as far as no other image stands on them', async () => {
    const [one, two] = [await registered(), await registered({ Name: 'second' })];
    const first = await w.call('DeregisterImage', { ImageId: one, DeleteAssociatedSnapshots: true });
    expect(first).toEqual({ Return: true, DeleteSnapshotResults: [{ SnapshotId, ReturnCode: 'skipped' }] });
    const last = await w.call('DeregisterImage', { ImageId: two, DeleteAssociatedSnapshots: true });
    expect(last.DeleteSnapshotResults).toEqual([{ SnapshotId, ReturnCode: 'success' }]);
    await w.settle();
    expect((await w.call('DescribeSnapshots', { OwnerIds: ['self'] })).Snapshots).toEqual([]);
  });

  test('refuses ids that are missing, malformed, unknown, or of a public image', async () => {
    await expectRefusal(w.call('DeregisterImage', {}), 'MissingParameter', /ImageId/);
    await expectRefusal(
      w.call('DeregisterImage', { ImageId: 'ami-x' }),
      'InvalidAMIID.Malformed',
      /expecting "ami-..."/,
    );
    await expectRefusal(w.call('DeregisterImage', { ImageId: 'ami-0123456789abcdef0' }), 'InvalidAMIID.NotFound');
    await expectRefusal(
      w.call('DeregisterImage', { ImageId: w.driver.catalogue.images('us-east-1')[0]!.id }),
      'AuthFailure',
    );
    const ImageId = await registered();
    await expectRefusal(w.call('DeregisterImage', { ImageId }, other), 'InvalidAMIID.NotFound');
  });
});

describe('DescribeImages', () => {
  test('by filters', async () => {
    await registered({ Name: 'web-1', Description: 'front' });
    await registered({ Name: 'web-2', EnaSupport: true });
    await registered({ Name: 'data', Architecture: 'arm64', BootMode: 'uefi' });
    const by = async (Name: string, ...Values: string[]) =>
      names(await images({ Owners: ['self'], Filters: [{ Name, Values }] }));
    expect(await by('name', 'web-*')).toEqual(['web-1', 'web-2']);
    expect(await by('name', 'data')).toEqual(['data']);
    expect(await by('architecture', 'arm64')).toEqual(['data']);
    expect(await by('ena-support', 'true')).toEqual(['web-2']);
    expect(await by('block-device-mapping.snapshot-id', SnapshotId)).toHaveLength(3);
    expect(await by('block-device-mapping.volume-size', '2')).toHaveLength(3);
    expect(await by('boot-mode', 'uefi')).toEqual(['data']);
    expect(await by('description', 'fr*')).toEqual(['web-1']);
    expect(await by('creation-date', '2026-01-02T*')).toHaveLength(3);
    expect(await by('is-public', 'true')).toEqual([]);
    expect(await by('image-watermark.watermark-key', '*')).toEqual([]);
    await expectRefusal(by('colour', 'red'), 'InvalidParameterValue', /The filter 'colour' is invalid/);
  });

  test('by owners and by who may launch', async () => {
    const [mine, shared, open] = [
      await registered(),
      await registered({ Name: 'shared' }),
      await registered({ Name: 'open' }),
    ];
    await w.call('ModifyImageAttribute', { ImageId: shared, LaunchPermission: { Add: [{ UserId: otherAccount }] } });
    await w.call('ModifyImageAttribute', { ImageId: open, LaunchPermission: { Add: [{ Group: 'all' }] } });
    expect(names(await images({ Owners: [testAccount] }, other))).toEqual(['shared', 'open']);
    expect(names(await images({ ExecutableUsers: ['self'] }, other))).toEqual(['shared']);
    expect(names(await images({ ExecutableUsers: ['all'], Owners: [testAccount] }, other))).toEqual(['open']);
    expect(names(await images({ ExecutableUsers: [otherAccount] }))).toEqual(['shared']);
    expect(names(await images({ ImageIds: [open] }, other))).toEqual(['open']);
    await expectRefusal(images({ ImageIds: [mine] }, other), 'InvalidAMIID.NotFound');
    await expectRefusal(images({ Owners: ['me'] }), 'InvalidUserID.Malformed', /Invalid user id: "me"/);
    await expectRefusal(images({ ExecutableUsers: ['everyone'] }), 'InvalidUserID.Malformed');
    expect(await images({ Owners: ['aws-marketplace'] })).toEqual([]);
  });

  test('in pages of 1 to 1000', async () => {
    await registered();
    await registered({ Name: 'second' });
    const first = await w.call('DescribeImages', { Owners: ['self'], MaxResults: 1 });
    expect(names(first.Images)).toEqual(['mine']);
    const last = await w.call('DescribeImages', { Owners: ['self'], MaxResults: 1, NextToken: first.NextToken });
    expect(names(last.Images)).toEqual(['second']);
    expect(last.NextToken).toBeUndefined();
    await expectRefusal(images({ MaxResults: 0 }), 'InvalidParameterValue', /between 1 and 1000/);
    await expectRefusal(images({ MaxResults: 1001 }), 'InvalidParameterValue', /between 1 and 1000/);
  });
});
