import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, type Output, type TestWorld, testWorld } from '../../../../test/support/world.ts';
import { countOf, launched, run, seen } from '../instance.fixture.ts';

let w: TestWorld;
beforeEach(async () => {
  w = await testWorld();
});
afterEach(() => w.close());

describe('the devices of a launch', () => {
  const disks = async (BlockDeviceMappings: object[]) => {
    const [id] = await launched(w, { BlockDeviceMappings });
    const { BlockDeviceMappings: shown } = await seen(w, id!);
    const { Volumes } = await w.call('DescribeVolumes', { VolumeIds: shown.map((d: Output) => d.Ebs.VolumeId) });
    return Object.fromEntries(
      Volumes.map((v: Output) => [v.Attachments[0].Device, { ...v, ...v.Attachments[0], State: v.State }]),
    );
  };

  it('lays the request over the image', async () => {
    const made = await disks([
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp3', Iops: 4000, DeleteOnTermination: false } },
      { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 5, Encrypted: true } },
      { DeviceName: '/dev/sdc', VirtualName: 'ephemeral0' },
    ]);
    expect(Object.keys(made).sort()).toEqual(['/dev/sdb', '/dev/xvda']);
    expect(made['/dev/xvda']).toMatchObject({
      Size: 20,
      VolumeType: 'gp3',
      Iops: 4000,
      DeleteOnTermination: false,
      State: 'in-use',
    });
    expect(made['/dev/xvda'].SnapshotId).toMatch(/^snap-/);
    expect(made['/dev/sdb']).toMatchObject({ Size: 5, VolumeType: 'gp2', Encrypted: true, DeleteOnTermination: true });
    expect(made['/dev/sdb'].KmsKeyId).toContain('111122223333');
  });

  it('have the names of virtio disks where the cloud’s guests have them', async () => {
    const mapping = [{ DeviceName: '/dev/vdb', Ebs: { VolumeSize: 1 } }];
    await expectRefusal(run(w, { BlockDeviceMappings: mapping }), 'InvalidBlockDeviceMapping', /vdb/);
    await w.close();
    w = await testWorld({ wrap: (driver) => ({ ...driver, can: { ...driver.can, virtioNames: true } }) });
    expect(Object.keys(await disks(mapping)).sort()).toEqual(['/dev/vdb', '/dev/xvda']);
  });

  it.each([
    [
      'a root smaller than its snapshot',
      { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 1 } },
      'InvalidBlockDeviceMapping',
      /smaller than snapshot/,
    ],
    ['no device name', { Ebs: { VolumeSize: 1 } }, 'InvalidBlockDeviceMapping', /device name/],
    ['an odd device name', { DeviceName: 'C:', Ebs: { VolumeSize: 1 } }, 'InvalidBlockDeviceMapping', /C:/],
    ['no root', { DeviceName: '/dev/xvda', NoDevice: '' }, 'InvalidBlockDeviceMapping', /must be an EBS volume/],
    [
      'another root snapshot',
      { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-0123456789abcdef0' } },
      'InvalidBlockDeviceMapping',
      /snapshotId/,
    ],
    [
      'two kinds of device',
      { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0', Ebs: { VolumeSize: 1 } },
      'InvalidBlockDeviceMapping',
      /exactly one/,
    ],
    ['an odd virtual name', { DeviceName: '/dev/sdb', VirtualName: 'disk0' }, 'InvalidBlockDeviceMapping', /disk0/],
    ['no size', { DeviceName: '/dev/sdb', Ebs: {} }, 'MissingParameter', /size/],
    [
      'an unknown snapshot',
      { DeviceName: '/dev/sdb', Ebs: { SnapshotId: 'snap-0123456789abcdef0' } },
      'InvalidSnapshot.NotFound',
      /snap-0123/,
    ],
    [
      'an unknown type',
      { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 1, VolumeType: 'floppy' } },
      'UnknownVolumeType',
      /floppy/,
    ],
    [
      'a key without encryption',
      { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 1, KmsKeyId: 'k' } },
      'InvalidParameterDependency',
      /KmsKeyId/,
    ],
    [
      'too many IOPS',
      { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 10, VolumeType: 'io1', Iops: 5000 } },
      'InvalidParameterCombination',
      /ratio/,
    ],
  ])('refuses %s', async (_, mapping, code, message) => {
    await expectRefusal(run(w, { BlockDeviceMappings: [mapping] }), code, message);
    expect(await countOf(w, 'volume')).toBe(0);
  });

  it('refuses a device twice', () =>
    expectRefusal(
      run(w, { BlockDeviceMappings: [1, 2].map((VolumeSize) => ({ DeviceName: '/dev/sdb', Ebs: { VolumeSize } })) }),
      'InvalidBlockDeviceMapping',
      /more than one/,
    ));
});
