import { describe, expect, test } from 'vitest';
import type { CatalogueImage } from './image-types.ts';
import { catalogueImages, catalogueSnapshots } from './images.ts';
import { catalogueRegions } from './regions.ts';

const HERE = 'us-east-1';
const images = catalogueImages(HERE);

/** The look-up that everybody makes: a name with `*`, an owner as number or alias, perhaps a processor; newest first. */
function find(pattern: string, owner: string, architecture?: string): readonly CatalogueImage[] {
  const name = new RegExp(
    `^${pattern
      .replace(/[.+(){}|[\]\\^$]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  return images
    .filter((image) => name.test(image.name) && [image.ownerId, image.ownerAlias].includes(owner))
    .filter((image) => architecture === undefined || image.architecture === architecture)
    .toSorted((a, b) => b.createdAt - a.createdAt);
}

function one(pattern: string, owner: string): CatalogueImage {
  const [newest] = find(pattern, owner);
  if (!newest) throw new Error(`nothing is called ${pattern}`);
  return newest;
}

describe('the usual look-ups', () => {
  test.each([
    ['al2023-ami-2023.*-kernel-6.1-x86_64', '137112412989'],
    ['al2023-ami-2023*-arm64', 'amazon'],
    ['al2023-ami-minimal-*', 'amazon'],
    ['amzn2-ami-hvm-2.0.*-x86_64-gp2', 'amazon'],
    ['amzn2-ami-hvm-*-x86_64-ebs', 'amazon'],
    ['amzn2-ami-kernel-5.10-hvm-*', '137112412989'],
    ['amzn-ami-hvm-*-x86_64-gp2', 'amazon'],
    ['amzn-ami-vpc-nat*', 'amazon'],
    ['al2023-ami-ecs-hvm-*-x86_64', 'amazon'],
    ['amzn2-ami-ecs-hvm-*-x86_64-ebs', '591542846629'],
    ['bottlerocket-aws-k8s-*-x86_64-*', 'amazon'],
    ['amazon-eks-node-al2023-x86_64-standard-1.31-v*', '602401143452'],
    ['ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-*', '099720109477'],
    ['ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*', 'amazon'],
    ['ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*', '099720109477'],
    ['ubuntu/images/hvm-ssd*/ubuntu-*-arm64-server-*', '099720109477'],
    ['ubuntu/images/hvm-instance/ubuntu-trusty-14.04-amd64-server*', '099720109477'],
    ['debian-11-amd64-*', '136693071363'],
    ['debian-12-amd64-*', '136693071363'],
    ['debian-13-arm64-*', '136693071363'],
    ['RHEL-9.*_HVM-*-x86_64-*-Hourly2-GP3', '309956199498'],
    ['RHEL-8*_HVM-*', '309956199498'],
    ['Rocky-9-EC2-Base-9.*.x86_64*', '792107900819'],
    ['AlmaLinux OS 9.* x86_64', '764336703387'],
    ['Fedora-Cloud-Base-AmazonEC2.x86_64-4*', '125523088429'],
    ['suse-sles-15-sp5-v*-hvm-ssd-x86_64', '013907871322'],
    ['Windows_Server-2019-English-Full-Base-*', 'amazon'],
    ['Windows_Server-2022-English-Full-Base-*', '801119661308'],
    ['Windows_Server-2025-English-Core-Base-*', 'amazon'],
    ['Flatcar-stable-*-hvm', '075585003325'],
    ['FreeBSD 14.*-RELEASE-amd64*', '782442783595'],
    ['amzn-ec2-macos-14*', 'amazon'],
    ['pv-grub-hd0_1.05-*.gz', 'amazon'],
  ])('%s of %s', (pattern, owner) => {
    const found = find(pattern, owner);
    expect(found.length).toBeGreaterThan(0);
    expect(found.some((image) => image.deprecatedAt === undefined)).toBe(true);
  });

  test.each([
    ['al2023-ami-2023.*-x86_64', 'al2023-ami-2023.11.20260514.0-kernel-6.1-x86_64'],
    ['al2023-ami-*-x86_64', 'al2023-ami-2023.11.20260514.0-kernel-6.1-x86_64'],
    [
      'ubuntu/images/*ubuntu-jammy-22.04-amd64-server-*',
      'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20260430',
    ],
    ['Windows_Server-2022-English-Full-Base-*', 'Windows_Server-2022-English-Full-Base-2026.05.13'],
  ])('the newest of %s is %s', (pattern, newest) => {
    expect(one(pattern, 'amazon').name).toBe(newest);
    expect(find(pattern, 'amazon').length).toBeGreaterThan(1);
  });
});

describe('what images say of themselves', () => {
  test('Amazon Linux 2023', () => {
    const image = one('al2023-ami-2023.*-kernel-6.1-x86_64', 'amazon');
    expect(image).toMatchObject({
      type: 'machine',
      ownerId: '137112412989',
      ownerAlias: 'amazon',
      location: `amazon/${image.name}`,
      description: 'Amazon Linux 2023 AMI 2023.11.20260514.0 x86_64 HVM kernel-6.1',
      platformDetails: 'Linux/UNIX',
      usageOperation: 'RunInstances',
      virtualizationType: 'hvm',
      hypervisor: 'xen',
      rootDeviceType: 'ebs',
      rootDeviceName: '/dev/xvda',
      enaSupport: true,
      sriovNetSupport: 'simple',
      bootMode: 'uefi-preferred',
      imdsSupport: 'v2.0',
      public: true,
    });
    expect(image.platform).toBeUndefined();
    expect(image.blockDevices).toHaveLength(1);
    expect(image.blockDevices[0]?.ebs).toMatchObject({
      sizeGiB: 8,
      volumeType: 'gp3',
      iops: 3000,
      throughputMBps: 125,
    });
    expect(one('al2023-ami-2023.*-arm64', 'amazon').bootMode).toBe('uefi');
  });

  test('Ubuntu has two disks of the machine beside its root', () => {
    const image = one('ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*', '099720109477');
    expect(image).toMatchObject({
      ownerAlias: 'amazon',
      location: `amazon/${image.name}`,
      rootDeviceName: '/dev/sda1',
    });
    expect(image.blockDevices.map((device) => [device.deviceName, device.virtualName])).toEqual([
      ['/dev/sda1', undefined],
      ['/dev/sdb', 'ephemeral0'],
      ['/dev/sdc', 'ephemeral1'],
    ]);
  });

  test('Windows', () => {
    const image = one('Windows_Server-2022-English-Full-Base-*', 'amazon');
    expect(image).toMatchObject({
      platform: 'windows',
      platformDetails: 'Windows',
      usageOperation: 'RunInstances:0002',
    });
    expect(image.blockDevices).toHaveLength(27);
    expect(image.blockDevices.at(-1)).toEqual({ deviceName: 'xvdcz', virtualName: 'ephemeral25', ebs: undefined });
    expect(one('TPM-Windows_Server-2022*', 'amazon')).toMatchObject({ bootMode: 'uefi', tpmSupport: 'v2.0' });
  });

  test('a publisher without an alias is named by its number', () => {
    const image = one('Rocky-9-EC2-Base-*.x86_64', '792107900819');
    expect(image.ownerAlias).toBeUndefined();
    expect(image.location).toBe(`792107900819/${image.name}`);
  });

  test('an image on an instance store has no volumes', () => {
    const image = one('ubuntu/images/hvm-instance/ubuntu-jammy-*', '099720109477');
    expect(image).toMatchObject({ rootDeviceType: 'instance-store', virtualizationType: 'hvm', blockDevices: [] });
    expect(image.location).toMatch(/^ubuntu-images-us-east-1\/.*\.manifest\.xml$/);
  });

  test('old machines boot with a kernel and a ramdisk that exist', () => {
    const machine = one('fedora-8-x86_64-base-*', 'amazon');
    const byId = new Map(images.map((image) => [image.id, image]));
    expect(machine).toMatchObject({ virtualizationType: 'paravirtual', rootDeviceType: 'instance-store' });
    expect(byId.get(machine.kernelId!)).toMatchObject({ type: 'kernel', architecture: 'x86_64' });
    expect(byId.get(machine.ramdiskId!)).toMatchObject({ type: 'ramdisk', architecture: 'x86_64' });
    expect(machine.kernelId).toMatch(/^aki-/);
    expect(machine.ramdiskId).toMatch(/^ari-/);
    const withKernel = images.filter((image) => image.type === 'machine' && image.virtualizationType === 'paravirtual');
    expect(withKernel).toHaveLength(4);
    for (const image of withKernel) expect(byId.get(image.kernelId!)?.type).toBe('kernel');
  });
});

describe('every image', () => {
  test('of every region has ids and names of its own, and volumes from snapshots that exist', () => {
    const ids = new Set<string>();
    let count = 0;
    for (const { name: region } of catalogueRegions()) {
      const snapshots = new Map(catalogueSnapshots(region).map((snapshot) => [snapshot.id, snapshot]));
      const names = new Set(catalogueImages(region).map((image) => `${image.ownerId}/${image.name}`));
      expect(names.size).toBe(catalogueImages(region).length);
      for (const image of catalogueImages(region)) {
        expect(image.id).toMatch(/^a[kmr]i-0[0-9a-f]{16}$/);
        ids.add(image.id);
        for (const { ebs } of image.blockDevices) {
          if (!ebs) continue;
          expect(snapshots.get(ebs.snapshotId)).toMatchObject({ ownerId: image.ownerId, sizeGiB: ebs.sizeGiB });
          ids.add(ebs.snapshotId);
          count++;
        }
        count++;
      }
    }
    expect(ids.size).toBe(count);
  });

  test('fits EC2: sound times, a root among its devices, a name within 128 characters', () => {
    expect(images.length).toBeGreaterThan(100);
    for (const image of images) {
      expect(image.createdAt, image.name).toBeGreaterThan(Date.UTC(2006, 7));
      expect(image.createdAt, image.name).toBeLessThan(Date.UTC(2026, 6));
      if (image.deprecatedAt !== undefined) expect(image.deprecatedAt, image.name).toBeGreaterThan(image.createdAt);
      expect(image.name.length).toBeLessThanOrEqual(128);
      const devices = image.blockDevices.map((device) => device.deviceName);
      expect(new Set(devices).size).toBe(devices.length);
      if (image.rootDeviceType === 'ebs') expect(devices, image.name).toContain(image.rootDeviceName);
    }
  });

  test('keeps its id', () => {
    expect(one('al2023-ami-2023.11.*-kernel-6.1-x86_64', 'amazon').id).toBe('ami-0634a34ed33978fe6');
    expect(catalogueImages(HERE)).toBe(images);
  });

  test('has other ids in a region of one’s own, which has the same images', () => {
    const own = catalogueImages('mars-north-1');
    expect(own.map((i) => i.name)).toEqual(images.map((i) => i.name));
    expect(own.filter((i) => images.some((other) => other.id === i.id))).toEqual([]);
    expect(catalogueSnapshots('mars-north-1')).toHaveLength(catalogueSnapshots(HERE).length);
  });
});
