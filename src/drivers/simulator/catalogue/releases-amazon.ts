import type { ImageArchitecture } from './image-types.ts';
import { bootModeOf, INTEL_AND_ARM, type Publisher, type Release, type ReleaseVolume } from './release.ts';

const AMAZON: Publisher = { id: '137112412989', alias: 'amazon' };
const ECS: Publisher = { id: '591542846629', alias: 'amazon' };
const EKS: Publisher = { id: '602401143452', alias: 'amazon' };
const BOTTLEROCKET: Publisher = { id: '092701018921', alias: 'amazon' };
const MACOS: Publisher = { id: '634519214787', alias: 'amazon' };

const xvda = (sizeGiB: number, type: ReleaseVolume['type']): ReleaseVolume => ({ device: '/dev/xvda', sizeGiB, type });
/** Amazon Linux 2023 spells out what a gp3 volume has anyway. */
const gp3 = (sizeGiB: number): ReleaseVolume => ({ ...xvda(sizeGiB, 'gp3'), iops: 3000, throughputMBps: 125 });
const al2023Traits = (architecture: ImageArchitecture) =>
  ({ architecture, imdsV2: true, ...bootModeOf(architecture, 'uefi-preferred') }) as const;

/** Version, time of the standard image, and when AWS deprecated it: 90 days later. */
const AL2023 = [
  ['2023.11.20260514.0', '2026-05-15T18:42:11Z'],
  ['2023.9.20251110.1', '2025-11-11T19:05:37Z'],
  ['2023.6.20241111.0', '2024-11-12T20:31:48Z', '2025-02-10T20:32:00Z'],
] as const;

function amazonLinux2023(): Release[] {
  return AL2023.flatMap(([version, created, deprecated]) =>
    INTEL_AND_ARM.flatMap((architecture): Release[] => {
      const common = { publisher: AMAZON, ...al2023Traits(architecture), ...(deprecated && { deprecated }) };
      const built = `Amazon Linux 2023 AMI ${version} ${architecture}`;
      return [
        {
          ...common,
          name: `al2023-ami-${version}-kernel-6.1-${architecture}`,
          description: `${built} HVM kernel-6.1`,
          created,
          volumes: [gp3(8)],
          freeTier: true,
        },
        {
          ...common,
          name: `al2023-ami-minimal-${version}-kernel-6.1-${architecture}`,
          description: `${built} Minimal HVM kernel-6.1`,
          // Earlier than the standard image, so that the loose pattern `al2023-ami-*` finds the standard one.
          created: `${created.slice(0, 10)}T01:14:06Z`,
          volumes: [gp3(2)],
        },
      ];
    }),
  );
}

const AL2 = [
  ['2.0.20260120.1', '2026-01-21T21:15:08Z'],
  ['2.0.20250721.2', '2025-07-22T19:48:33Z'],
] as const;

function amazonLinux2(): Release[] {
  return AL2.flatMap(([version, created]) =>
    INTEL_AND_ARM.flatMap((architecture): Release[] => {
      const common = { publisher: AMAZON, architecture, created, ...bootModeOf(architecture), freeTier: true };
      const disk = (type: 'gp2' | 'standard') => ({ volumes: [xvda(8, type)] });
      const name = `${version}-${architecture}`;
      const plain: Release[] = [
        {
          ...common,
          name: `amzn2-ami-kernel-5.10-hvm-${name}-gp2`,
          description: `Amazon Linux 2 Kernel 5.10 AMI ${version} ${architecture} HVM gp2`,
          ...disk('gp2'),
        },
        {
          ...common,
          name: `amzn2-ami-hvm-${name}-gp2`,
          description: `Amazon Linux 2 AMI ${version} ${architecture} HVM gp2`,
          ...disk('gp2'),
        },
      ];
      const magnetic: Release = {
        ...common,
        name: `amzn2-ami-hvm-${name}-ebs`,
        description: `Amazon Linux 2 AMI ${version} ${architecture} HVM ebs`,
        ...disk('standard'),
      };
      return architecture === 'x86_64' ? [...plain, magnetic] : plain;
    }),
  );
}

