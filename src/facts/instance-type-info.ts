import type {
  EbsInfo,
  GpuInfo,
  InstanceStorageInfo,
  InstanceTypeInfo,
  NetworkInfo,
  NeuronInfo,
} from '@aws-sdk/client-ec2';
import { hardwareOf } from './hardware.ts';
import type { AcceleratorDevice, Hardware, NeuronDevice } from './hardware-types.ts';
import { maxInterfacesOf } from './hardware-types.ts';

const supported = (yes: boolean): 'supported' | 'unsupported' => (yes ? 'supported' : 'unsupported');

/**
 * What DescribeInstanceTypes says of a type: every member that is known, under AWS's names, and no other; undefined for a
 * name that EC2 does not know. A new object every time, so that a caller may do with it what it likes.
 */
export function instanceTypeInfo(name: string): InstanceTypeInfo | undefined {
  const hardware = hardwareOf(name);
  return hardware && { ...traits(hardware), ...parts(hardware), ...accelerators(hardware), ...abilities(hardware) };
}

function traits(hardware: Hardware): InstanceTypeInfo {
  return {
    InstanceType: hardware.name as InstanceTypeInfo['InstanceType'],
    CurrentGeneration: hardware.currentGeneration,
    FreeTierEligible: hardware.freeTierEligible,
    SupportedUsageClasses: [...hardware.usageClasses],
    SupportedRootDeviceTypes: [...hardware.rootDevices],
    SupportedVirtualizationTypes: [...hardware.virtualization],
    BareMetal: hardware.bareMetal,
    ...(hardware.hypervisor && { Hypervisor: hardware.hypervisor }),
  };
}

function parts(hardware: Hardware): InstanceTypeInfo {
  return {
    ProcessorInfo: {
      SupportedArchitectures: [...hardware.architectures],
      ...(hardware.clockGHz !== undefined && { SustainedClockSpeedInGhz: hardware.clockGHz }),
      Manufacturer: hardware.manufacturer,
    },
    VCpuInfo: {
      DefaultVCpus: hardware.vcpus,
      DefaultCores: hardware.cores,
      DefaultThreadsPerCore: hardware.threadsPerCore,
      ...(hardware.validCores.length > 0 && { ValidCores: [...hardware.validCores] }),
      ...(hardware.validThreadsPerCore.length > 0 && { ValidThreadsPerCore: [...hardware.validThreadsPerCore] }),
    },
    MemoryInfo: { SizeInMiB: hardware.memoryMiB },
    InstanceStorageSupported: hardware.disks.length > 0,
    ...(hardware.disks.length > 0 && { InstanceStorageInfo: storage(hardware) }),
    EbsInfo: ebs(hardware),
    NetworkInfo: network(hardware),
  };
}

function abilities(hardware: Hardware): InstanceTypeInfo {
  return {
    PlacementGroupInfo: { SupportedStrategies: [...hardware.placement] },
    HibernationSupported: hardware.hibernation,
    BurstablePerformanceSupported: hardware.burstable,
    DedicatedHostsSupported: hardware.dedicatedHosts,
    AutoRecoverySupported: hardware.autoRecovery,
    SupportedBootModes: [...hardware.bootModes],
    NitroEnclavesSupport: supported(hardware.nitroEnclaves),
    NitroTpmSupport: supported(hardware.nitroTpm),
    ...(hardware.nitroTpm && { NitroTpmInfo: { SupportedVersions: ['2.0'] } }),
    PhcSupport: supported(hardware.phc),
    RebootMigrationSupport: supported(hardware.rebootMigration),
  };
}

function storage(hardware: Hardware): InstanceStorageInfo {
  return {
    TotalSizeInGB: hardware.disks.reduce((sum, disk) => sum + disk.count * disk.sizeGB, 0),
    Disks: hardware.disks.map((disk) => ({ SizeInGB: disk.sizeGB, Count: disk.count, Type: disk.type })),
    NvmeSupport: hardware.storageNvme,
    EncryptionSupport: hardware.storageEncryption,
  };
}

