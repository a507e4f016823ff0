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
        CreationDate: expect.stringMatching(/^2026-01-02T03:04:05\.\d{3}Z$/),
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
    await expectRefusal(register({ VirtualizationType: 'paravirtual', KernelId: ramdisk }), 'InvalidAMIID.Malformed');
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
