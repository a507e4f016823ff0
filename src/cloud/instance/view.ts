import type { Instance, InstanceNetworkInterface, InstanceNetworkInterfaceAssociation } from '@aws-sdk/client-ec2';
import { privateDnsName, publicDnsName } from '../interface/dns.ts';
import { type PublicAddress, publicAddressAt } from '../interface/row.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import type { InstanceBlockDevice, InstanceInterface, InstanceRow } from './row.ts';
import { viewState } from './state.ts';

/** An instance as DescribeInstances shows it. */
export const viewInstance = (i: InstanceRow): Instance => view(i, i.interfaces);

/** An instance as RunInstances shows it: EC2 shows neither volumes nor public addresses yet. */
export const viewLaunched = (i: InstanceRow): Instance =>
  Object.assign(view(i, i.interfaces.map(withoutPublicAddress)), { BlockDeviceMappings: [], PublicDnsName: '' });

const view = (i: InstanceRow, interfaces: readonly InstanceInterface[]): Instance =>
  // Spreads in a literal this large cost more than everything else in it.
  Object.assign(viewMachine(i), viewTags(i.tags), viewNetwork(i, interfaces), viewOptions(i));

const withoutPublicAddress = ({
  publicAddress: _,
  secondaryAddresses: __,
  ...rest
}: InstanceInterface): InstanceInterface => rest;

const viewMachine = (i: InstanceRow): Instance => ({
  AmiLaunchIndex: i.launchIndex,
  // One that was started from a volume has none.
  ImageId: i.image === '' ? undefined : i.image,
  InstanceId: i.id,
  InstanceType: i.instanceType as NonNullable<Instance['InstanceType']>,
  KernelId: i.kernel,
  KeyName: i.keyName,
  LaunchTime: new Date(i.launchedAt),
  Monitoring: { State: i.monitoring },
  Placement: {
    AvailabilityZone: i.zone,
    AvailabilityZoneId: i.zoneId,
    GroupName: i.placementGroup ?? '',
    PartitionNumber: i.partition,
    Tenancy: i.tenancy,
  },
  Platform: i.platform as Instance['Platform'],
  PrivateDnsName: i.privateDns,
  ProductCodes: (i.productCodes ?? []).map((ProductCodeId) => ({ ProductCodeId, ProductCodeType: 'marketplace' })),
  PublicDnsName: i.publicDns,
  RamdiskId: i.ramdisk,
  State: viewState(i.state),
  StateTransitionReason: i.transitionReason,
  Architecture: i.architecture as NonNullable<Instance['Architecture']>,
  BlockDeviceMappings: i.blockDevices.map(viewBlockDevice),
  ClientToken: i.clientToken ?? '',
  EbsOptimized: i.ebsOptimized,
  EnaSupport: i.enaSupport,
  Hypervisor: i.hypervisor,
  RootDeviceName: i.rootDeviceName,
  RootDeviceType: i.rootDeviceType,
  SriovNetSupport: i.sriov,
  StateReason: i.stateReason && { Code: i.stateReason.code, Message: i.stateReason.message },
  VirtualizationType: i.virtualization,
});

/** A terminated instance has lost its place in the network, and shows none. */
function viewNetwork(i: InstanceRow, interfaces: readonly InstanceInterface[]): Instance {
  const primary = interfaces.find((n) => n.deviceIndex === 0);
  return {
    NetworkInterfaces: interfaces.map((n) => viewInterface(i, n)),
    SecurityGroups: i.groups.map((g) => ({ GroupId: g.id, GroupName: g.name })),
    PrivateIpAddress: i.privateIp,
    PublicIpAddress: primary?.publicAddress?.ip,
    SubnetId: i.subnet,
    VpcId: i.vpc,
    SourceDestCheck: i.vpc === undefined ? undefined : i.sourceDestCheck,
  };
}

function viewOptions(i: InstanceRow): Instance {
  const { type, a, aaaa } = i.hostname ?? { type: 'ip-name', a: false, aaaa: false };
  return {
    BootMode: i.bootMode as Instance['BootMode'],
    CapacityReservationSpecification: {
      CapacityReservationPreference: (i.capacityPreference ?? 'open') as 'open',
    },
    CpuOptions: { CoreCount: i.cores, ThreadsPerCore: i.threadsPerCore, AmdSevSnp: i.sevSnp },
    CurrentInstanceBootMode: i.currentBootMode as Instance['CurrentInstanceBootMode'],
    EnclaveOptions: { Enabled: false },
    HibernationOptions: { Configured: false },
    MaintenanceOptions: { AutoRecovery: i.autoRecovery, RebootMigration: 'default' },
    MetadataOptions: {
      State: 'applied',
      HttpTokens: i.metadata.tokens,
      HttpPutResponseHopLimit: i.metadata.hopLimit,
      HttpEndpoint: i.metadata.endpoint,
      HttpProtocolIpv6: i.metadata.ipv6,
      InstanceMetadataTags: i.metadata.tags,
    },
    NetworkPerformanceOptions: { BandwidthWeighting: (i.bandwidth ?? 'default') as 'default' },
    Operator: { Managed: false },
    PlatformDetails: i.platformDetails,
    PrivateDnsNameOptions: {
      HostnameType: type,
      EnableResourceNameDnsARecord: a,
      EnableResourceNameDnsAAAARecord: aaaa,
    },
    TpmSupport: i.tpm,
    UsageOperation: i.usageOperation,
    UsageOperationUpdateTime: new Date(i.createdAt),
  };
}

/** An attached volume as instances show it. */
export const viewBlockDevice = (d: InstanceBlockDevice) => ({
  DeviceName: d.device,
  Ebs: {
    AttachTime: new Date(d.attachedAt),
    DeleteOnTermination: d.deleteOnTermination,
    Status: d.state,
    VolumeId: d.volume,
  },
});

function viewInterface(i: InstanceRow, n: InstanceInterface): InstanceNetworkInterface {
  return {
    Association: viewAssociation(i.region, n.publicAddress),
    Attachment: {
      AttachTime: new Date(n.attachedAt),
      AttachmentId: n.attachment,
      DeleteOnTermination: n.deleteOnTermination,
      DeviceIndex: n.deviceIndex,
      Status: n.state,
      NetworkCardIndex: 0,
    },
    Description: n.description,
    Groups: n.groups.map((g) => ({ GroupId: g.id, GroupName: g.name })),
    Ipv6Addresses: [],
    MacAddress: n.mac,
    NetworkInterfaceId: n.id,
    OwnerId: i.account,
    PrivateDnsName: privateDnsName(i.region, n.privateIps[0]!),
    PrivateIpAddress: n.privateIps[0],
    PrivateIpAddresses: n.privateIps.map((ip, at) => ({
      Association: viewAssociation(i.region, publicAddressAt(n, ip)),
      Primary: at === 0,
      PrivateDnsName: privateDnsName(i.region, ip),
      PrivateIpAddress: ip,
    })),
    SourceDestCheck: n.sourceDestCheck,
    Status: 'in-use',
    SubnetId: n.subnet,
    VpcId: n.vpc,
    InterfaceType: 'interface',
    Operator: { Managed: false },
  };
}

function viewAssociation(
  region: string,
  shown: PublicAddress | undefined,
): InstanceNetworkInterfaceAssociation | undefined {
  if (shown === undefined) return undefined;
  const { ip, owner } = shown;
  return { IpOwnerId: owner, PublicDnsName: publicDnsName(region, ip), PublicIp: ip };
}
