import type { Address } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import type { AddressRow } from './row.ts';

/** Elastic IP addresses. Filters as documented for DescribeAddresses. */
export const address = resource<AddressRow>()({
  kind: 'address',
  prefix: 'eipalloc',
  tagged: 'elastic-ip',
  codes: { missing: 'InvalidAllocationID.NotFound', malformed: 'InvalidAllocationID.Malformed', noun: 'allocation' },
  filters: {
    'allocation-id': { of: (a) => a.id, doc: 'the allocation of the address' },
    'association-id': { of: (a) => a.association?.id, doc: 'the association of the address', indexed: true },
    domain: { of: (a) => a.domain, doc: 'the domain of the address, always vpc' },
    'instance-id': {
      of: (a) => a.association?.instance,
      doc: 'the instance that the address is associated with',
      indexed: true,
    },
    'network-border-group': { of: (a) => a.networkBorderGroup, doc: 'the zones from which the address is advertised' },
    'network-interface-id': {
      of: (a) => a.association?.interface,
      doc: 'the interface of the association',
      indexed: true,
    },
    'network-interface-owner-id': {
      of: (a) => a.association?.interfaceOwner,
      doc: 'the account that owns the interface',
    },
    'private-ip-address': { of: (a) => a.association?.privateIp, doc: 'the private address of the association' },
    'public-ip': { of: (a) => a.publicIp, doc: 'the Elastic IP address', indexed: true },
  },
  view: (a): Address => ({
    PublicIp: a.publicIp,
    AllocationId: a.id,
    Domain: a.domain,
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: a.networkBorderGroup,
    ...viewAssociation(a.association),
    ...viewTags(a.tags),
  }),
});

/** `InstanceId` is there, and empty, also for an address that no instance has (old tools read it). */
const viewAssociation = (association: AddressRow['association']): Partial<Address> =>
  association === undefined
    ? { InstanceId: '' }
    : {
        InstanceId: association.instance ?? '',
        AssociationId: association.id,
        NetworkInterfaceId: association.interface,
        NetworkInterfaceOwnerId: association.interfaceOwner,
        PrivateIpAddress: association.privateIp,
        ...(association.subnet === undefined ? {} : { SubnetId: association.subnet }),
      };
