import type { EC2 } from '@aws-sdk/client-ec2';

/** Ids of one project's things. */
export interface Ids {
  readonly instance: string;
  readonly volume: string;
  readonly attached: string;
  readonly snapshot: string;
  readonly keyName: string;
  readonly keyId: string;
  readonly subnet: string;
  readonly vpc: string;
  readonly group: string;
  readonly interface: string;
}

/** What a stranger tries with another project's ids (`a`) and its own (`b`), and the code that refuses it. */
export type Attempt = readonly [how: string, code: string, call: (ec2: EC2, a: Ids, b: Own) => Promise<unknown>];

/** What the stranger itself has. */
export interface Own {
  readonly image: string;
  readonly zone: string;
  readonly volume: string;
}

const rules = [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }];
const Tags = [{ Key: 'mine', Value: 'now' }];
const Device = '/dev/sdj';
const run = (b: Own) => ({ ImageId: b.image, MinCount: 1, MaxCount: 1, InstanceType: 't3.micro' as const });
const noInstance = 'InvalidInstanceID.NotFound';
const noVolume = 'InvalidVolume.NotFound';
const noSnapshot = 'InvalidSnapshot.NotFound';
const noKey = 'InvalidKeyPair.NotFound';
const noSubnet = 'InvalidSubnetID.NotFound';
const noVpc = 'InvalidVpcID.NotFound';
const noGroup = 'InvalidGroup.NotFound';

