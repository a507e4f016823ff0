import { testAccount } from '../support/world.ts';

/** Ids of one account's things, by kind. */
export interface Ids {
  readonly instance: string;
  readonly volume: string;
  readonly attached: string;
  readonly snapshot: string;
  readonly image: string;
  readonly allocation: string;
  readonly association: string;
  readonly publicIp: string;
  readonly group: string;
  readonly groupName: string;
  readonly rule: string;
  readonly egressRule: string;
  readonly subnet: string;
  readonly vpc: string;
  readonly interface: string;
  readonly keyName: string;
  readonly keyId: string;
}

/** What B has itself, and the zone of its things. */
export interface Own extends Ids {
  readonly zone: string;
}

/** What B tries: an input made of A's ids (`a`), or of ids that nobody has, and of B's own (`b`). */
export interface Attempt {
  readonly how: string;
  readonly input: (a: Ids, b: Own) => object;
}

/** How an action takes its target; `none`: it takes none, and why. */
export type Target = readonly Attempt[] | { readonly none: string };

const by = (how: string, input: (a: Ids, b: Own) => object): Attempt => ({ how, input });
const rules = [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }];
const peer = (GroupId: string) => [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2, UserIdGroupPairs: [{ GroupId }] }];
const ofA = (GroupId: string) => [
  { IpProtocol: 'tcp', FromPort: 1, ToPort: 2, UserIdGroupPairs: [{ GroupId, UserId: testAccount }] },
];
const named = (GroupName: string) => [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2, UserIdGroupPairs: [{ GroupName }] }];
/** Everything that can have tags. */
const tagged = [
  ...(['instance', 'volume', 'snapshot', 'image', 'allocation', 'group'] as const),
  ...(['subnet', 'vpc', 'interface', 'keyId', 'rule'] as const),
];
const instances = [
  by('id', (a) => ({ InstanceIds: [a.instance] })),
  by('id beside its own', (a, b) => ({ InstanceIds: [b.instance, a.instance] })),
];

