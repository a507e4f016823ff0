import type { Publisher, Release } from './release.ts';

const AMAZON: Publisher = { id: '137112412989', alias: 'amazon' };
/** The account that published EC2's first kernels, ramdisks and machines. */
const PIONEER: Publisher = { id: '206029621532', alias: 'amazon' };

const KERNEL = 'ec2-vmlinuz-2.6.21.7-2.fc8xen';
const RAMDISK = 'ec2-initrd-2.6.21.7-2.fc8xen';
const ARCHITECTURES = ['x86_64', 'i386'] as const;

/** PV-GRUB loads the kernel that lies in the image itself; machines without a ramdisk boot with it. */
function pvGrub(): Release[] {
  return ARCHITECTURES.map((architecture) => ({
    kind: 'kernel',
    publisher: AMAZON,
    architecture,
    name: `pv-grub-hd0_1.05-${architecture}.gz`,
    description: `PV-GRUB release 1.05, ${architecture === 'i386' ? '32' : '64'}-bit`,
    created: '2016-09-19T18:22:41Z',
    volumes: [],
    manifest: `ec2-public-images-REGION/pv-grub-hd0_1.05-${architecture}.gz.manifest.xml`,
    paravirtual: true,
  }));
}

function fedora8(): Release[] {
  return ARCHITECTURES.flatMap((architecture): Release[] => {
    const part = (kind: 'kernel' | 'machine' | 'ramdisk', name: string): Release => ({
      kind,
      publisher: PIONEER,
      architecture,
      name,
      created: '2008-10-21T17:02:14Z',
      volumes: [],
      manifest: `ec2-public-images-REGION/${name}.manifest.xml`,
      paravirtual: true,
    });
    const kernel = `${KERNEL}.${architecture}`;
    const ramdisk = `${RAMDISK}.${architecture}`;
    return [
      part('kernel', kernel),
      part('ramdisk', ramdisk),
      { ...part('machine', `fedora-8-${architecture}-base-v1.10`), kernel, ramdisk },
    ];
  });
}

function amazonLinux(): Release[] {
  const version = '2017.09.1.20171103';
  const common = {
    publisher: AMAZON,
    architecture: 'x86_64',
    paravirtual: true,
    kernel: 'pv-grub-hd0_1.05-x86_64.gz',
  } as const;
  return [
    {
      ...common,
      name: `amzn-ami-pv-${version}-x86_64-ebs`,
      description: `Amazon Linux AMI ${version} x86_64 PV EBS`,
      created: '2017-11-03T23:04:51Z',
      volumes: [{ device: '/dev/sda1', sizeGiB: 8, type: 'standard' }],
    },
    {
      ...common,
      name: `amzn-ami-pv-${version}-x86_64-s3`,
      description: `Amazon Linux AMI ${version} x86_64 PV S3`,
      created: '2017-11-03T23:06:17Z',
      volumes: [],
      manifest: `amzn-ami-REGION/amzn-ami-pv-${version}.x86_64.manifest.xml`,
    },
  ];
}

/** Images from before hardware virtualisation, with the kernels and ramdisks that they boot with. */
export function paravirtualReleases(): readonly Release[] {
  return [...pvGrub(), ...fedora8(), ...amazonLinux()];
}
