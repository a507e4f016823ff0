/** Names of what `furnish` made, by which the forms below refer to it: `{volume}`. */
export type Things = Readonly<Record<string, string>>;

/** Actions that the simulator cannot do: the best form of them is refused as unsupported. */
export const notOnSimulator: ReadonlySet<string> = new Set(['GetConsoleScreenshot']);

/** For every implemented action, a form that would succeed. `{…}` stands for a thing's id. */
export const validForms: Readonly<Record<string, string>> = {
  AllocateAddress: 'Domain=vpc',
  AssociateAddress: 'AllocationId={allocation}&InstanceId={instance}',
  AttachVolume: 'VolumeId={volume}&InstanceId={instance}&Device=/dev/sdf',
  AuthorizeSecurityGroupEgress:
    'GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=1&IpPermissions.1.ToPort=2&IpPermissions.1.IpRanges.1.CidrIp=10.9.0.0/16',
  AuthorizeSecurityGroupIngress:
    'GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=1&IpPermissions.1.ToPort=2&IpPermissions.1.IpRanges.1.CidrIp=10.9.0.0/16',
  CreateImage: 'InstanceId={instance}&Name=another-image',
  CreateKeyPair: 'KeyName=another-key',
  CreateSecurityGroup: 'GroupName=another-group&GroupDescription=text',
  CreateSnapshot: 'VolumeId={volume}&Description=text',
  CreateTags: 'ResourceId.1={volume}&Tag.1.Key=a&Tag.1.Value=b',
  CreateVolume: 'AvailabilityZone=us-east-1a&Size=1&VolumeType=gp3',
  DeleteKeyPair: 'KeyName={keyName}',
  DeleteSecurityGroup: 'GroupId={group}',
  DeleteSnapshot: 'SnapshotId={freeSnapshot}',
  DeleteTags: 'ResourceId.1={volume}&Tag.1.Key=a',
  DeleteVolume: 'VolumeId={volume}',
  DeregisterImage: 'ImageId={image}',
  DescribeAccountAttributes: 'AttributeName.1=max-instances',
  DescribeAddresses: 'AllocationId.1={allocation}',
  DescribeAvailabilityZones: 'ZoneName.1=us-east-1a',
  DescribeImageAttribute: 'ImageId={image}&Attribute=description',
  DescribeImages: 'ImageId.1={image}&Filter.1.Name=name&Filter.1.Value.1=*',
  DescribeInstanceAttribute: 'InstanceId={instance}&Attribute=instanceType',
  DescribeInstanceStatus: 'InstanceId.1={instance}&IncludeAllInstances=true',
  DescribeInstanceTypes: 'InstanceType.1=t3.micro',
  DescribeInstances: 'InstanceId.1={instance}&Filter.1.Name=instance-state-name&Filter.1.Value.1=running',
  DescribeKeyPairs: 'KeyName.1={keyName}',
  DescribeRegions: 'RegionName.1=us-east-1',
  DescribeSecurityGroups: 'GroupId.1={group}',
  DescribeSnapshots: 'SnapshotId.1={snapshot}&Owner.1=self',
  DescribeSubnets: 'SubnetId.1={subnet}',
  DescribeTags: 'Filter.1.Name=key&Filter.1.Value.1=Name',
  DescribeVolumes: 'VolumeId.1={volume}&Filter.1.Name=size&Filter.1.Value.1=1',
  DescribeVolumesModifications: 'VolumeId.1={attached}&Filter.1.Name=target-size&Filter.1.Value.1=3',
  DescribeVpcs: 'VpcId.1={vpc}',
  DetachVolume: 'VolumeId={attached}',
  DisassociateAddress: 'AssociationId={association}',
  GetCallerIdentity: '',
  GetConsoleOutput: 'InstanceId={instance}',
  GetConsoleScreenshot: 'InstanceId={instance}',
  ImportKeyPair: 'KeyName=imported&PublicKeyMaterial={publicKey}',
  ModifyImageAttribute: 'ImageId={image}&LaunchPermission.Add.1.UserId=999988887777',
  ModifyInstanceAttribute: 'InstanceId={instance}&DisableApiTermination.Value=true',
  ModifyVolume: 'VolumeId={volume}&Size=2',
  RebootInstances: 'InstanceId.1={instance}',
  RegisterImage:
    'Name=registered&Architecture=x86_64&RootDeviceName=/dev/sda1&BlockDeviceMapping.1.DeviceName=/dev/sda1&BlockDeviceMapping.1.Ebs.SnapshotId={snapshot}',
  ReleaseAddress: 'AllocationId={allocation}',
  ResetImageAttribute: 'ImageId={image}&Attribute=launchPermission',
  RevokeSecurityGroupEgress: 'GroupId={group}&SecurityGroupRuleId.1={egressRule}',
  RevokeSecurityGroupIngress:
    'GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8',
  RunInstances:
    'ImageId={public}&MinCount=1&MaxCount=2&InstanceType=t3.micro&KeyName={keyName}&SecurityGroupId.1={group}&SubnetId={subnet}',
  StartInstances: 'InstanceId.1={instance}',
  StopInstances: 'InstanceId.1={instance}',
  TerminateInstances: 'InstanceId.1={instance}',
};

/** A form with its things put in, as pairs. */
export function filled(form: string, things: Things): readonly (readonly [name: string, value: string])[] {
  if (form === '') return [];
  return form.split('&').map((part) => {
    const equals = part.indexOf('=');
    const value = part.slice(equals + 1).replace(/\{(\w+)\}/g, (_, name: string) => {
      const thing = things[name];
      if (thing === undefined) throw new Error(`nothing is called ${name}`);
      return thing;
    });
    return [part.slice(0, equals), value] as const;
  });
}