function ebs(hardware: Hardware): EbsInfo {
  const { ebsBaseline: baseline, ebsMaximum: maximum } = hardware;
  return {
    EbsOptimizedSupport: hardware.ebsOptimized,
    EncryptionSupport: 'supported',
    ...(baseline &&
      maximum && {
        EbsOptimizedInfo: {
          BaselineBandwidthInMbps: baseline.bandwidthMbps,
          BaselineThroughputInMBps: baseline.throughputMBps,
          BaselineIops: baseline.iops,
          MaximumBandwidthInMbps: maximum.bandwidthMbps,
          MaximumThroughputInMBps: maximum.throughputMBps,
          MaximumIops: maximum.iops,
        },
      }),
    NvmeSupport: hardware.ebsNvme,
    MaximumEbsAttachments: hardware.maxEbsAttachments,
    AttachmentLimitType: hardware.ebsLimit,
  };
}

function network(hardware: Hardware): NetworkInfo {
  return {
    NetworkPerformance: hardware.networkPerformance,
    MaximumNetworkInterfaces: maxInterfacesOf(hardware),
    MaximumNetworkCards: hardware.networkCards.length,
    DefaultNetworkCardIndex: 0,
    NetworkCards: hardware.networkCards.map((card) => ({
      NetworkCardIndex: card.index,
      NetworkPerformance: card.performance,
      MaximumNetworkInterfaces: card.maxInterfaces,
      BaselineBandwidthInGbps: card.baselineGbps,
      PeakBandwidthInGbps: card.peakGbps,
    })),
    Ipv4AddressesPerInterface: hardware.ipv4PerInterface,
    Ipv6AddressesPerInterface: hardware.ipv6PerInterface,
    Ipv6Supported: hardware.ipv6,
    EnaSupport: hardware.ena,
    EfaSupported: hardware.maxEfaInterfaces > 0,
    ...(hardware.maxEfaInterfaces > 0 && { EfaInfo: { MaximumEfaInterfaces: hardware.maxEfaInterfaces } }),
    EncryptionInTransitSupported: hardware.encryptionInTransit,
    EnaSrdSupported: hardware.enaSrd,
  };
}

function accelerators(hardware: Hardware): InstanceTypeInfo {
  const { gpus, inference, fpgas, media, neuron } = hardware.accelerators;
  return {
    ...(gpus.length > 0 && { GpuInfo: gpuInfo(gpus) }),
    ...(fpgas.length > 0 && { FpgaInfo: { Fpgas: fpgas.map(device), TotalFpgaMemoryInMiB: totalMiB(fpgas) } }),
    ...(inference.length > 0 && {
      InferenceAcceleratorInfo: { Accelerators: inference.map(device), TotalInferenceMemoryInMiB: totalMiB(inference) },
    }),
    ...(media.length > 0 && {
      MediaAcceleratorInfo: { Accelerators: media.map(device), TotalMediaMemoryInMiB: totalMiB(media) },
    }),
    ...(neuron.length > 0 && { NeuronInfo: neuronInfo(neuron) }),
  };
}

function device(of: AcceleratorDevice) {
  return { Name: of.name, Manufacturer: of.manufacturer, Count: of.count, MemoryInfo: { SizeInMiB: of.memoryMiB } };
}

/** How many devices the operating system sees: a part of a GPU, which EC2 counts as none, is one. */
const logical = (of: AcceleratorDevice): number => (of.share < 1 ? 1 : of.count);

function totalMiB(devices: readonly AcceleratorDevice[]): number {
  return devices.reduce((sum, of) => sum + logical(of) * of.memoryMiB, 0);
}

function gpuInfo(gpus: readonly AcceleratorDevice[]): GpuInfo {
  return {
    Gpus: gpus.map((of) => ({ ...device(of), LogicalGpuCount: logical(of), GpuPartitionSize: of.share })),
    TotalGpuMemoryInMiB: totalMiB(gpus),
  };
}

function neuronInfo(devices: readonly NeuronDevice[]): NeuronInfo {
  return {
    NeuronDevices: devices.map((of) => ({
      Count: of.count,
      Name: of.name,
      CoreInfo: { Count: of.cores, Version: of.coreVersion },
      MemoryInfo: { SizeInMiB: of.memoryMiB },
    })),
    TotalNeuronDeviceMemoryInMiB: devices.reduce((sum, of) => sum + of.count * of.memoryMiB, 0),
  };
}