/** Every action on a thing of another project: each must be refused as if it did not exist. */
export const attempts: readonly Attempt[] = [
  ['DescribeInstances', noInstance, (ec2, a) => ec2.describeInstances({ InstanceIds: [a.instance] })],
  ['DescribeInstanceStatus', noInstance, (ec2, a) => ec2.describeInstanceStatus({ InstanceIds: [a.instance] })],
  [
    'DescribeInstanceAttribute',
    noInstance,
    (ec2, a) => ec2.describeInstanceAttribute({ InstanceId: a.instance, Attribute: 'userData' }),
  ],
  [
    'ModifyInstanceAttribute',
    noInstance,
    (ec2, a) => ec2.modifyInstanceAttribute({ InstanceId: a.instance, DisableApiTermination: { Value: true } }),
  ],
  ['GetConsoleOutput', noInstance, (ec2, a) => ec2.getConsoleOutput({ InstanceId: a.instance })],
  ['RebootInstances', noInstance, (ec2, a) => ec2.rebootInstances({ InstanceIds: [a.instance] })],
  ['StopInstances', noInstance, (ec2, a) => ec2.stopInstances({ InstanceIds: [a.instance] })],
  ['StartInstances', noInstance, (ec2, a) => ec2.startInstances({ InstanceIds: [a.instance] })],
  ['TerminateInstances', noInstance, (ec2, a) => ec2.terminateInstances({ InstanceIds: [a.instance] })],
  ['CreateImage', noInstance, (ec2, a) => ec2.createImage({ InstanceId: a.instance, Name: 'stolen' })],
  ['CreateTags on an instance', noInstance, (ec2, a) => ec2.createTags({ Resources: [a.instance], Tags })],
  ['DeleteTags of an instance', noInstance, (ec2, a) => ec2.deleteTags({ Resources: [a.instance], Tags })],
  [
    'AttachVolume to an instance',
    noInstance,
    (ec2, a, b) => ec2.attachVolume({ VolumeId: b.volume, InstanceId: a.instance, Device }),
  ],
  ['DescribeVolumes', noVolume, (ec2, a) => ec2.describeVolumes({ VolumeIds: [a.volume] })],
  ['AttachVolume', noVolume, (ec2, a) => ec2.attachVolume({ VolumeId: a.volume, InstanceId: a.instance, Device })],
  ['DetachVolume', noVolume, (ec2, a) => ec2.detachVolume({ VolumeId: a.attached })],
  ['CreateSnapshot', noVolume, (ec2, a) => ec2.createSnapshot({ VolumeId: a.volume })],
  ['DeleteVolume', noVolume, (ec2, a) => ec2.deleteVolume({ VolumeId: a.volume })],
  ['CreateTags on a volume', noVolume, (ec2, a) => ec2.createTags({ Resources: [a.volume], Tags })],
  ['DescribeSnapshots', noSnapshot, (ec2, a) => ec2.describeSnapshots({ SnapshotIds: [a.snapshot] })],
  [
    'CreateVolume from a snapshot',
    noSnapshot,
    (ec2, a, b) => ec2.createVolume({ AvailabilityZone: b.zone, SnapshotId: a.snapshot }),
  ],
  [
    'RunInstances with a snapshot',
    noSnapshot,
    (ec2, a, b) =>
      ec2.runInstances({
        ...run(b),
        BlockDeviceMappings: [{ DeviceName: '/dev/sdz', Ebs: { SnapshotId: a.snapshot } }],
      }),
  ],
  [
    'RegisterImage of a snapshot',
    noSnapshot,
    (ec2, a) =>
      ec2.registerImage({
        Name: 'stolen',
        RootDeviceName: '/dev/sda1',
        BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: a.snapshot } }],
      }),
  ],
  ['DeleteSnapshot', noSnapshot, (ec2, a) => ec2.deleteSnapshot({ SnapshotId: a.snapshot })],
  ['CreateTags on a snapshot', noSnapshot, (ec2, a) => ec2.createTags({ Resources: [a.snapshot], Tags })],
  ['DescribeKeyPairs by name', noKey, (ec2, a) => ec2.describeKeyPairs({ KeyNames: [a.keyName] })],
  ['DescribeKeyPairs by id', noKey, (ec2, a) => ec2.describeKeyPairs({ KeyPairIds: [a.keyId] })],
  ['RunInstances with a key', noKey, (ec2, a, b) => ec2.runInstances({ ...run(b), KeyName: a.keyName })],
  ['DescribeSubnets', noSubnet, (ec2, a) => ec2.describeSubnets({ SubnetIds: [a.subnet] })],
  ['RunInstances in a subnet', noSubnet, (ec2, a, b) => ec2.runInstances({ ...run(b), SubnetId: a.subnet })],
  ['CreateTags on a subnet', noSubnet, (ec2, a) => ec2.createTags({ Resources: [a.subnet], Tags })],
  ['DescribeVpcs', noVpc, (ec2, a) => ec2.describeVpcs({ VpcIds: [a.vpc] })],
  [
    'CreateSecurityGroup in a VPC',
    noVpc,
    (ec2, a) => ec2.createSecurityGroup({ GroupName: 'x', Description: 'x', VpcId: a.vpc }),
  ],
  ['CreateTags on a VPC', noVpc, (ec2, a) => ec2.createTags({ Resources: [a.vpc], Tags })],
  ['DescribeSecurityGroups', noGroup, (ec2, a) => ec2.describeSecurityGroups({ GroupIds: [a.group] })],
  ['RunInstances in a group', noGroup, (ec2, a, b) => ec2.runInstances({ ...run(b), SecurityGroupIds: [a.group] })],
  [
    'AuthorizeSecurityGroupIngress',
    noGroup,
    (ec2, a) => ec2.authorizeSecurityGroupIngress({ GroupId: a.group, IpPermissions: rules }),
  ],
  [
    'AuthorizeSecurityGroupEgress',
    noGroup,
    (ec2, a) => ec2.authorizeSecurityGroupEgress({ GroupId: a.group, IpPermissions: rules }),
  ],
  [
    'RevokeSecurityGroupIngress',
    noGroup,
    (ec2, a) => ec2.revokeSecurityGroupIngress({ GroupId: a.group, IpPermissions: rules }),
  ],
  [
    'RevokeSecurityGroupEgress',
    noGroup,
    (ec2, a) => ec2.revokeSecurityGroupEgress({ GroupId: a.group, IpPermissions: rules }),
  ],
  ['DeleteSecurityGroup', noGroup, (ec2, a) => ec2.deleteSecurityGroup({ GroupId: a.group })],
  ['CreateTags on a group', noGroup, (ec2, a) => ec2.createTags({ Resources: [a.group], Tags })],
  [
    'RunInstances with an interface',
    'InvalidNetworkInterfaceID.NotFound',
    (ec2, a, b) =>
      ec2.runInstances({ ...run(b), NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: a.interface }] }),
  ],
];
