import { bootModeOf, DEBIAN_SPELLING, INTEL_AND_ARM, type Publisher, type Release } from './release.ts';

const CANONICAL: Publisher = { id: '099720109477', alias: 'amazon' };

interface Series {
  readonly name: string;
  readonly version: string;
  readonly volume: 'gp2' | 'gp3';
  readonly arm: boolean;
  /** Since Jammy, images boot by UEFI where the type can. */
  readonly uefi: boolean;
  /** Since Noble, images ask for IMDSv2. */
  readonly imdsV2: boolean;
  /** Date of the build in the name, and the deprecation two years later where it has come. */
  readonly builds: readonly (readonly [date: string, deprecated?: string])[];
}

const SERIES: readonly Series[] = [
  {
    name: 'resolute',
    version: '26.04',
    volume: 'gp3',
    arm: true,
    uefi: true,
    imdsV2: true,
    builds: [['20260604'], ['20260421']],
  },
  {
    name: 'noble',
    version: '24.04',
    volume: 'gp3',
    arm: true,
    uefi: true,
    imdsV2: true,
    builds: [['20260610'], ['20260313']],
  },
  {
    name: 'jammy',
    version: '22.04',
    volume: 'gp2',
    arm: true,
    uefi: true,
    imdsV2: false,
    builds: [['20260430'], ['20260218'], ['20240301', '2026-03-01T04:02:56Z']],
  },
  {
    name: 'focal',
    version: '20.04',
    volume: 'gp2',
    arm: true,
    uefi: false,
    imdsV2: false,
    builds: [['20250603'], ['20250111']],
  },
  { name: 'bionic', version: '18.04', volume: 'gp2', arm: true, uefi: false, imdsV2: false, builds: [['20230530']] },
  { name: 'xenial', version: '16.04', volume: 'gp2', arm: false, uefi: false, imdsV2: false, builds: [['20210928']] },
  { name: 'trusty', version: '14.04', volume: 'gp2', arm: false, uefi: false, imdsV2: false, builds: [['20191107']] },
];

const iso = (date: string): string => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;

function seriesReleases(series: Series): Release[] {
  const folder = series.volume === 'gp3' ? 'hvm-ssd-gp3' : 'hvm-ssd';
  return series.builds.flatMap(([date, deprecated]) =>
    INTEL_AND_ARM.filter((architecture) => series.arm || architecture === 'x86_64').map((architecture): Release => {
      const spelled = DEBIAN_SPELLING[architecture];
      const built = `Canonical, Ubuntu, ${series.version}${series.imdsV2 ? '' : ' LTS'}, ${spelled} ${series.name} image`;
      return {
        publisher: CANONICAL,
        architecture,
        name: `ubuntu/images/${folder}/ubuntu-${series.name}-${series.version}-${spelled}-server-${date}`,
        description: series.imdsV2 ? built : `${built} build on ${iso(date)}`,
        created: `${iso(date)}T${architecture === 'x86_64' ? '11:54:28' : '11:21:40'}Z`,
        ...(deprecated && { deprecated }),
        volumes: [{ device: '/dev/sda1', sizeGiB: 8, type: series.volume }],
        ephemeral: ['/dev/sdb', '/dev/sdc'],
        ...bootModeOf(architecture, series.uefi ? 'uefi-preferred' : undefined),
        imdsV2: series.imdsV2,
        freeTier: series.imdsV2 || series.uefi,
      };
    }),
  );
}

/** Images whose root is on an instance store; such an image lists no devices. */
function instanceStore(): Release[] {
  const builds = [
    ['jammy', '22.04', '20240319'],
    ['bionic', '18.04', '20230530'],
    ['trusty', '14.04', '20191107'],
  ] as const;
  return builds.map(([name, version, date]) => ({
    publisher: CANONICAL,
    architecture: 'x86_64',
    name: `ubuntu/images/hvm-instance/ubuntu-${name}-${version}-amd64-server-${date}`,
    description: `Canonical, Ubuntu, ${version} LTS, amd64 ${name} image build on ${iso(date)}`,
    created: `${iso(date)}T12:40:19Z`,
    volumes: [],
    manifest: `ubuntu-images-REGION/images/hvm-instance/ubuntu-${name}-${version}-amd64-server-${date}.manifest.xml`,
  }));
}

/** Canonical's images of Ubuntu's long-term releases. */
export function ubuntuReleases(): readonly Release[] {
  return [...SERIES.flatMap(seriesReleases), ...instanceStore()];
}
