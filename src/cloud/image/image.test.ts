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

describe('RegisterImage', () => {
  test('makes an image of a snapshot', async () => {
    await expectRefusal(register({ DryRun: true }), 'DryRunOperation');
    const { ImageId } = await register({
      Description: 'my own',
      EnaSupport: true,
      SriovNetSupport: 'simple',
      BootMode: 'uefi',
      TpmSupport: 'v2.0',
      ImdsSupport: 'v2.0',
      UefiData: 'QU1aTlVFRkk=',
      TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'k', Value: 'v' }] }],
      BlockDeviceMappings: [
        ...root(),
        { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
        { DeviceName: '/dev/sdc', Ebs: { VolumeSize: 5, VolumeType: 'gp3', DeleteOnTermination: false } },
      ],
    });
    expect(await own()).toMatchObject([{ ImageId, State: 'pending' }]);
    await w.settle();
    expect(await own()).toEqual([
      {
        ImageId,
        ImageLocation: `${testAccount}/mine`,
        State: 'available',
        OwnerId: testAccount,
        CreationDate: '2026-01-02T03:04:05.530Z',
        Public: false,
        Architecture: 'x86_64',
        ImageType: 'machine',
        PlatformDetails: 'Linux/UNIX',
        UsageOperation: 'RunInstances',
        Name: 'mine',
        Description: 'my own',
        RootDeviceType: 'ebs',
        RootDeviceName: '/dev/xvda',
        BlockDeviceMappings: [
          {
            DeviceName: '/dev/xvda',
            Ebs: { DeleteOnTermination: true, SnapshotId, VolumeSize: 2, VolumeType: 'gp2', Encrypted: false },
          },
          { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
          {
            DeviceName: '/dev/sdc',
            Ebs: {
              DeleteOnTermination: false,
              VolumeSize: 5,
              VolumeType: 'gp3',
              Iops: 3000,
              Throughput: 125,
              Encrypted: false,
            },
          },
        ],
        VirtualizationType: 'hvm',
        Hypervisor: 'xen',
        EnaSupport: true,
        SriovNetSupport: 'simple',
        BootMode: 'uefi',
        TpmSupport: 'v2.0',
        ImdsSupport: 'v2.0',
        DeregistrationProtection: 'disabled',
        FreeTierEligible: false,
        Tags: [{ Key: 'k', Value: 'v' }],
      },
    ]);
  });

  test('with no more than a snapshot it is what EC2 takes it for: i386, paravirtual, /dev/sda1', async () => {
    await w.call('RegisterImage', {
      Name: 'old',
      BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }],
    });
    expect(await own()).toMatchObject([
      { Architecture: 'i386', VirtualizationType: 'paravirtual', RootDeviceName: '/dev/sda1' },
    ]);
  });

  test('of a manifest it has an instance-store root, and may have a kernel and a ramdisk', async () => {
    const [kernel, ramdisk] = (['kernel', 'ramdisk'] as const).map(
      (type) => w.driver.catalogue.images('us-east-1').find((i) => i.type === type)!.id,
    );
    const ImageLocation = 'bucket/path/image.manifest.xml';
    await w.call('RegisterImage', { ImageLocation, KernelId: kernel, RamdiskId: ramdisk, Architecture: 'x86_64' });
    expect(await own()).toMatchObject([
      {
        ImageLocation,
        RootDeviceType: 'instance-store',
        KernelId: kernel,
        RamdiskId: ramdisk,
        BlockDeviceMappings: [],
      },
    ]);
    await expectRefusal(
      w.call('RegisterImage', { Name: 'not so', ImageLocation: 'nowhere' }),
      'InvalidManifest',
      /nowhere/,
    );
    await expectRefusal(register({ ImageLocation }), 'InvalidParameterCombination', /ImageLocation/);
    await expectRefusal(register({ KernelId: kernel }), 'InvalidParameterCombination', /kernelId/);
    await expectRefusal(register({ VirtualizationType: 'paravirtual', KernelId: ramdisk }), 'InvalidAMIID.NotFound');
    await expectRefusal(register({ VirtualizationType: 'paravirtual', KernelId: 'aki-x' }), 'InvalidAMIID.Malformed');
  });

  test.each([
    [{ Name: undefined }, 'MissingParameter', /Name/],
    [{ Name: 'ab' }, 'InvalidAMIName.Malformed', /between 3 and 128/],
    [{ Name: 'x'.repeat(129) }, 'InvalidAMIName.Malformed', /between 3 and 128/],
    [{ Name: 'what?' }, 'InvalidAMIName.Malformed', /may contain/],
    [{ Description: 'x'.repeat(256) }, 'InvalidParameterValue', /description/],
    [{ Architecture: 'vax' }, 'InvalidParameterValue', /architecture/],
    [{ VirtualizationType: 'full' }, 'InvalidParameterValue', /virtualizationType/],
    [{ VirtualizationType: 'paravirtual', Architecture: 'arm64' }, 'InvalidParameterCombination', /arm64/],
    [{ Architecture: 'arm64', BootMode: 'legacy-bios' }, 'InvalidParameterCombination', /legacy-bios/],
    [{ BootMode: 'floppy' }, 'InvalidParameterValue', /bootMode/],
    [{ SriovNetSupport: 'complex' }, 'InvalidParameterValue', /sriovNetSupport/],
    [{ TpmSupport: 'v2.0' }, 'InvalidParameterCombination', /TpmSupport/],
    [{ ImdsSupport: 'v1.0' }, 'InvalidParameterValue', /imdsSupport/],
    [{ UefiData: 'QUJD' }, 'InvalidParameterCombination', /UefiData/],
    [{ UefiData: '*', BootMode: 'uefi' }, 'InvalidParameterValue', /uefiData/],
    [{ BillingProducts: ['bp-1'] }, 'AuthFailure', /billing/],
    [{ BlockDeviceMappings: [] }, 'InvalidBlockDeviceMapping', /No root snapshot/],
    [{ RootDeviceName: '/dev/sda1' }, 'InvalidBlockDeviceMapping', /No root snapshot/],
    [{ BlockDeviceMappings: [{ Ebs: { VolumeSize: 1 } }] }, 'MissingParameter', /BlockDeviceMapping.1.DeviceName/],
    [{ BlockDeviceMappings: [{ DeviceName: '/dev/xvda' }] }, 'InvalidBlockDeviceMapping', /xvda/],
    [
      { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', VirtualName: 'disk7' }] },
      'InvalidParameterValue',
      /VirtualName/,
    ],
    [{ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: {} }] }, 'MissingParameter', /size or snapshotId/],
    [
      { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-0123456789abcdef0' } }] },
      'InvalidSnapshot.NotFound',
      /snap-0123/,
    ],
    [
      { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 1, KmsKeyId: 'x' } }] },
      'InvalidParameterCombination',
      /KmsKeyId/,
    ],
  ] as const)('refuses %o', async (input, code, message) => {
    await expectRefusal(register(input), code, message);
    expect(await own()).toEqual([]);
  });

  test('refuses mappings that contradict the snapshot or each other', async () => {
    const ebs = (rest: object, more: object[] = []) =>
      register({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId, ...rest } }, ...more] });
    await expectRefusal(ebs({ VolumeSize: 1 }), 'InvalidParameterValue', /smaller than snapshot/);
    await expectRefusal(ebs({ Encrypted: false }), 'InvalidBlockDeviceMapping', /Encrypted/);
    await expectRefusal(ebs({ VolumeType: 'st1', VolumeSize: 125 }), 'InvalidBlockDeviceMapping', /boot/);
    await expectRefusal(ebs({}, root()), 'InvalidBlockDeviceMapping', /more than one/);
  });

  test('a name is one’s own only once, but another account may have it', async () => {
    const id = await registered();
    await expectRefusal(
      register(),
      'InvalidAMIName.Duplicate',
      new RegExp(`^AMI name mine is already in use by AMI ${id}$`),
    );
    await w.call('ModifyImageAttribute', { ImageId: id, LaunchPermission: { Add: [{ Group: 'all' }] } });
    await expectRefusal(
      w.call('RegisterImage', { Name: 'mine', BlockDeviceMappings: root(), RootDeviceName: '/dev/xvda' }, other),
      'InvalidSnapshot.NotFound',
    );
    await w.call('RegisterImage', { Name: 'mine', ImageLocation: 'b/m.xml' }, other);
  });

  test('fails, with the reason, when the cloud refuses', async () => {
    await w.close();
    w = await testWorld({
      simulator: { failures: [{ verb: 'images.ensure', trouble: 'unsupported', message: 'no images here' }] },
    });
    await w.call('RegisterImage', { Name: 'mine', ImageLocation: 'b/m.xml' });
    await w.settle();
    expect(await own()).toMatchObject([
      { State: 'failed', StateReason: { Message: expect.stringContaining('no images here') } },
    ]);
  });
});

