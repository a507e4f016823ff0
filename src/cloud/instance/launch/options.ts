import type { InstanceTypeInfo, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { fail, invalid } from '../../../kernel/errors.ts';
import type { Reading } from '../../context/reading.ts';
import type { ImageRow } from '../../image/row.ts';
import type { InstanceRow } from '../row.ts';
import { stoppable } from '../stoppable.ts';
import { oneOf } from './oneOf.ts';

type Options = Pick<
  InstanceRow,
  | 'shutdownBehavior'
  | 'disableApiTermination'
  | 'disableApiStop'
  | 'ebsOptimized'
  | 'monitoring'
  | 'cores'
  | 'threadsPerCore'
  | 'sevSnp'
  | 'metadata'
  | 'autoRecovery'
  | 'hostname'
  | 'capacityPreference'
  | 'bandwidth'
  | 'credits'
>;

const onOff = ['enabled', 'disabled'] as const;

/** Settings of the instance that depend on nothing but its type and image. */
export function readOptions(cx: Reading, input: RunInstancesRequest, type: InstanceTypeInfo, image: ImageRow): Options {
  const stops = stoppable(cx, image.rootDeviceType);
  const behavior = oneOf(
    input.InstanceInitiatedShutdownBehavior,
    ['stop', 'terminate'],
    'instanceInitiatedShutdownBehavior',
  );
  if (behavior === 'stop' && !stops) {
    fail(
      'InvalidParameterCombination',
      "An instance without an 'ebs' root device cannot be stopped: instanceInitiatedShutdownBehavior must be terminate.",
    );
  }
  const hostname = readHostname(input.PrivateDnsNameOptions);
  const capacityPreference = readCapacity(input.CapacityReservationSpecification);
  const bandwidth = readBandwidth(input.NetworkPerformanceOptions?.BandwidthWeighting, type);
  const credits = readCredits(input.CreditSpecification?.CpuCredits, type);
  const recovery = oneOf(
    input.MaintenanceOptions?.AutoRecovery,
    ['default', 'disabled'],
    'maintenanceOptions.autoRecovery',
  );
  return {
    shutdownBehavior: behavior ?? (stops ? 'stop' : 'terminate'),
    disableApiTermination: input.DisableApiTermination ?? false,
    disableApiStop: input.DisableApiStop ?? false,
    ebsOptimized: readEbsOptimized(input.EbsOptimized, type),
    monitoring: input.Monitoring?.Enabled ? 'enabled' : 'disabled',
    ...readCpu(input.CpuOptions, type),
    metadata: readMetadata(input.MetadataOptions, image),
    autoRecovery: recovery ?? 'default',
    ...(hostname && { hostname }),
    ...(capacityPreference && { capacityPreference }),
    ...(bandwidth && { bandwidth }),
    ...(credits && { credits }),
  };
}

/** Refuses EBS optimisation on a type that does not have it. */
export function readEbsOptimized(asked: boolean | undefined, type: InstanceTypeInfo): boolean {
  if (asked && type.EbsInfo?.EbsOptimizedSupport === 'unsupported') {
    fail(
      'Unsupported',
      'EBS-optimized instances are not supported for your requested configuration. Please check the documentation for supported configurations.',
    );
  }
  return asked ?? false;
}

/** Cores and threads: the type's own, or a choice that the type allows (user guide, "CPU options"). */
function readCpu(cpu: RunInstancesRequest['CpuOptions'], type: InstanceTypeInfo) {
  const sevSnp = readSevSnp(cpu, type);
  return { ...readCores(cpu, type), ...(sevSnp && { sevSnp }) };
}

/** Encrypted memory; shown when it was asked for or declined. */
function readSevSnp(cpu: RunInstancesRequest['CpuOptions'], type: InstanceTypeInfo): InstanceRow['sevSnp'] {
  const sevSnp = oneOf(cpu?.AmdSevSnp, onOff, 'cpuOptions.amdSevSnp');
  if (sevSnp === 'enabled' && !(type.ProcessorInfo?.SupportedFeatures ?? []).includes('amd-sev-snp')) {
    fail('InvalidParameterCombination', `AMD SEV-SNP is not supported for the instance type '${type.InstanceType}'.`);
  }
  return sevSnp;
}

function readCores(cpu: RunInstancesRequest['CpuOptions'], type: InstanceTypeInfo) {
  const {
    DefaultCores: cores = 1,
    DefaultThreadsPerCore: threadsPerCore = 1,
    ValidCores,
    ValidThreadsPerCore,
  } = type.VCpuInfo ?? {};
  const nested = oneOf(cpu?.NestedVirtualization, onOff, 'cpuOptions.nestedVirtualization');
  if (nested === 'enabled') fail('Unsupported', 'Nested virtualization is not offered in this region.');
  const { CoreCount: askedCores, ThreadsPerCore: askedThreads } = cpu ?? {};
  if (askedCores === undefined && askedThreads === undefined) return { cores, threadsPerCore };
  if (askedCores === undefined || askedThreads === undefined) {
    return fail(
      'InvalidParameterCombination',
      'The parameters cpuOptions.coreCount and cpuOptions.threadsPerCore must be specified together.',
    );
  }
  if (!(ValidCores ?? [cores]).includes(askedCores)) {
    invalid(askedCores, 'cpuOptions.coreCount', `The instance type '${type.InstanceType}' does not support it.`);
  }
  if (!(ValidThreadsPerCore ?? [threadsPerCore]).includes(askedThreads)) {
    invalid(askedThreads, 'cpuOptions.threadsPerCore', `The instance type '${type.InstanceType}' does not support it.`);
  }
  return { cores: askedCores, threadsPerCore: askedThreads };
}

/** Instance metadata options; an image that asks for IMDSv2 sets other defaults (user guide, "Configure IMDS options"). */
function readMetadata(asked: RunInstancesRequest['MetadataOptions'], image: ImageRow): InstanceRow['metadata'] {
  const strict = image.imdsSupport === 'v2.0';
  const hopLimit = asked?.HttpPutResponseHopLimit ?? (strict ? 2 : 1);
  if (hopLimit < 1 || hopLimit > 64)
    invalid(hopLimit, 'metadataOptions.httpPutResponseHopLimit', 'It must be between 1 and 64.');
  return {
    tokens:
      oneOf(asked?.HttpTokens, ['optional', 'required'], 'metadataOptions.httpTokens') ??
      (strict ? 'required' : 'optional'),
    hopLimit,
    endpoint: oneOf(asked?.HttpEndpoint, onOff, 'metadataOptions.httpEndpoint') ?? 'enabled',
    ipv6: oneOf(asked?.HttpProtocolIpv6, onOff, 'metadataOptions.httpProtocolIpv6') ?? 'disabled',
    tags: oneOf(asked?.InstanceMetadataTags, onOff, 'metadataOptions.instanceMetadataTags') ?? 'disabled',
  };
}

function readHostname(asked: RunInstancesRequest['PrivateDnsNameOptions']): InstanceRow['hostname'] {
  if (asked === undefined) return undefined;
  const type = oneOf(asked.HostnameType, ['ip-name', 'resource-name'], 'privateDnsNameOptions.hostnameType');
  return {
    type: type ?? 'ip-name',
    a: asked.EnableResourceNameDnsARecord ?? false,
    aaaa: asked.EnableResourceNameDnsAAAARecord ?? false,
  };
}

function readCapacity(asked: RunInstancesRequest['CapacityReservationSpecification']): string | undefined {
  const { CapacityReservationPreference: preference, CapacityReservationTarget: target } = asked ?? {};
  if (preference !== undefined && target !== undefined) {
    fail(
      'InvalidParameterCombination',
      'The parameters CapacityReservationPreference and CapacityReservationTarget cannot be used together.',
    );
  }
  if (target?.CapacityReservationId !== undefined) {
    fail(
      'InvalidCapacityReservationId.NotFound',
      `The capacity reservation '${target.CapacityReservationId}' does not exist.`,
    );
  }
  if (target?.CapacityReservationResourceGroupArn !== undefined) {
    invalid(
      target.CapacityReservationResourceGroupArn,
      'capacityReservationResourceGroupArn',
      'The resource group does not exist.',
    );
  }
  const words = ['open', 'none', 'capacity-reservations-only'] as const;
  const read = oneOf(preference, words, 'capacityReservationSpecification.capacityReservationPreference');
  if (read === 'capacity-reservations-only') {
    fail('InsufficientInstanceCapacity', 'There is no Capacity Reservation that matches the request.');
  }
  return read;
}

function readBandwidth(asked: string | undefined, type: InstanceTypeInfo): string | undefined {
  const read = oneOf(asked, ['default', 'vpc-1', 'ebs-1'], 'networkPerformanceOptions.bandwidthWeighting');
  const offered: readonly string[] = type.NetworkInfo?.BandwidthWeightings ?? ['default'];
  if (read !== undefined && !offered.includes(read)) {
    fail(
      'InvalidParameterCombination',
      `The bandwidth weighting '${read}' is not supported for the instance type '${type.InstanceType}'.`,
    );
  }
  return read;
}

function readCredits(asked: string | undefined, type: InstanceTypeInfo): InstanceRow['credits'] {
  const read = oneOf(asked, ['standard', 'unlimited'], 'creditSpecification.cpuCredits');
  if (read !== undefined && !type.BurstablePerformanceSupported) {
    fail(
      'InvalidParameterCombination',
      `The parameter CreditSpecification is not supported for the instance type '${type.InstanceType}'.`,
    );
  }
  return read;
}
