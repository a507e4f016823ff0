/**
 * Every error code that Elsewhere can answer, with its HTTP status and what it means.
 * The names are EC2's (public error code list). The reference page is printed from this table.
 */
const table = {
  // common to all actions
  AuthFailure: [
    400,
    'The account may not touch the thing named; with status 401: the credentials could not be validated.',
  ],
  DryRunOperation: [412, 'The request would have succeeded; DryRun was set, so nothing was done.'],
  IdempotentParameterMismatch: [400, 'The client token was used before with other parameters.'],
  IncompleteSignature: [400, 'The signature lacks a part that its version prescribes.'],
  InternalError: [500, 'A fault inside the server; the request id finds it in the logs.'],
  InvalidAction: [400, 'No such action exists in the API.'],
  InvalidClientTokenId: [403, 'The access key is not known.'],
  InvalidParameterCombination: [400, 'Parameters that exclude each other, or one that lacks its companion.'],
  InvalidParameterDependency: [400, 'A parameter needs another that is missing.'],
  InvalidParameterValue: [400, 'A value that is not valid for its parameter.'],
  InvalidRequest: [400, 'The request is not valid, for instance because it names more than one request may name.'],
  MalformedQueryString: [400, 'The query string holds a syntax error.'],
  MissingAction: [400, 'The request names no action.'],
  MissingAuthenticationToken: [403, 'The request is not signed.'],
  MissingParameter: [400, 'A required parameter is missing.'],
  NoSuchVersion: [400, 'The API version asked for does not exist.'],
  RequestEntityTooLarge: [413, 'The request is larger than the server reads.'],
  RequestExpired: [400, 'The time stamp of the request is too far from the server’s clock.'],
  ServiceUnavailable: [503, 'The server is stopping or overloaded; try again.'],
  SignatureDoesNotMatch: [403, 'The signature does not match the request.'],
  UnauthorizedOperation: [
    403,
    'The cloud behind the region does not let the account do this, or this server do it for the account.',
  ],
  Unavailable: [
    503,
    'The cloud behind the region cannot be reached at the moment, or has not done in time what was asked.',
  ],
  UnknownParameter: [400, 'A parameter that the action does not have.'],
  Unsupported: [400, 'The request is not supported for this thing, or by this region’s cloud.'],
  UnsupportedOperation: [400, 'The action, or this use of it, is not offered.'],
  UnsupportedProtocol: [405, 'The protocol of the request is not offered.'],
  ValidationError: [400, 'The input does not satisfy the service’s constraints.'],
  // filters, pages, tags, ids
  FilterLimitExceeded: [400, 'Too many filters or filter values.'],
  InvalidID: [400, 'The id is not valid for any kind of resource.'],
  TagLimitExceeded: [400, 'More tags than a resource may have.'],
  // accounts, regions, quotas
  InvalidRegion: [400, 'No region of that name is offered.'],
  'InvalidZone.NotFound': [400, 'No Availability Zone of that name.'],
  'InvalidAvailabilityZoneId.NotFound': [400, 'No Availability Zone with that id.'],
  // instances
  IncorrectInstanceState: [400, 'The instance’s state does not allow this.'],
  IncorrectState: [400, 'The resource’s state does not allow this.'],
  InstanceLimitExceeded: [400, 'The account may not run more instances.'],
  InsufficientInstanceCapacity: [500, 'The zone has no capacity for the type at the moment.'],
  InvalidInstanceAttributeValue: [400, 'The value is not valid for the instance attribute.'],
  InvalidInstanceID: [400, 'The instance cannot be used for this, for instance because of its state.'],
  'InvalidInstanceID.Malformed': [400, 'The instance id is not well formed.'],
  'InvalidInstanceID.NotFound': [400, 'No instance with that id.'],
  InvalidInstanceType: [400, 'The instance type does not exist or cannot be used.'],
  'InvalidHostID.NotFound': [400, 'No host with that id.'],
  'InvalidPlacementGroup.Unknown': [400, 'No placement group of that name.'],
  'InvalidLaunchTemplateId.NotFound': [400, 'No launch template with that id.'],
  'InvalidLaunchTemplateName.NotFoundException': [400, 'No launch template of that name.'],
  'InvalidCapacityReservationId.NotFound': [400, 'No capacity reservation with that id.'],
  'InvalidUserData.Malformed': [400, 'The user data is not valid base64.'],
  OperationNotPermitted: [400, 'The operation is not allowed, for instance because of termination protection.'],
  UnsupportedHibernationConfiguration: [400, 'Hibernation is not possible with this configuration.'],
  UnsupportedTenancy: [400, 'The tenancy is not supported.'],
  VcpuLimitExceeded: [400, 'The account may not run more vCPUs.'],
  // images
  'InvalidAMIID.Malformed': [400, 'The image id is not well formed.'],
  'InvalidAMIID.NotFound': [400, 'No image with that id.'],
  'InvalidAMIID.Unavailable': [400, 'The image is not available any more, or not yet.'],
  'InvalidAMIName.Duplicate': [400, 'An image of that name exists.'],
  'InvalidAMIName.Malformed': [400, 'The image name is not well formed.'],
  InvalidAMIAttributeItemValue: [400, 'The value of an image attribute is not valid.'],
  InvalidManifest: [400, 'The image manifest is not valid.'],
  InvalidBlockDeviceMapping: [400, 'A block device mapping is not valid.'],
  CannotDelete: [400, 'The resource cannot be deleted.'],
  'InvalidUserID.Malformed': [400, 'The account id is not well formed.'],
  // key pairs
  'InvalidKeyPair.Duplicate': [400, 'A key pair of that name exists.'],
  'InvalidKeyPair.NotFound': [400, 'No key pair of that name.'],
  'InvalidKey.Format': [400, 'The public key is not in a form that can be imported.'],
  KeyPairLimitExceeded: [400, 'The account may not have more key pairs.'],
  // volumes and snapshots
  'InvalidVolume.NotFound': [400, 'No volume with that id.'],
  'InvalidVolumeID.Malformed': [400, 'The volume id is not well formed.'],
  'InvalidVolume.ZoneMismatch': [400, 'Volume and instance are in different zones.'],
  'InvalidAttachment.NotFound': [400, 'The volume is not attached there.'],
  AttachmentLimitExceeded: [400, 'The instance cannot have more volumes attached.'],
  VolumeInUse: [400, 'The volume is attached to an instance.'],
  UnknownVolumeType: [400, 'No such volume type.'],
  VolumeLimitExceeded: [400, 'The account may not have more volumes.'],
  'InvalidSnapshot.InUse': [400, 'An image stands on the snapshot.'],
  'InvalidSnapshot.NotFound': [400, 'No snapshot with that id.'],
  'InvalidSnapshotID.Malformed': [400, 'The snapshot id is not well formed.'],
  InvalidSnapshot: [400, 'The snapshot is not valid for this use.'],
  SnapshotLimitExceeded: [400, 'The account may not have more snapshots.'],
  ConcurrentSnapshotLimitExceeded: [400, 'Too many snapshots of the volume at once.'],
  EncryptedVolumesNotSupported: [400, 'Encrypted volumes cannot be attached to the instance type.'],
  // addresses
  AddressLimitExceeded: [400, 'The account may not have more Elastic IP addresses.'],
  'InvalidAddress.NotFound': [400, 'No such address belongs to the account.'],
  'InvalidAddress.Malformed': [400, 'The address is not well formed.'],
  'InvalidAllocationID.NotFound': [400, 'No allocation with that id.'],
  'InvalidAllocationID.Malformed': [400, 'The allocation id is not well formed.'],
  'InvalidAssociationID.NotFound': [400, 'No association with that id.'],
  'InvalidAssociationID.Malformed': [400, 'The association id is not well formed.'],
  'InvalidIPAddress.InUse': [400, 'The address is in use.'],
  'Resource.AlreadyAssociated': [400, 'The resource has an association already.'],
  'Gateway.NotAttached': [400, 'The network of the private address has no way to the public ones.'],
  'InvalidPublicIpv4PoolID.NotFound': [400, 'No public IPv4 pool with that id.'],
  'InvalidIpamPoolId.NotFound': [400, 'No IPAM pool with that id.'],
  InsufficientAddressCapacity: [500, 'No public address is free at the moment.'],
  // networks
  DependencyViolation: [400, 'Another resource depends on this one.'],
  InsufficientFreeAddressesInSubnet: [400, 'The subnet has no free address left.'],
  'InvalidGroup.Duplicate': [400, 'A security group of that name exists in the VPC.'],
  'InvalidGroup.NotFound': [400, 'No such security group.'],
  'InvalidGroupId.Malformed': [400, 'The security group id is not well formed.'],
  'InvalidPermission.Duplicate': [400, 'The rule exists already.'],
  'InvalidPermission.NotFound': [400, 'The group has no such rule.'],
  'InvalidSecurityGroupRuleId.NotFound': [400, 'No security group rule with that id.'],
  'InvalidSecurityGroupRuleId.Malformed': [400, 'The security group rule id is not well formed.'],
  RulesPerSecurityGroupLimitExceeded: [400, 'The group may not have more rules.'],
  SecurityGroupLimitExceeded: [400, 'The VPC may not have more security groups.'],
  SecurityGroupsPerInterfaceLimitExceeded: [400, 'More security groups than an interface may have.'],
  'InvalidNetworkInterface.InUse': [400, 'The network interface is in use.'],
  'InvalidNetworkInterfaceID.NotFound': [400, 'No network interface with that id.'],
  'InvalidNetworkInterfaceID.Malformed': [400, 'The network interface id is not well formed.'],
  'InvalidPrefixListId.NotFound': [400, 'No prefix list with that id.'],
  'InvalidSubnetID.NotFound': [400, 'No subnet with that id.'],
  'InvalidSubnetID.Malformed': [400, 'The subnet id is not well formed.'],
  'InvalidVpcID.NotFound': [400, 'No VPC with that id.'],
  'InvalidVpcID.Malformed': [400, 'The VPC id is not well formed.'],
  MissingInput: [400, 'A required input is missing.'],
  VPCIdNotSpecified: [400, 'No default VPC exists and none was named.'],
  PrivateIpAddressLimitExceeded: [400, 'More private addresses than the interface may have.'],
} as const satisfies Record<string, readonly [status: number, meaning: string]>;

/** The name of an error that a client can receive. */
export type ErrorCode = keyof typeof table;

/** HTTP status of a code. */
export const statusOf = (code: ErrorCode): number => table[code][0];

/** What a code tells a user, in one sentence. */
export const meaningOf = (code: ErrorCode): string => table[code][1];

/** All codes, in the table's order. */
export const errorCodes = Object.keys(table) as readonly ErrorCode[];
