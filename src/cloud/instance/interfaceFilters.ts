import type { FilterRules, FilterValue } from '../../kernel/filter.ts';
import { privateDnsName, publicDnsName } from '../interface/dns.ts';
import type { PublicAddress } from '../interface/row.ts';
import type { InstanceInterface, InstanceRow } from './row.ts';

/** A rule that looks at every interface of an instance. */
const each = (of: (n: InstanceInterface, i: InstanceRow) => string | number | boolean | undefined, doc: string) => ({
  of: (i: InstanceRow): FilterValue => i.interfaces.map((n) => of(n, i)),
  doc,
});
const every = (of: (n: InstanceInterface, i: InstanceRow) => readonly (string | boolean)[], doc: string) => ({
  of: (i: InstanceRow): FilterValue => i.interfaces.flatMap((n) => of(n, i)),
  doc,
});
const nothing = (doc: string) => ({ of: (): undefined => undefined, doc });
/** The public address that the interface itself shows: that of its primary private address. */
const own = (n: InstanceInterface): readonly PublicAddress[] => (n.publicAddress ? [n.publicAddress] : []);
/** The public addresses of all its private addresses. */
const all = (n: InstanceInterface): readonly PublicAddress[] => [
  ...own(n),
  ...Object.values(n.secondaryAddresses ?? {}),
];

/** Filters on associations: `network-interface.association.` looks at the interface's own, `….addresses.association.` at all. */
const associations = (
  prefix: string,
  addresses: (n: InstanceInterface) => readonly PublicAddress[],
): FilterRules<InstanceRow> => {
  const of = (value: (a: PublicAddress, i: InstanceRow) => string | undefined, doc: string) =>
    every((n, i) => addresses(n).flatMap((a) => value(a, i) ?? []), doc);
  return {
    [`${prefix}.allocation-id`]: of((a) => a.allocation, 'the allocation id of an Elastic IP address'),
    [`${prefix}.association-id`]: of((a) => a.association, 'the association id of an Elastic IP address'),
    [`${prefix}.carrier-ip`]: nothing('the carrier address'),
    [`${prefix}.customer-owned-ip`]: nothing('the customer-owned address'),
    [`${prefix}.ip-owner-id`]: of((a) => a.owner, 'the owner of the public address'),
    [`${prefix}.public-dns-name`]: of((a, i) => publicDnsName(i.region, a.ip), 'the public DNS name'),
    [`${prefix}.public-ip`]: of((a) => a.ip, 'the public address'),
  };
};

/** Filters of DescribeInstances that look at network interfaces. */
export const interfaceFilters: FilterRules<InstanceRow> = {
  ...associations('network-interface.addresses.association', all),
  'network-interface.addresses.primary': every(
    (n) => n.privateIps.map((_, at) => at === 0),
    'whether an address is the primary one',
  ),
  'network-interface.addresses.private-dns-name': every(
    (n, i) => n.privateIps.map((ip) => privateDnsName(i.region, ip)),
    'the private DNS name of an address',
  ),
  'network-interface.addresses.private-ip-address': every((n) => n.privateIps, 'a private address'),
  ...associations('network-interface.association', own),
  'network-interface.attachment.attach-time': each((n) => new Date(n.attachedAt).toISOString(), 'when it was attached'),
  'network-interface.attachment.attachment-id': each((n) => n.attachment, 'the id of the attachment'),
  'network-interface.attachment.delete-on-termination': each(
    (n) => n.deleteOnTermination,
    'whether it is deleted at termination',
  ),
  'network-interface.attachment.device-index': each((n) => n.deviceIndex, 'the device index'),
  'network-interface.attachment.instance-id': each((_, i) => i.id, 'the instance that has it'),
  'network-interface.attachment.instance-owner-id': each((_, i) => i.account, 'the owner of the instance'),
  'network-interface.attachment.network-card-index': each(() => 0, 'the index of the network card'),
  'network-interface.attachment.status': each((n) => n.state, 'the status of the attachment'),
  'network-interface.availability-zone': each((_, i) => i.zone, 'the zone'),
  'network-interface.deny-all-igw-traffic': each(() => false, 'whether it is unreachable from the internet'),
  'network-interface.description': each((n) => n.description, 'the description'),
  'network-interface.group-id': every((n) => n.groups.map((g) => g.id), 'the id of a security group'),
  'network-interface.group-name': every((n) => n.groups.map((g) => g.name), 'the name of a security group'),
  'network-interface.ipv4-prefixes.ipv4-prefix': nothing('an IPv4 prefix'),
  'network-interface.ipv6-address': nothing('an IPv6 address'),
  'network-interface.ipv6-addresses.ipv6-address': nothing('an IPv6 address'),
  'network-interface.ipv6-addresses.is-primary-ipv6': nothing('whether an IPv6 address is the primary one'),
  'network-interface.ipv6-native': each(() => false, 'whether it has IPv6 only'),
  'network-interface.ipv6-prefixes.ipv6-prefix': nothing('an IPv6 prefix'),
  'network-interface.mac-address': each((n) => n.mac, 'the MAC address'),
  'network-interface.network-interface-id': { ...each((n) => n.id, 'the id of the interface'), indexed: true },
  'network-interface.operator.managed': each(() => false, 'whether a service manages it'),
  'network-interface.operator.principal': nothing('the service that manages it'),
  'network-interface.outpost-arn': nothing('the Outpost'),
  'network-interface.owner-id': each((_, i) => i.account, 'the owner'),
  'network-interface.private-dns-name': each(
    (n, i) => privateDnsName(i.region, n.privateIps[0]!),
    'the private DNS name',
  ),
  'network-interface.private-ip-address': each((n) => n.privateIps[0], 'the primary private address'),
  'network-interface.public-dns-name': each(
    (n, i) => n.publicAddress && publicDnsName(i.region, n.publicAddress.ip),
    'the public DNS name',
  ),
  'network-interface.requester-id': nothing('who made it for its owner'),
  'network-interface.requester-managed': each(() => false, 'whether AWS manages it'),
  'network-interface.status': each(() => 'in-use', 'the status'),
  'network-interface.source-dest-check': each((n) => n.sourceDestCheck, 'whether source and destination are checked'),
  'network-interface.subnet-id': each((n) => n.subnet, 'the subnet'),
  'network-interface.tag-key': every((n) => Object.keys(n.tags ?? {}), 'a tag key'),
  'network-interface.tag-value': every((n) => Object.values(n.tags ?? {}), 'a tag value'),
  'network-interface.vpc-id': each((n) => n.vpc, 'the VPC'),
};
