/** The shape of an instance type as the core sees it: plain facts, no SDK. Values are spelled as EC2 spells them. */

export type Support = 'default' | 'required' | 'supported' | 'unsupported';

/** How fast a type reaches its EBS volumes. Bandwidth in Mbit/s, throughput in MB/s. */
export interface EbsBandwidth {
  readonly bandwidthMbps: number;
  readonly throughputMBps: number;
  readonly iops: number;
}

/** One network card of a type; bandwidths in Gbit/s. */
export interface NetworkCard {
  readonly index: number;
  readonly performance: string;
  readonly maxInterfaces: number;
  readonly baselineGbps: number;
  readonly peakGbps: number;
}

/** Disks that come with a machine and go with it; GB of 10^9 bytes, as EC2 counts them. */
export interface InstanceDisk {
  readonly sizeGB: number;
  readonly count: number;
  readonly type: 'hdd' | 'ssd';
}

/** Devices of one kind. `share` is below 1 where a type has a part of a GPU; then `count` is 0, as on EC2. */
export interface AcceleratorDevice {
  readonly name: string;
  readonly manufacturer: string;
  readonly count: number;
  readonly share: number;
  readonly memoryMiB: number;
}

/** AWS's own machine learning chips, with the cores of each. */
export interface NeuronDevice {
  readonly name: string;
  readonly count: number;
  readonly cores: number;
  readonly coreVersion: number;
  readonly memoryMiB: number;
}

export interface Accelerators {
  readonly gpus: readonly AcceleratorDevice[];
  readonly inference: readonly AcceleratorDevice[];
  readonly fpgas: readonly AcceleratorDevice[];
  readonly media: readonly AcceleratorDevice[];
  readonly neuron: readonly NeuronDevice[];
}

/** Everything known of an instance type. */
export interface Hardware {
  readonly name: string;
  readonly currentGeneration: boolean;
  readonly freeTierEligible: boolean;
  readonly bareMetal: boolean;
  readonly burstable: boolean;
  /** Absent for bare metal. */
  readonly hypervisor: 'nitro' | 'xen' | undefined;
  readonly architectures: readonly ('arm64' | 'arm64_mac' | 'i386' | 'x86_64' | 'x86_64_mac')[];
  readonly manufacturer: string;
  readonly clockGHz: number | undefined;
  readonly vcpus: number;
  readonly cores: number;
  readonly threadsPerCore: number;
  /** What CpuOptions.CoreCount may be; empty where the options cannot be chosen. */
  readonly validCores: readonly number[];
  readonly validThreadsPerCore: readonly number[];
  readonly memoryMiB: number;
  readonly usageClasses: readonly ('capacity-block' | 'on-demand' | 'spot')[];
  readonly rootDevices: readonly ('ebs' | 'instance-store')[];
  readonly virtualization: readonly ('hvm' | 'paravirtual')[];
  readonly bootModes: readonly ('legacy-bios' | 'uefi')[];
  readonly ebsOptimized: 'default' | 'supported' | 'unsupported';
  readonly ebsNvme: 'required' | 'supported' | 'unsupported';
  /** `shared`: volumes, network interfaces and disks share `maxEbsAttachments`; `dedicated`: it is for volumes alone. */
  readonly ebsLimit: 'dedicated' | 'shared';
  readonly maxEbsAttachments: number;
  /** Absent where the type cannot be optimised for EBS. */
  readonly ebsBaseline: EbsBandwidth | undefined;
  readonly ebsMaximum: EbsBandwidth | undefined;
  readonly networkPerformance: string;
  readonly networkCards: readonly NetworkCard[];
  readonly ipv4PerInterface: number;
  readonly ipv6PerInterface: number;
  readonly ipv6: boolean;
  readonly ena: 'required' | 'supported' | 'unsupported';
  readonly enaSrd: boolean;
  /** 0 where the Elastic Fabric Adapter is not supported. */
  readonly maxEfaInterfaces: number;
  readonly encryptionInTransit: boolean;
  readonly disks: readonly InstanceDisk[];
  /** Absent where there are no disks, as `storageEncryption`. */
  readonly storageNvme: 'required' | 'supported' | 'unsupported' | undefined;
  readonly storageEncryption: 'required' | 'unsupported' | undefined;
  readonly accelerators: Accelerators;
  readonly placement: readonly ('cluster' | 'partition' | 'spread')[];
  readonly hibernation: boolean;
  readonly autoRecovery: boolean;
  readonly dedicatedHosts: boolean;
  readonly nitroEnclaves: boolean;
  readonly nitroTpm: boolean;
  readonly phc: boolean;
  readonly rebootMigration: boolean;
}

/** How many network interfaces a machine of this type can have, over all its cards. */
export function maxInterfacesOf(hardware: Hardware): number {
  return hardware.networkCards.reduce((sum, card) => sum + card.maxInterfaces, 0);
}