describe('DeregisterImage', () => {
  test('the id is unavailable for a while, then unknown; the snapshot stays', async () => {
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
    await expectRefusal(
      images({ ImageIds: [ImageId] }),
      'InvalidAMIID.Unavailable',
      new RegExp(`^The image ID '${ImageId}' is no longer available$`),
    );
    await expectRefusal(images({ ImageIds: [ImageId] }, other), 'InvalidAMIID.Unavailable');
    await expectRefusal(images({ ImageIds: [ImageId] }, { account: '999988887777' }), 'InvalidAMIID.NotFound');
    await expectRefusal(w.call('DeregisterImage', { ImageId }), 'InvalidAMIID.Unavailable');
    await w.clock.advance(3_600_000);
    await expectRefusal(
      images({ ImageIds: [ImageId] }),
      'InvalidAMIID.NotFound',
      new RegExp(`The image id '\\[${ImageId}\\]' does not exist`),
    );
    await registered();
    await w.call('DeleteSnapshot', { SnapshotId }).catch((error: Error) => expect(error.message).toMatch(/in use/));
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
    await registered({ Name: 'db', Architecture: 'arm64', BootMode: 'uefi' });
    const by = async (Name: string, ...Values: string[]) =>
      names(await images({ Owners: ['self'], Filters: [{ Name, Values }] }));
    expect(await by('name', 'web-*')).toEqual(['web-1', 'web-2']);
    expect(await by('name', 'db')).toEqual(['db']);
    expect(await by('architecture', 'arm64')).toEqual(['db']);
    expect(await by('ena-support', 'true')).toEqual(['web-2']);
    expect(await by('block-device-mapping.snapshot-id', SnapshotId)).toHaveLength(3);
    expect(await by('block-device-mapping.volume-size', '2')).toHaveLength(3);
    expect(await by('boot-mode', 'uefi')).toEqual(['db']);
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