/** Every action with its targets. Attempts must be refused as if A's thing did not exist. */
export const targets: Readonly<Record<string, Target>> = {
  AllocateAddress: { none: 'Address takes only addresses that are in nobody’s use' },
  AssociateAddress: [
    by('address', (a, b) => ({ AllocationId: a.allocation, InstanceId: b.instance })),
    by('instance', (a, b) => ({ AllocationId: b.allocation, InstanceId: a.instance })),
    by('interface', (a, b) => ({ AllocationId: b.allocation, NetworkInterfaceId: a.interface })),
    by('public IP', (a, b) => ({ PublicIp: a.publicIp, InstanceId: b.instance })),
  ],
  AttachVolume: [
    by('volume', (a, b) => ({ VolumeId: a.volume, InstanceId: b.instance, Device: '/dev/sdj' })),
    by('instance', (a, b) => ({ VolumeId: b.volume, InstanceId: a.instance, Device: '/dev/sdj' })),
  ],
  AuthorizeSecurityGroupEgress: [
    by('group', (a) => ({ GroupId: a.group, IpPermissions: rules })),
    by('peer', (a, b) => ({ GroupId: b.group, IpPermissions: peer(a.group) })),
    by('peer and its owner', (a, b) => ({ GroupId: b.group, IpPermissions: ofA(a.group) })),
  ],
  AuthorizeSecurityGroupIngress: [
    by('group', (a) => ({ GroupId: a.group, IpPermissions: rules })),
    by('group name', (a) => ({ GroupName: a.groupName, IpPermissions: rules })),
    by('peer', (a, b) => ({ GroupId: b.group, IpPermissions: peer(a.group) })),
    by('peer and its owner', (a, b) => ({ GroupId: b.group, IpPermissions: ofA(a.group) })),
    by('peer name', (a, b) => ({ GroupId: b.group, IpPermissions: named(a.groupName) })),
    by('peer name in the old form', (a, b) => ({ GroupId: b.group, SourceSecurityGroupName: a.groupName })),
    by('peer name and owner in the old form', (a, b) => ({
      ...{ GroupId: b.group, SourceSecurityGroupName: a.groupName, SourceSecurityGroupOwnerId: testAccount },
    })),
  ],
  CreateImage: [by('instance', (a) => ({ InstanceId: a.instance, Name: 'stolen' }))],
  CreateKeyPair: { none: 'makes' },
  CreateSecurityGroup: [by('VPC', (a) => ({ GroupName: 'x', Description: 'x', VpcId: a.vpc }))],
  CreateSnapshot: [by('volume', (a) => ({ VolumeId: a.volume }))],
  CreateTags: tagged.flatMap((kind) => [
    by(kind, (a) => ({ Resources: [a[kind]], Tags: [{ Key: 'mine', Value: 'now' }] })),
    by(`${kind} beside its own`, (a, b) => ({ Resources: [b.volume, a[kind]], Tags: [{ Key: 'mine', Value: 'now' }] })),
  ]),
  CreateVolume: [by('snapshot', (a, b) => ({ AvailabilityZone: b.zone, SnapshotId: a.snapshot }))],
  DeleteKeyPair: { none: 'deleting what is not there succeeds, and says so of everyone’s names alike (checked below)' },
  DeleteSecurityGroup: [
    by('group', (a) => ({ GroupId: a.group })),
    by('group name', (a) => ({ GroupName: a.groupName })),
  ],
  DeleteSnapshot: [by('snapshot', (a) => ({ SnapshotId: a.snapshot }))],
  DeleteTags: tagged.flatMap((kind) => [
    by(kind, (a) => ({ Resources: [a[kind]], Tags: [{ Key: 'owner' }] })),
    by(`all of ${kind} beside its own`, (a, b) => ({ Resources: [b.volume, a[kind]] })),
  ]),
  DeleteVolume: [by('volume', (a) => ({ VolumeId: a.volume }))],
  DeregisterImage: [by('image', (a) => ({ ImageId: a.image }))],
  DescribeAccountAttributes: { none: 'tells of the account itself' },
  DescribeAddresses: [
    by('allocation', (a) => ({ AllocationIds: [a.allocation] })),
    by('public IP', (a) => ({ PublicIps: [a.publicIp] })),
  ],
  DescribeAvailabilityZones: { none: 'tells the same to everyone' },
  DescribeImageAttribute: [by('image', (a) => ({ ImageId: a.image, Attribute: 'description' }))],
  DescribeImages: [by('image', (a) => ({ ImageIds: [a.image] }))],
  DescribeInstanceAttribute: [by('instance', (a) => ({ InstanceId: a.instance, Attribute: 'userData' }))],
  DescribeInstanceStatus: instances,
  DescribeInstanceTypes: { none: 'tells the same to everyone' },
  DescribeInstances: instances,
  DescribeKeyPairs: [by('name', (a) => ({ KeyNames: [a.keyName] })), by('id', (a) => ({ KeyPairIds: [a.keyId] }))],
  DescribeRegions: { none: 'tells the same to everyone' },
  DescribeSecurityGroups: [
    by('group', (a) => ({ GroupIds: [a.group] })),
    by('name', (a) => ({ GroupNames: [a.groupName] })),
  ],
  DescribeSnapshots: [by('snapshot', (a) => ({ SnapshotIds: [a.snapshot] }))],
  DescribeSubnets: [by('subnet', (a) => ({ SubnetIds: [a.subnet] }))],
  DescribeTags: { none: 'takes filters only (checked below)' },
  DescribeVolumes: [by('volume', (a) => ({ VolumeIds: [a.volume] }))],
  DescribeVolumesModifications: [by('volume', (a) => ({ VolumeIds: [a.volume] }))],
  DescribeVpcs: [by('VPC', (a) => ({ VpcIds: [a.vpc] }))],
  DetachVolume: [
    by('volume', (a) => ({ VolumeId: a.attached })),
    by('volume and instance', (a) => ({ VolumeId: a.attached, InstanceId: a.instance })),
    by('instance', (a, b) => ({ VolumeId: b.attached, InstanceId: a.instance })),
  ],
  DisassociateAddress: [
    by('association', (a) => ({ AssociationId: a.association })),
    by('public IP', (a) => ({ PublicIp: a.publicIp })),
  ],
  GetCallerIdentity: { none: 'tells of the caller' },
  GetConsoleOutput: [by('instance', (a) => ({ InstanceId: a.instance }))],
  GetConsoleScreenshot: [by('instance', (a) => ({ InstanceId: a.instance }))],
  ImportKeyPair: { none: 'makes' },
  ModifyImageAttribute: [
    by('image', (a) => ({ ImageId: a.image, LaunchPermission: { Add: [{ UserId: '444455556666' }] } })),
  ],
  ModifyInstanceAttribute: [
    by('instance', (a) => ({ InstanceId: a.instance, DisableApiTermination: { Value: true } })),
    by('group', (a, b) => ({ InstanceId: b.instance, Groups: [a.group] })),
  ],
  ModifyVolume: [by('volume', (a) => ({ VolumeId: a.volume, Size: 9 }))],
  RebootInstances: instances,
  RegisterImage: [
    by('snapshot', (a) => ({
      Name: 'stolen',
      RootDeviceName: '/dev/sda1',
      BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: a.snapshot } }],
    })),
  ],
  ReleaseAddress: [
    by('allocation', (a) => ({ AllocationId: a.allocation })),
    by('public IP', (a) => ({ PublicIp: a.publicIp })),
  ],
  ResetImageAttribute: [by('image', (a) => ({ ImageId: a.image, Attribute: 'launchPermission' }))],
  RevokeSecurityGroupEgress: [
    by('group', (a) => ({ GroupId: a.group, IpPermissions: rules })),
    by('rule', (a, b) => ({ GroupId: b.group, SecurityGroupRuleIds: [a.egressRule] })),
  ],
  RevokeSecurityGroupIngress: [
    by('group', (a) => ({ GroupId: a.group, IpPermissions: rules })),
    by('group name', (a) => ({ GroupName: a.groupName, IpPermissions: rules })),
    by('rule', (a, b) => ({ GroupId: b.group, SecurityGroupRuleIds: [a.rule] })),
  ],
  RunInstances: [
    by('image', (a) => ({ ImageId: a.image, MinCount: 1, MaxCount: 1 })),
    by('key', (a, b) => ({ ImageId: b.image, MinCount: 1, MaxCount: 1, KeyName: a.keyName })),
    by('subnet', (a, b) => ({ ImageId: b.image, MinCount: 1, MaxCount: 1, SubnetId: a.subnet })),
    by('group', (a, b) => ({ ImageId: b.image, MinCount: 1, MaxCount: 1, SecurityGroupIds: [a.group] })),
    by('group name', (a, b) => ({ ImageId: b.image, MinCount: 1, MaxCount: 1, SecurityGroups: [a.groupName] })),
    by('group of an interface', (a, b) => ({
      ...{ ImageId: b.image, MinCount: 1, MaxCount: 1 },
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: b.subnet, Groups: [a.group] }],
    })),
    by('subnet of an interface', (a, b) => ({
      ...{ ImageId: b.image, MinCount: 1, MaxCount: 1 },
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: a.subnet }],
    })),
    by('interface', (a, b) => ({
      ImageId: b.image,
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: a.interface }],
    })),
    by('snapshot', (a, b) => ({
      ImageId: b.image,
      MinCount: 1,
      MaxCount: 1,
      BlockDeviceMappings: [{ DeviceName: '/dev/sdz', Ebs: { SnapshotId: a.snapshot } }],
    })),
  ],
  StartInstances: instances,
  StopInstances: instances,
  TerminateInstances: instances,
};
