import { createHash } from 'node:crypto';
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { hardwareOf, instanceTypeNames } from './hardware.ts';
import { maxInterfacesOf } from './hardware-types.ts';
import { instanceTypeInfo } from './instance-type-info.ts';

const info = (name: string): InstanceTypeInfo => {
  const found = instanceTypeInfo(name);
  if (!found) throw new Error(`${name} is not in the catalogue`);
  return found;
};
const bit = (value: boolean | undefined): string => (value ? '1' : '0');
const list = (values: readonly (number | string)[] | undefined): string => (values ?? []).join(',');
const text = (value: number | string | undefined): string => (value === undefined ? '' : String(value));

interface Device {
  readonly Count?: number | undefined;
  readonly Manufacturer?: string | undefined;
  readonly Name?: string | undefined;
  readonly MemoryInfo?: { readonly SizeInMiB?: number | undefined } | undefined;
}
const devices = (all: readonly Device[] | undefined): string =>
  (all ?? []).map((d) => `${d.Count}x${d.Manufacturer} ${d.Name} ${d.MemoryInfo?.SizeInMiB}`).join(';');

function processorFacts(of: InstanceTypeInfo): readonly string[] {
  const cpu = of.VCpuInfo;
  return [
    text(of.InstanceType),
    bit(of.CurrentGeneration),
    bit(of.FreeTierEligible),
    bit(of.BareMetal),
    text(of.Hypervisor),
    list(of.ProcessorInfo?.SupportedArchitectures),
    text(of.ProcessorInfo?.Manufacturer),
    text(of.ProcessorInfo?.SustainedClockSpeedInGhz),
    text(cpu?.DefaultVCpus),
    text(cpu?.DefaultCores),
    text(cpu?.DefaultThreadsPerCore),
    list(cpu?.ValidCores),
    list(cpu?.ValidThreadsPerCore),
    text(of.MemoryInfo?.SizeInMiB),
    bit(of.BurstablePerformanceSupported),
    list(of.SupportedUsageClasses),
    list(of.SupportedRootDeviceTypes),
    list(of.SupportedVirtualizationTypes),
    list(of.SupportedBootModes),
  ];
}

function ebsFacts(of: InstanceTypeInfo): readonly string[] {
  const ebs = of.EbsInfo;
  const fast = ebs?.EbsOptimizedInfo;
  return [
    text(ebs?.EbsOptimizedSupport),
    text(ebs?.NvmeSupport),
    text(ebs?.EncryptionSupport),
    text(ebs?.AttachmentLimitType),
    text(ebs?.MaximumEbsAttachments),
    text(fast?.BaselineBandwidthInMbps),
    text(fast?.BaselineIops),
    text(fast?.BaselineThroughputInMBps),
    text(fast?.MaximumBandwidthInMbps),
    text(fast?.MaximumIops),
    text(fast?.MaximumThroughputInMBps),
  ];
}

function networkFacts(of: InstanceTypeInfo): readonly string[] {
  const net = of.NetworkInfo;
  const cards = (net?.NetworkCards ?? []).map((card) =>
    [
      card.NetworkCardIndex,
      card.MaximumNetworkInterfaces,
      card.NetworkPerformance,
      card.BaselineBandwidthInGbps,
      card.PeakBandwidthInGbps,
    ].join(':'),
  );
  return [
    text(net?.NetworkPerformance),
    text(net?.MaximumNetworkInterfaces),
    text(net?.Ipv4AddressesPerInterface),
    text(net?.Ipv6AddressesPerInterface),
    bit(net?.Ipv6Supported),
    text(net?.EnaSupport),
    bit(net?.EfaSupported),
    text(net?.EfaInfo?.MaximumEfaInterfaces),
    bit(net?.EnaSrdSupported),
    bit(net?.EncryptionInTransitSupported),
    cards.join(';'),
  ];
}

function remainingFacts(of: InstanceTypeInfo): readonly string[] {
  const disks = of.InstanceStorageInfo;
  return [
    text(disks?.TotalSizeInGB),
    (disks?.Disks ?? []).map((disk) => `${disk.Count}x${disk.SizeInGB}x${disk.Type}`).join(','),
    text(disks?.NvmeSupport),
    text(disks?.EncryptionSupport),
    devices(of.GpuInfo?.Gpus),
    devices(of.InferenceAcceleratorInfo?.Accelerators),
    (of.NeuronInfo?.NeuronDevices ?? []).map((d) => `${d.Count}x ${d.Name}`).join(';'),
    devices(of.FpgaInfo?.Fpgas),
    devices(of.MediaAcceleratorInfo?.Accelerators),
    list(of.PlacementGroupInfo?.SupportedStrategies),
    bit(of.HibernationSupported),
    bit(of.AutoRecoverySupported),
    bit(of.DedicatedHostsSupported),
    text(of.NitroEnclavesSupport),
    text(of.NitroTpmSupport),
    text(of.PhcSupport),
    text(of.RebootMigrationSupport),
  ];
}

