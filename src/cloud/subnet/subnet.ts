import type { Subnet } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import { roomOf } from './freeAddresses.ts';
import type { SubnetRow } from './row.ts';

const arnOf = (s: SubnetRow): string => `arn:aws:ec2:${s.region}:${s.account}:subnet/${s.id}`;
const available = (s: SubnetRow): number => roomOf(s) - (s.usedAddresses ?? 0);
/** Subnets of a VPC with IPv4 alone name instances after their addresses (DescribeSubnets reference). */
const hostnameType = 'ip-name';

/** Subnets. Filters as documented for DescribeSubnets, with the spellings of older references that tools still use. */
export const subnet = resource<SubnetRow>()({
  kind: 'subnet',
  prefix: 'subnet',
  tagged: 'subnet',
  codes: { missing: 'InvalidSubnetID.NotFound', malformed: 'InvalidSubnetID.Malformed', noun: 'subnet' },
  states: states(
    { pending: { ready: 'available' }, available: {} },
    { transient: ['pending'], refuse: 'IncorrectState' },
  ),
  filters: {
    'availability-zone': { of: (s) => s.zone, doc: 'the zone of the subnet', indexed: true },
    'availability-zone-id': { of: (s) => s.zoneId, doc: 'the id of the zone' },
    'available-ip-address-count': { of: available, doc: 'how many IPv4 addresses are available' },
    'cidr-block': { of: (s) => s.cidr, doc: 'the IPv4 CIDR block' },
    'customer-owned-ipv4-pool': { of: () => undefined, doc: 'the customer-owned address pool' },
    'default-for-az': {
      of: (s) => s.defaultForZone,
      doc: 'whether it is the default subnet of its zone',
      indexed: true,
    },
    'enable-dns64': { of: () => false, doc: 'whether DNS gives synthetic IPv6 addresses' },
    'enable-lni-at-device-index': { of: () => undefined, doc: 'the device position of local network interfaces' },
    'ipv6-cidr-block-association.ipv6-cidr-block': { of: () => undefined, doc: 'an IPv6 CIDR block' },
    'ipv6-cidr-block-association.association-id': { of: () => undefined, doc: 'the association of an IPv6 CIDR block' },
    'ipv6-cidr-block-association.state': { of: () => undefined, doc: 'the state of an association with an IPv6 block' },
    'ipv6-native': { of: () => false, doc: 'whether the subnet has IPv6 alone' },
    'map-customer-owned-ip-on-launch': { of: () => false, doc: 'whether interfaces receive a customer-owned address' },
    'map-public-ip-on-launch': {
      of: (s) => s.mapPublicIpOnLaunch,
      doc: 'whether instances receive a public IPv4 address',
    },
    'outpost-arn': { of: () => undefined, doc: 'the Outpost of the subnet' },
    'owner-id': { of: (s) => s.account, doc: 'the account that owns the subnet' },
    'private-dns-name-options-on-launch.hostname-type': { of: () => hostnameType, doc: 'how instances are named' },
    'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': {
      of: () => false,
      doc: 'whether instance names have DNS A records',
    },
    'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': {
      of: () => false,
      doc: 'whether instance names have DNS AAAA records',
    },
    state: { of: (s) => s.state, doc: 'the state of the subnet (pending, available)' },
    'subnet-arn': { of: arnOf, doc: 'the ARN of the subnet' },
    'subnet-id': { of: (s) => s.id, doc: 'the id of the subnet' },
    'vpc-id': { of: (s) => s.vpc, doc: 'the VPC of the subnet', indexed: true },
  },
  filterAliases: {
    availabilityZone: 'availability-zone',
    availabilityZoneId: 'availability-zone-id',
    availableIpAddressCount: 'available-ip-address-count',
    cidr: 'cidr-block',
    cidrBlock: 'cidr-block',
    defaultForAz: 'default-for-az',
    subnetId: 'subnet-id',
    vpcId: 'vpc-id',
  },
  view: (s): Subnet => ({
    SubnetId: s.id,
    SubnetArn: arnOf(s),
    OwnerId: s.account,
    State: s.state,
    VpcId: s.vpc,
    CidrBlock: s.cidr,
    AvailableIpAddressCount: available(s),
    AvailabilityZone: s.zone,
    AvailabilityZoneId: s.zoneId,
    DefaultForAz: s.defaultForZone,
    MapPublicIpOnLaunch: s.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    EnableDns64: false,
    Ipv6Native: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: hostnameType,
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
    ...viewTags(s.tags),
  }),
});
