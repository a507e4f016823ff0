import type { LeftOut } from '../awsquery/without.ts';

/** The version to which EC2 adds what is new. Those before it have stayed as they were. */
const growing = '2016-11-15';

/**
 * Lists and structures that came after the older versions, by the SDK's structure names (2014-10-01 in botocore's models,
 * beside the present one). Clients of that time read XML by element names, whatever the depth: boto 2 takes the `item`
 * or the `state` of a list that it does not know for the end or the state of the thing itself. Single values that came
 * later are passed over by all of them, and stay.
 */
const laterMembers: LeftOut = {
  Address: ['Tags'],
  AuthorizeSecurityGroupEgressResult: ['SecurityGroupRules'],
  AuthorizeSecurityGroupIngressResult: ['SecurityGroupRules'],
  AvailabilityZone: ['Geography', 'SubGeography'],
  CreateSecurityGroupResult: ['Tags'],
  DeregisterImageResult: ['DeleteSnapshotResults'],
  EbsInstanceBlockDevice: ['Operator'],
  Image: ['ImageWatermarks', 'ScanResults', 'InstanceTypeSpecification'],
  ImageAttribute: ['BootMode', 'TpmSupport', 'UefiData', 'LastLaunchedTime', 'ImdsSupport', 'DeregistrationProtection'],
  ImportKeyPairResult: ['Tags'],
  Instance: [
    ...['ElasticGpuAssociations', 'ElasticInferenceAcceleratorAssociations', 'CpuOptions', 'HibernationOptions'],
    ...['CapacityReservationSpecification', 'Licenses', 'MetadataOptions', 'EnclaveOptions', 'PrivateDnsNameOptions'],
    ...['MaintenanceOptions', 'NetworkPerformanceOptions', 'Operator', 'SecondaryInterfaces'],
  ],
  InstanceAttribute: ['EnaSupport', 'EnclaveOptions', 'DisableApiStop'],
  InstanceNetworkInterface: [
    ...['Ipv6Addresses', 'Ipv4Prefixes', 'Ipv6Prefixes', 'ConnectionTrackingConfiguration', 'Operator'],
  ],
  InstanceNetworkInterfaceAttachment: ['EnaSrdSpecification'],
  InstanceStatus: ['Operator', 'AttachedEbsStatus', 'ApplicationStatus', 'PerformanceStatus'],
  IpPermission: ['Ipv6Ranges', 'PrefixListIds'],
  KeyPair: ['Tags'],
  KeyPairInfo: ['Tags'],
  Monitoring: ['MetricCategoryIds'],
  Region: ['Geography'],
  RevokeSecurityGroupEgressResult: ['UnknownIpPermissions', 'RevokedSecurityGroupRules'],
  RevokeSecurityGroupIngressResult: ['UnknownIpPermissions', 'RevokedSecurityGroupRules'],
  Subnet: ['Ipv6CidrBlockAssociationSet', 'PrivateDnsNameOptionsOnLaunch', 'BlockPublicAccessStates'],
  Volume: ['Operator'],
  Vpc: ['Ipv6CidrBlockAssociationSet', 'CidrBlockAssociationSet', 'EncryptionControl', 'BlockPublicAccessStates'],
};

/** What answers of a version leave out, by structure; undefined for the version that has everything. */
export const leftOutOf = (version: string): LeftOut | undefined => (version < growing ? laterMembers : undefined);
