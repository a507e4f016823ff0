import { expect, it } from 'vitest';
import { idOf } from '../ids.ts';
import type { Image } from '../rest/glance.ts';
import { foreignImages } from './foreignImages.ts';
import type { Naming } from './imageNames.ts';

const image = (id: string, more: Partial<Image> = {}): Image => ({
  id,
  name: `name of ${id}`,
  status: 'active',
  visibility: 'public',
  owner: 'p1',
  created_at: '2026-01-02T03:04:05Z',
  updated_at: '2026-01-02T03:04:05Z',
  container_format: 'bare',
  disk_format: 'qcow2',
  size: 1,
  min_disk: 0,
  min_ram: 0,
  protected: false,
  tags: [],
  ...more,
});

const naming: Naming = { made: new Map(), believe: true, accounts: new Map([['p1', '123456789012']]) };
const only = (more: Partial<Image> = {}) => foreignImages([image('u1', more)], naming).images[0]!.shown;

it('a plain image is an instance-store one, with a stable id', () => {
  const { images, snapshots } = foreignImages([image('u1')], naming);
  const ownerId = '123456789012';
  expect(snapshots).toEqual([]);
  expect(images).toEqual([
    {
      native: 'u1',
      shown: {
        id: idOf('ami', 'u1'),
        type: 'machine',
        name: 'name of u1',
        ownerId,
        location: `${ownerId}/name of u1`,
        architecture: 'x86_64',
        platformDetails: 'Linux/UNIX',
        usageOperation: 'RunInstances',
        virtualizationType: 'hvm',
        hypervisor: 'xen',
        rootDeviceType: 'instance-store',
        rootDeviceName: '/dev/vda',
        blockDevices: [],
        enaSupport: false,
        freeTierEligible: false,
        createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
      },
    },
  ]);
});

it('the oldest are shown first', () => {
  const found = [
    image('new', { created_at: '2026-02-01T00:00:00Z' }),
    image('old', { created_at: '2025-02-01T00:00:00Z' }),
  ];
  expect(foreignImages(found, naming).images.map(({ native }) => native)).toEqual(['old', 'new']);
});

it('has a kernel and a ramdisk by their ids', () => {
  const { images } = foreignImages(
    [
      image('k', { container_format: 'aki', disk_format: 'aki' }),
      image('m', { kernel_id: 'k', ramdisk_id: 'private-one', container_format: 'ami', disk_format: 'ami' }),
      image('r', { disk_format: 'ari', elsewhere: 'ari-0123456789abcdef0' }),
    ],
    naming,
  );
  expect(images.map(({ shown }) => shown)).toMatchObject([
    { id: idOf('aki', 'k'), type: 'kernel', virtualizationType: 'paravirtual' },
    {
      id: idOf('ami', 'm'),
      type: 'machine',
      virtualizationType: 'paravirtual',
      kernelId: idOf('aki', 'k'),
      ramdiskId: idOf('ari', 'private-one'),
    },
    { id: 'ari-0123456789abcdef0', type: 'ramdisk' },
  ]);
  expect(images[0]?.shown).not.toHaveProperty('rootDeviceName');
});

it('keeps an EC2 id that it names; copies of the image, which name it too, do not', () => {
  const named = { elsewhere: 'ami-0123456789abcdef0' };
  const { images } = foreignImages(
    [
      image('copy', { ...named, created_at: '2026-03-01T00:00:00Z' }),
      image('first', named),
      image('odd', { ec2_id: 'ami-not-one', created_at: '2026-04-01T00:00:00Z' }),
      image('short', { ec2_id: 'ami-0000000a', created_at: '2026-05-01T00:00:00Z' }),
    ],
    naming,
  );
  expect(images.map(({ native, shown }) => [native, shown.id])).toEqual([
    ['first', 'ami-0123456789abcdef0'],
    ['copy', idOf('ami', 'copy')],
    ['odd', idOf('ami', 'odd')],
    ['short', 'ami-0000000a'],
  ]);
});

it('says what the properties say', () => {
  expect(only({ architecture: 'i686' }).architecture).toBe('i386');
  expect(only({ hw_architecture: 'aarch64' }).architecture).toBe('arm64');
  expect(only({ architecture: 's390x' }).architecture).toBe('x86_64');
  expect(only({ os_type: 'windows' })).toMatchObject({
    platform: 'windows',
    platformDetails: 'Windows',
    usageOperation: 'RunInstances:0002',
  });
  expect(only({ os_distro: 'windows' }).platform).toBe('windows');
  expect(only({ hw_firmware_type: 'uefi' }).bootMode).toBe('uefi');
  expect(only({ hw_firmware_type: 'bios' }).bootMode).toBe('legacy-bios');
  expect(only({ description: 'a word' }).description).toBe('a word');
  expect(only({ name: null })).toMatchObject({ name: 'u1' });
});

it('a volume-backed image has the volumes of its snapshots', () => {
  const mapping = [
    { source_type: 'snapshot', snapshot_id: 's1', boot_index: 0, volume_size: 3, device_name: '/dev/vda' },
    { source_type: 'snapshot', snapshot_id: 's2', volume_size: 5, delete_on_termination: true },
    { source_type: 'blank', destination_type: 'local', boot_index: -1 },
  ];
  const { images, snapshots } = foreignImages(
    [image('u1', { block_device_mapping: JSON.stringify(mapping), root_device_name: '/dev/vda', bdm_v2: 'True' })],
    naming,
  );
  expect(images[0]?.shown).toMatchObject({
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/vda',
    blockDevices: [
      { deviceName: '/dev/vda', ebs: { snapshotId: idOf('snap', 's1'), sizeGiB: 3, deleteOnTermination: false } },
      { deviceName: '/dev/vdb', ebs: { snapshotId: idOf('snap', 's2'), sizeGiB: 5, deleteOnTermination: true } },
    ],
  });
  expect(images[0]?.shown.blockDevices).toHaveLength(2);
  expect(snapshots).toMatchObject([
    { native: 's1', shown: { id: idOf('snap', 's1'), sizeGiB: 3, ownerId: '123456789012' } },
    { native: 's2', shown: { id: idOf('snap', 's2'), sizeGiB: 5 } },
  ]);
});

it('takes the size of the root from what the image needs, and no notice of what is no mapping', () => {
  const root = JSON.stringify([{ snapshot_id: 's1', boot_index: 0, volume_size: null }]);
  expect(only({ block_device_mapping: root, min_disk: 7, root_device_name: 'sda' })).toMatchObject({
    rootDeviceName: '/dev/sda',
    blockDevices: [{ deviceName: '/dev/sda', ebs: { sizeGiB: 7 } }],
  });
  for (const odd of ['[{"snapshot_id":', '{}', '[]', '[null]', 'none'])
    expect(only({ block_device_mapping: odd }).rootDeviceType).toBe('instance-store');
});