const factsOf = (of: InstanceTypeInfo): string =>
  [...processorFacts(of), ...ebsFacts(of), ...networkFacts(of), ...remainingFacts(of)].join('\t');

describe('the table as a whole', () => {
  test('has every type once, in order', () => {
    const names = instanceTypeNames();
    expect(names).toHaveLength(1373);
    expect(new Set(names).size).toBe(1373);
    expect(names).toEqual([...names].sort());
  });

  test('gives back, member by member, the facts that it was written from', () => {
    const digest = createHash('sha256');
    for (const name of instanceTypeNames()) digest.update(`${factsOf(info(name))}\n`);
    expect(digest.digest('hex')).toBe('b2e83080640f686320822300de471f62c93828835a5c6601933307a6fe77b2db');
  });

  test('is well formed in every line', () => {
    for (const name of instanceTypeNames()) {
      const of = info(name);
      JSON.stringify(of, (key, value: unknown) => {
        if (value === undefined) expect.fail(`${name}: ${key} is undefined`);
        if (typeof value === 'number' && !(value >= 0)) expect.fail(`${name}: ${key} is ${value}`);
        return value;
      });
      expect(of.VCpuInfo?.DefaultVCpus, name).toBe(of.VCpuInfo!.DefaultCores! * of.VCpuInfo!.DefaultThreadsPerCore!);
      expect(of.NetworkInfo?.NetworkCards, name).toHaveLength(of.NetworkInfo!.MaximumNetworkCards!);
    }
  });

  test('knows no other names', () => {
    for (const name of ['', 't3', 't3.huge', 'T3.micro', 't3.micro|', '__proto__', 'constructor']) {
      expect(instanceTypeInfo(name)).toBeUndefined();
      expect(hardwareOf(name)).toBeUndefined();
    }
  });
});

