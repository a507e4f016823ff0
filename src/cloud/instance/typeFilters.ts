import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import type { FilterRules, FilterValue } from '../../kernel/filter.ts';

const rule = (of: (t: InstanceTypeInfo) => FilterValue, doc: string) => ({ of, doc });
const optimized = (t: InstanceTypeInfo) => t.EbsInfo?.EbsOptimizedInfo;

/** Filters as documented for DescribeInstanceTypes. */
export const typeFilters: FilterRules<InstanceTypeInfo> = {
  'auto-recovery-supported': rule((t) => t.AutoRecoverySupported, 'whether automatic recovery is supported'),
  'bare-metal': rule((t) => t.BareMetal, 'whether it is a bare metal type'),
  'burstable-performance-supported': rule((t) => t.BurstablePerformanceSupported, 'whether it is a burstable type'),
  'current-generation': rule((t) => t.CurrentGeneration, 'whether it is of the current generation'),
  'dedicated-hosts-supported': rule((t) => t.DedicatedHostsSupported, 'whether Dedicated Hosts are supported'),
  'ebs-info.attachment-limit-type': rule((t) => t.EbsInfo?.AttachmentLimitType, 'the kind of attachment limit'),
  'ebs-info.maximum-ebs-attachments': rule((t) => t.EbsInfo?.MaximumEbsAttachments, 'the most volumes attached'),
  'ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps': rule(
    (t) => optimized(t)?.BaselineBandwidthInMbps,
    'the baseline EBS bandwidth, Mbit/s',
  ),
  'ebs-info.ebs-optimized-info.baseline-iops': rule((t) => optimized(t)?.BaselineIops, 'the baseline EBS IOPS'),
  'ebs-info.ebs-optimized-info.baseline-throughput-in-mbps': rule(
    (t) => optimized(t)?.BaselineThroughputInMBps,
    'the baseline EBS throughput, MB/s',
  ),
  'ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps': rule(
    (t) => optimized(t)?.MaximumBandwidthInMbps,
    'the highest EBS bandwidth, Mbit/s',
  ),
  'ebs-info.ebs-optimized-info.maximum-iops': rule((t) => optimized(t)?.MaximumIops, 'the highest EBS IOPS'),
  'ebs-info.ebs-optimized-info.maximum-throughput-in-mbps': rule(
    (t) => optimized(t)?.MaximumThroughputInMBps,
    'the highest EBS throughput, MB/s',
  ),
  'ebs-info.ebs-optimized-support': rule((t) => t.EbsInfo?.EbsOptimizedSupport, 'whether it can be EBS-optimized'),
  'ebs-info.encryption-support': rule((t) => t.EbsInfo?.EncryptionSupport, 'whether EBS encryption is supported'),
  'ebs-info.nvme-support': rule((t) => t.EbsInfo?.NvmeSupport, 'whether EBS volumes are NVMe devices'),
  'free-tier-eligible': rule((t) => t.FreeTierEligible, 'whether it is part of the free tier'),
  'hibernation-supported': rule((t) => t.HibernationSupported, 'whether hibernation is supported'),
  hypervisor: rule((t) => t.Hypervisor, 'the hypervisor'),
  'instance-storage-info.disk.count': rule(
    (t) => t.InstanceStorageInfo?.Disks?.map((d) => d.Count),
    'the number of local disks',
  ),
  'instance-storage-info.disk.size-in-gb': rule(
    (t) => t.InstanceStorageInfo?.Disks?.map((d) => d.SizeInGB),
    'the size of a local disk, GB',
  ),
  'instance-storage-info.disk.type': rule(
    (t) => t.InstanceStorageInfo?.Disks?.map((d) => d.Type),
    'the kind of local disks',
  ),
  'instance-storage-info.encryption-support': rule(
    (t) => t.InstanceStorageInfo?.EncryptionSupport,
    'whether local disks are encrypted',
  ),
  'instance-storage-info.nvme-support': rule(
    (t) => t.InstanceStorageInfo?.NvmeSupport,
    'whether local disks are NVMe devices',
  ),
  'instance-storage-info.total-size-in-gb': rule(
    (t) => t.InstanceStorageInfo?.TotalSizeInGB,
    'the size of all local disks, GB',
  ),
  'instance-storage-supported': rule((t) => t.InstanceStorageSupported, 'whether it has local disks'),
  'instance-type': rule((t) => t.InstanceType, 'the name of the type'),
  'memory-info.size-in-mib': rule((t) => t.MemoryInfo?.SizeInMiB, 'the memory, MiB'),
  'network-info.bandwidth-weightings': rule(
    (t) => t.NetworkInfo?.BandwidthWeightings,
    'the bandwidth weightings on offer',
  ),
  'network-info.efa-info.maximum-efa-interfaces': rule(
    (t) => t.NetworkInfo?.EfaInfo?.MaximumEfaInterfaces,
    'the most EFA interfaces',
  ),
  'network-info.efa-supported': rule((t) => t.NetworkInfo?.EfaSupported, 'whether EFA is supported'),
  'network-info.ena-support': rule((t) => t.NetworkInfo?.EnaSupport, 'whether ENA is supported or required'),
  'network-info.flexible-ena-queues-support': rule(
    (t) => t.NetworkInfo?.FlexibleEnaQueuesSupport,
    'whether ENA queues are flexible',
  ),
  'network-info.encryption-in-transit-supported': rule(
    (t) => t.NetworkInfo?.EncryptionInTransitSupported,
    'whether traffic between instances is encrypted',
  ),
  'network-info.ipv4-addresses-per-interface': rule(
    (t) => t.NetworkInfo?.Ipv4AddressesPerInterface,
    'the most IPv4 addresses of an interface',
  ),
  'network-info.ipv6-addresses-per-interface': rule(
    (t) => t.NetworkInfo?.Ipv6AddressesPerInterface,
    'the most IPv6 addresses of an interface',
  ),
  'network-info.ipv6-supported': rule((t) => t.NetworkInfo?.Ipv6Supported, 'whether IPv6 is supported'),
  'network-info.maximum-network-cards': rule((t) => t.NetworkInfo?.MaximumNetworkCards, 'the most network cards'),
  'network-info.maximum-network-interfaces': rule(
    (t) => t.NetworkInfo?.MaximumNetworkInterfaces,
    'the most network interfaces',
  ),
  'network-info.network-performance': rule(
    (t) => t.NetworkInfo?.NetworkPerformance,
    'the network performance in words',
  ),
  'nitro-enclaves-support': rule((t) => t.NitroEnclavesSupport, 'whether Nitro Enclaves are supported'),
  'nitro-tpm-support': rule((t) => t.NitroTpmSupport, 'whether NitroTPM is supported'),
  'nitro-tpm-info.supported-versions': rule((t) => t.NitroTpmInfo?.SupportedVersions, 'the versions of NitroTPM'),
  'processor-info.supported-architecture': rule(
    (t) => t.ProcessorInfo?.SupportedArchitectures,
    'a processor architecture',
  ),
  'processor-info.sustained-clock-speed-in-ghz': rule(
    (t) => t.ProcessorInfo?.SustainedClockSpeedInGhz,
    'the clock speed, GHz',
  ),
  'processor-info.supported-features': rule((t) => t.ProcessorInfo?.SupportedFeatures, 'a feature of the processor'),
  'reboot-migration-support': rule((t) => t.RebootMigrationSupport, 'whether reboot migration is supported'),
  'supported-boot-mode': rule((t) => t.SupportedBootModes, 'a boot mode'),
  'supported-root-device-type': rule((t) => t.SupportedRootDeviceTypes, 'a kind of root device'),
  'supported-usage-class': rule((t) => t.SupportedUsageClasses, 'a usage class'),
  'supported-virtualization-type': rule((t) => t.SupportedVirtualizationTypes, 'a kind of virtualization'),
  'vcpu-info.default-cores': rule((t) => t.VCpuInfo?.DefaultCores, 'the number of cores'),
  'vcpu-info.default-threads-per-core': rule((t) => t.VCpuInfo?.DefaultThreadsPerCore, 'the threads of a core'),
  'vcpu-info.default-vcpus': rule((t) => t.VCpuInfo?.DefaultVCpus, 'the number of vCPUs'),
  'vcpu-info.valid-cores': rule((t) => t.VCpuInfo?.ValidCores, 'a number of cores that can be chosen'),
  'vcpu-info.valid-threads-per-core': rule(
    (t) => t.VCpuInfo?.ValidThreadsPerCore,
    'a number of threads that can be chosen',
  ),
};
