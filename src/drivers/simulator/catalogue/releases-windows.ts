import type { Publisher, Release } from './release.ts';

const WINDOWS: Publisher = { id: '801119661308', alias: 'amazon' };

/** Windows finds the machine's own disks at xvdca to xvdcz. */
const EPHEMERAL: readonly string[] = [...'abcdefghijklmnopqrstuvwxyz'].map((letter) => `xvdc${letter}`);

/** Released the day after Microsoft's second Tuesday of the month. */
const BUILDS = ['2026.05.13', '2026.04.15'] as const;
const VERSIONS = ['2016', '2019', '2022', '2025'] as const;

const created = (build: string): string => `${build.replaceAll('.', '-')}T07:44:19Z`;

function base(version: (typeof VERSIONS)[number], build: string, edition: 'Core' | 'Full'): Release {
  return {
    publisher: WINDOWS,
    architecture: 'x86_64',
    name: `Windows_Server-${version}-English-${edition}-Base-${build}`,
    description: `Microsoft Windows Server ${version} ${edition} Locale English AMI provided by Amazon`,
    created: created(build),
    volumes: [{ device: '/dev/sda1', sizeGiB: 30, type: version === '2025' ? 'gp3' : 'gp2' }],
    ephemeral: EPHEMERAL,
    windows: true,
    platformDetails: 'Windows',
    usageOperation: 'RunInstances:0002',
    // Since Server 2025, images boot by UEFI and ask for IMDSv2.
    ...(version === '2025' && { bootMode: 'uefi', imdsV2: true }),
    freeTier: true,
  };
}

function special(build: string): Release[] {
  const plain = base('2022', build, 'Full');
  return [
    { ...plain, name: `TPM-${plain.name}`, bootMode: 'uefi', tpm: true },
    {
      ...plain,
      name: `Windows_Server-2022-English-Full-SQL_2022_Standard-${build}`,
      description: 'Microsoft Windows Server 2022 Full Locale English with SQL Standard 2022 AMI provided by Amazon',
      volumes: [{ device: '/dev/sda1', sizeGiB: 50, type: 'gp2' }],
      platformDetails: 'Windows with SQL Server Standard',
      usageOperation: 'RunInstances:0006',
      freeTier: false,
    },
  ];
}

/** Amazon's images of Windows Server in English. */
export function windowsReleases(): readonly Release[] {
  return BUILDS.flatMap((build) => [
    ...VERSIONS.flatMap((version) => [base(version, build, 'Full'), base(version, build, 'Core')]),
    ...special(build),
  ]);
}