function amazonLinux1(): Release[] {
  const version = '2018.03.0.20230807.0';
  const common = { publisher: AMAZON, architecture: 'x86_64', created: '2023-08-08T21:03:55Z' } as const;
  return [
    {
      ...common,
      name: `amzn-ami-hvm-${version}-x86_64-gp2`,
      description: `Amazon Linux AMI ${version} x86_64 HVM gp2`,
      volumes: [xvda(8, 'gp2')],
    },
    {
      ...common,
      name: `amzn-ami-vpc-nat-${version}-x86_64-ebs`,
      description: `Amazon Linux AMI ${version} x86_64 VPC HVM ebs`,
      volumes: [xvda(8, 'standard')],
    },
  ];
}

function forEcs(): Release[] {
  const releases = [
    ['20251217', '2025-12-18T00:12:24Z'],
    ['20250430', '2025-04-30T21:27:09Z'],
  ] as const;
  return releases.flatMap(([date, created]) =>
    INTEL_AND_ARM.flatMap((architecture): Release[] => [
      {
        publisher: ECS,
        ...al2023Traits(architecture),
        created,
        name: `al2023-ami-ecs-hvm-2023.0.${date}-kernel-6.1-${architecture}`,
        description: `Amazon Linux AMI 2023.0.${date} ${architecture} ECS HVM EBS`,
        volumes: [gp3(30)],
      },
      {
        publisher: ECS,
        architecture,
        ...bootModeOf(architecture),
        created,
        name: `amzn2-ami-ecs-hvm-2.0.${date}-${architecture}-ebs`,
        description: `Amazon Linux AMI 2.0.${date} ${architecture} ECS HVM GP2`,
        volumes: [xvda(30, 'gp2')],
      },
    ]),
  );
}

function forEks(): Release[] {
  const releases = [
    ['1.32', '20250519', '2025-05-20T02:41:17Z'],
    ['1.31', '20250519', '2025-05-20T02:38:50Z'],
    ['1.31', '20250212', '2025-02-13T05:02:31Z'],
  ] as const;
  return releases.flatMap(([version, date, created]) =>
    INTEL_AND_ARM.map(
      (architecture): Release => ({
        publisher: EKS,
        ...al2023Traits(architecture),
        created,
        name: `amazon-eks-node-al2023-${architecture}-standard-${version}-v${date}`,
        description: `EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: ${version}, containerd: *)`,
        volumes: [gp3(20)],
      }),
    ),
  );
}

function bottlerocket(): Release[] {
  return ['aws-k8s-1.31', 'aws-ecs-2'].flatMap((variant) =>
    INTEL_AND_ARM.map(
      (architecture): Release => ({
        publisher: BOTTLEROCKET,
        architecture,
        ...bootModeOf(architecture, 'uefi-preferred'),
        created: '2025-06-26T01:20:41Z',
        name: `bottlerocket-${variant}-${architecture}-v1.42.0-5ed15786`,
        description: `bottlerocket-${variant}-${architecture}-v1.42.0-5ed15786`,
        volumes: [xvda(2, 'gp2'), { device: '/dev/xvdb', sizeGiB: 20, type: 'gp2' }],
      }),
    ),
  );
}

function macos(): Release[] {
  return (['x86_64_mac', 'arm64_mac'] as const).map((architecture) => ({
    publisher: MACOS,
    architecture,
    created: '2024-07-08T18:26:44Z',
    name: `amzn-ec2-macos-14.5-20240701-054007${architecture === 'arm64_mac' ? '-arm64' : ''}`,
    description: 'Amazon EC2 macOS Sonoma 14.5',
    volumes: [{ device: '/dev/sda1', sizeGiB: 100, type: 'gp3' }],
  }));
}

/** Amazon's own images: Amazon Linux in its generations, the ones for ECS and EKS, Bottlerocket, macOS. */
export function amazonReleases(): readonly Release[] {
  return [
    ...amazonLinux2023(),
    ...amazonLinux2(),
    ...amazonLinux1(),
    ...forEcs(),
    ...forEks(),
    ...bottlerocket(),
    ...macos(),
  ];
}
