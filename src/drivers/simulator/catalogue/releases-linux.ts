import {
  bootModeOf,
  DEBIAN_SPELLING,
  INTEL_AND_ARM,
  KERNEL_SPELLING,
  type Publisher,
  type Release,
  type ReleaseVolume,
} from './release.ts';

const DEBIAN: Publisher = { id: '136693071363', alias: 'amazon' };
const RED_HAT: Publisher = { id: '309956199498', alias: 'amazon' };
const SUSE: Publisher = { id: '013907871322', alias: 'amazon' };
const ROCKY: Publisher = { id: '792107900819' };
const ALMA: Publisher = { id: '764336703387' };
const FEDORA: Publisher = { id: '125523088429' };
const FLATCAR: Publisher = { id: '075585003325' };
const FREEBSD: Publisher = { id: '782442783595' };

const root = (device: string, sizeGiB: number, type: ReleaseVolume['type']) => ({
  volumes: [{ device, sizeGiB, type }],
});
type Architecture = (typeof INTEL_AND_ARM)[number];
const both = (make: (architecture: Architecture) => Release): Release[] => INTEL_AND_ARM.map(make);

function debian(): Release[] {
  const builds = [
    ['13', '20251117-2299', '2025-11-17T22:49:32Z'],
    ['13', '20250814-2204', '2025-08-14T21:52:10Z'],
    ['12', '20251112-2294', '2025-11-12T22:40:05Z'],
    ['12', '20250316-2053', '2025-03-16T21:46:27Z'],
    ['11', '20241202-1949', '2024-12-02T22:11:54Z'],
    ['11', '20230515-1381', '2023-05-15T20:58:49Z', '2025-05-15T20:58:49Z'],
  ] as const;
  return builds.flatMap(([version, build, created, deprecated]) =>
    both((architecture) => ({
      publisher: DEBIAN,
      architecture,
      name: `debian-${version}-${DEBIAN_SPELLING[architecture]}-${build}`,
      description: `Debian ${version} (${build})`,
      created,
      ...(deprecated && { deprecated }),
      ...root('/dev/xvda', 8, version === '11' ? 'gp2' : 'gp3'),
      ...bootModeOf(architecture, version === '11' ? undefined : 'uefi-preferred'),
    })),
  );
}

function redHat(): Release[] {
  const builds = [
    ['9.6.0', '20250910', '0', '2025-09-10T15:22:36Z'],
    ['9.5.0', '20250313', '0', '2025-03-13T16:04:18Z'],
    ['8.10.0', '20251002', '1918', '2025-10-02T12:37:45Z'],
    ['8.10.0', '20241031', '1584', '2024-10-31T14:50:02Z'],
  ] as const;
  return builds.flatMap(([version, date, build, created]) =>
    both((architecture) => ({
      publisher: RED_HAT,
      architecture,
      name: `RHEL-${version}_HVM-${date}-${architecture}-${build}-Hourly2-GP3`,
      description: 'Provided by Red Hat, Inc.',
      created,
      ...root('/dev/sda1', 10, 'gp3'),
      platformDetails: 'Red Hat Enterprise Linux',
      usageOperation: 'RunInstances:0010',
      ...bootModeOf(architecture, 'uefi-preferred'),
    })),
  );
}

function suse(): Release[] {
  const builds = [
    ['6', '20251016', '2025-10-17T09:12:40Z'],
    ['6', '20250130', '2025-01-31T10:44:29Z'],
    ['5', '20240129', '2024-01-30T08:55:13Z'],
  ] as const;
  return builds.flatMap(([pack, date, created]) =>
    both((architecture) => ({
      publisher: SUSE,
      architecture,
      name: `suse-sles-15-sp${pack}-v${date}-hvm-ssd-${architecture}`,
      description: `SUSE Linux Enterprise Server 15 SP${pack} (HVM, 64-bit, SSD-Backed)`,
      created,
      ...root('/dev/sda1', 10, 'gp3'),
      platformDetails: 'SUSE Linux',
      usageOperation: 'RunInstances:000g',
      ...bootModeOf(architecture, 'uefi-preferred'),
    })),
  );
}

function rebuilds(): Release[] {
  const rocky = [
    ['9.6-20250531.0', '2025-06-01T03:18:22Z'],
    ['9.5-20241118.0', '2024-11-19T04:40:51Z'],
  ] as const;
  const alma = [
    ['9.8.20260526', '2026-05-26T11:32:08Z'],
    ['9.7.20251118', '2025-11-18T10:25:47Z'],
  ] as const;
  return [
    ...rocky.flatMap(([build, created]) =>
      both((architecture) => ({
        publisher: ROCKY,
        architecture,
        name: `Rocky-9-EC2-Base-${build}.${KERNEL_SPELLING[architecture]}`,
        description: `Rocky-9-EC2-Base-${build}.${KERNEL_SPELLING[architecture]}`,
        created,
        ...root('/dev/sda1', 10, 'gp3'),
        ...bootModeOf(architecture, 'uefi-preferred'),
      })),
    ),
    ...alma.flatMap(([build, created]) =>
      both((architecture) => ({
        publisher: ALMA,
        architecture,
        name: `AlmaLinux OS ${build} ${KERNEL_SPELLING[architecture]}`,
        description: `AlmaLinux OS ${build} ${KERNEL_SPELLING[architecture]}`,
        created,
        ...root('/dev/sda1', 10, 'gp3'),
        ...bootModeOf(architecture, 'uefi-preferred'),
      })),
    ),
  ];
}

function fedora(): Release[] {
  const builds = [
    ['43-20260226.0', '2026-02-26T06:24:19Z'],
    ['41-1.4', '2024-10-29T13:07:33Z'],
  ] as const;
  return builds.flatMap(([build, created]) =>
    both((architecture) => ({
      publisher: FEDORA,
      architecture,
      name: `Fedora-Cloud-Base-AmazonEC2.${KERNEL_SPELLING[architecture]}-${build}`,
      description: `Fedora AMI Description for Fedora-Cloud-Base-AmazonEC2.${KERNEL_SPELLING[architecture]}-${build}`,
      created,
      ...root('/dev/sda1', 5, 'gp3'),
      ...bootModeOf(architecture, 'uefi-preferred'),
      imdsV2: true,
    })),
  );
}

function flatcarAndFreeBsd(): Release[] {
  return [
    ...both((architecture) => ({
      publisher: FLATCAR,
      architecture,
      name: `Flatcar-stable-3975.2.0${architecture === 'arm64' ? '-arm64' : ''}-hvm`,
      description: 'Flatcar Container Linux stable 3975.2.0 (HVM)',
      created: '2024-08-06T09:31:57Z',
      ...root('/dev/xvda', 8, 'gp3'),
      ephemeral: ['/dev/xvdb'],
      ...bootModeOf(architecture),
    })),
    {
      publisher: FREEBSD,
      architecture: 'x86_64',
      name: 'FreeBSD 14.3-RELEASE-amd64 UEFI-PREFERRED base UFS',
      description: 'FreeBSD 14.3-RELEASE-amd64 UEFI-PREFERRED base UFS',
      created: '2025-06-06T06:15:21Z',
      ...root('/dev/sda1', 10, 'gp3'),
      bootMode: 'uefi-preferred',
    },
  ];
}

/** Debian, Red Hat and its rebuilds, SUSE, Fedora, Flatcar; FreeBSD keeps them company. */
export function linuxReleases(): readonly Release[] {
  return [...debian(), ...redHat(), ...suse(), ...rebuilds(), ...fedora(), ...flatcarAndFreeBsd()];
}