describe('types that everybody knows', () => {
  test('t3.micro', () => {
    const of = info('t3.micro');
    expect(of).toMatchObject({
      InstanceType: 't3.micro',
      CurrentGeneration: true,
      FreeTierEligible: true,
      SupportedUsageClasses: ['on-demand', 'spot'],
      SupportedRootDeviceTypes: ['ebs'],
      SupportedVirtualizationTypes: ['hvm'],
      BareMetal: false,
      Hypervisor: 'nitro',
      ProcessorInfo: { SupportedArchitectures: ['x86_64'], SustainedClockSpeedInGhz: 2.5, Manufacturer: 'Intel' },
      VCpuInfo: { DefaultVCpus: 2, DefaultCores: 1, DefaultThreadsPerCore: 2, ValidCores: [1] },
      MemoryInfo: { SizeInMiB: 1024 },
      InstanceStorageSupported: false,
      BurstablePerformanceSupported: true,
      SupportedBootModes: ['legacy-bios', 'uefi'],
      NitroTpmInfo: { SupportedVersions: ['2.0'] },
    });
    expect(of.NetworkInfo).toMatchObject({ MaximumNetworkInterfaces: 2, Ipv4AddressesPerInterface: 2 });
    expect(of).not.toHaveProperty('InstanceStorageInfo');
    expect(of).not.toHaveProperty('GpuInfo');
  });

  test('m5.large', () => {
    expect(info('m5.large').EbsInfo).toEqual({
      EbsOptimizedSupport: 'default',
      EncryptionSupport: 'supported',
      EbsOptimizedInfo: {
        BaselineBandwidthInMbps: 650,
        BaselineThroughputInMBps: 81.25,
        BaselineIops: 3600,
        MaximumBandwidthInMbps: 4750,
        MaximumThroughputInMBps: 593.75,
        MaximumIops: 18750,
      },
      NvmeSupport: 'required',
      MaximumEbsAttachments: 27,
      AttachmentLimitType: 'shared',
    });
  });

  test('p4d.24xlarge', () => {
    const of = info('p4d.24xlarge');
    expect(of.GpuInfo).toMatchObject({
      Gpus: [{ Name: 'A100', Manufacturer: 'NVIDIA', Count: 8, MemoryInfo: { SizeInMiB: 40960 } }],
      TotalGpuMemoryInMiB: 327680,
    });
    expect(of.NetworkInfo).toMatchObject({
      NetworkPerformance: '4x 100 Gigabit',
      MaximumNetworkCards: 4,
      MaximumNetworkInterfaces: 60,
      EfaSupported: true,
      EfaInfo: { MaximumEfaInterfaces: 4 },
    });
    expect(of.InstanceStorageInfo).toEqual({
      TotalSizeInGB: 8000,
      Disks: [{ SizeInGB: 1000, Count: 8, Type: 'ssd' }],
      NvmeSupport: 'required',
      EncryptionSupport: 'required',
    });
  });

  test('bare metal has no hypervisor', () => {
    expect(info('a1.metal')).toMatchObject({ BareMetal: true, ProcessorInfo: { SupportedArchitectures: ['arm64'] } });
    expect(info('mac1.metal').ProcessorInfo?.SupportedArchitectures).toEqual(['x86_64_mac']);
    for (const name of ['a1.metal', 'mac1.metal']) expect(info(name)).not.toHaveProperty('Hypervisor');
  });

  test('t2.nano is Xen, 32 or 64 bit, without EBS optimisation', () => {
    const of = info('t2.nano');
    expect(of).toMatchObject({ Hypervisor: 'xen', MemoryInfo: { SizeInMiB: 512 } });
    expect(of.ProcessorInfo?.SupportedArchitectures).toEqual(['i386', 'x86_64']);
    expect(of.EbsInfo?.EbsOptimizedSupport).toBe('unsupported');
    expect(of.EbsInfo).not.toHaveProperty('EbsOptimizedInfo');
    expect(of.VCpuInfo).not.toHaveProperty('ValidCores');
  });

  test('accelerators of every kind', () => {
    expect(info('g4dn.xlarge').GpuInfo?.Gpus?.[0]).toMatchObject({ Name: 'T4', Count: 1, GpuPartitionSize: 1 });
    expect(info('inf1.xlarge')).toMatchObject({
      InferenceAcceleratorInfo: { Accelerators: [{ Count: 1, Name: 'Inferentia', Manufacturer: 'AWS' }] },
      NeuronInfo: { NeuronDevices: [{ CoreInfo: { Count: 4, Version: 1 } }], TotalNeuronDeviceMemoryInMiB: 8192 },
    });
    expect(info('trn1.32xlarge').NeuronInfo).toEqual({
      NeuronDevices: [
        { Count: 16, Name: 'Trainium', CoreInfo: { Count: 2, Version: 2 }, MemoryInfo: { SizeInMiB: 32768 } },
      ],
      TotalNeuronDeviceMemoryInMiB: 524288,
    });
    expect(info('f2.48xlarge').FpgaInfo).toMatchObject({ Fpgas: [{ Count: 8, Manufacturer: 'Xilinx' }] });
    expect(info('vt1.3xlarge').MediaAcceleratorInfo).toMatchObject({ Accelerators: [{ Name: 'U30' }] });
  });

  test('an eighth of a GPU counts as none, with one that the guest sees', () => {
    expect(info('g6f.large').GpuInfo).toEqual({
      Gpus: [
        {
          Name: 'L4',
          Manufacturer: 'NVIDIA',
          Count: 0,
          LogicalGpuCount: 1,
          GpuPartitionSize: 0.125,
          MemoryInfo: { SizeInMiB: 2861 },
        },
      ],
      TotalGpuMemoryInMiB: 2861,
    });
  });

  test('c7gn.16xlarge, i3.large', () => {
    expect(info('c7gn.16xlarge').NetworkInfo).toMatchObject({
      NetworkPerformance: '200 Gigabit',
      EnaSrdSupported: true,
    });
    expect(info('i3.large').InstanceStorageInfo).toMatchObject({ TotalSizeInGB: 475, NvmeSupport: 'required' });
  });
});

describe('hardware', () => {
  test('is decoded once and holds plain figures', () => {
    const m5 = hardwareOf('m5.large');
    expect(m5).toBe(hardwareOf('m5.large'));
    expect(m5).toMatchObject({ vcpus: 2, memoryMiB: 8192, architectures: ['x86_64'], rootDevices: ['ebs'] });
    expect(maxInterfacesOf(m5!)).toBe(3);
  });

  test('is not changed through what is made of it', () => {
    info('c5.large').SupportedRootDeviceTypes?.push('instance-store');
    expect(info('c5.large').SupportedRootDeviceTypes).toEqual(['ebs']);
  });
});
