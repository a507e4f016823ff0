import type {
  NetworkInterface,
  NetworkInterfaceAssociation,
  NetworkInterfacePrivateIpAddress,
} from '@aws-sdk/client-ec2';
import { privateDnsName, publicDnsName } from './dns.ts';
import { type InterfaceRow, type PublicAddress, publicAddressAt } from './row.ts';

/** An interface as EC2 shows it. */
export function viewInterface(i: InterfaceRow): NetworkInterface {
  const association = viewAssociation(i.region, i.publicAddress);
  const primary = i.privateIps[0]!;
  return {
    ...(association && { Association: association }),
    ...(i.attachment && { Attachment: viewAttachment(i, i.attachment) }),
    AvailabilityZone: i.zone,
    AvailabilityZoneId: i.zoneId,
    Description: i.description,
    Groups: i.groups.map((g) => ({ GroupId: g.id, GroupName: g.name })),
    InterfaceType: 'interface',
    Ipv6Addresses: [],
    MacAddress: i.mac,
    NetworkInterfaceId: i.id,
    Operator: { Managed: false },
    OwnerId: i.account,
    PrivateDnsName: privateDnsName(i.region, primary),
    PrivateIpAddress: primary,
    PrivateIpAddresses: i.privateIps.map((ip) => viewPrivateAddress(i, ip)),
    ...(association && { PublicDnsName: association.PublicDnsName }),
    RequesterId: i.requester,
    RequesterManaged: i.requester !== undefined,
    SourceDestCheck: i.sourceDestCheck,
    Status: i.state,
    SubnetId: i.subnet,
    TagSet: Object.entries(i.tags).map(([Key, Value]) => ({ Key, Value })),
    VpcId: i.vpc,
  };
}

function viewPrivateAddress(i: InterfaceRow, ip: string): NetworkInterfacePrivateIpAddress {
  const association = viewAssociation(i.region, publicAddressAt(i, ip));
  return {
    ...(association && { Association: association }),
    Primary: ip === i.privateIps[0],
    PrivateDnsName: privateDnsName(i.region, ip),
    PrivateIpAddress: ip,
  };
}

function viewAssociation(
  region: string,
  publicAddress: PublicAddress | undefined,
): NetworkInterfaceAssociation | undefined {
  if (publicAddress === undefined) return undefined;
  return {
    AllocationId: publicAddress.allocation,
    AssociationId: publicAddress.association,
    IpOwnerId: publicAddress.owner,
    PublicDnsName: publicDnsName(region, publicAddress.ip),
    PublicIp: publicAddress.ip,
  };
}

const viewAttachment = (
  i: InterfaceRow,
  a: NonNullable<InterfaceRow['attachment']>,
): NetworkInterface['Attachment'] => ({
  AttachTime: new Date(a.attachedAt),
  AttachmentId: a.id,
  DeleteOnTermination: a.deleteOnTermination,
  DeviceIndex: a.deviceIndex,
  InstanceId: a.instance,
  InstanceOwnerId: i.account,
  NetworkCardIndex: 0,
  Status: 'attached',
});
