import type { Vpc } from '@aws-sdk/client-ec2';
import { resource } from '../../kernel/resource.ts';
import { states } from '../../kernel/states.ts';
import { viewTags } from '../tag/tagSpecifications.ts';
import type { VpcRow } from './row.ts';

/** VPCs. Filters as documented for DescribeVpcs; with the spellings of older references that tools still use. */
export const vpc = resource<VpcRow>()({
  kind: 'vpc',
  prefix: 'vpc',
  tagged: 'vpc',
  codes: { missing: 'InvalidVpcID.NotFound', malformed: 'InvalidVpcID.Malformed', noun: 'vpc' },
  states: states(
    { pending: { ready: 'available' }, available: {} },
    { transient: ['pending'], refuse: 'IncorrectState' },
  ),
  filters: {
    cidr: { of: (v) => v.cidrBlocks[0]?.cidr, doc: 'the primary IPv4 CIDR block' },
    'cidr-block-association.cidr-block': { of: (v) => v.cidrBlocks.map((b) => b.cidr), doc: 'an IPv4 CIDR block' },
    'cidr-block-association.association-id': {
      of: (v) => v.cidrBlocks.map((b) => b.association),
      doc: 'the association of an IPv4 CIDR block',
    },
    'cidr-block-association.state': {
      of: (v) => v.cidrBlocks.map(() => 'associated'),
      doc: 'the state of an association with an IPv4 CIDR block',
    },
    'dhcp-options-id': { of: (v) => v.dhcpOptions, doc: 'the set of DHCP options' },
    'ipv6-cidr-block-association.ipv6-cidr-block': { of: () => undefined, doc: 'an IPv6 CIDR block' },
    'ipv6-cidr-block-association.ipv6-pool': { of: () => undefined, doc: 'the pool of an IPv6 CIDR block' },
    'ipv6-cidr-block-association.association-id': { of: () => undefined, doc: 'the association of an IPv6 CIDR block' },
    'ipv6-cidr-block-association.state': { of: () => undefined, doc: 'the state of an association with an IPv6 block' },
    'is-default': { of: (v) => v.isDefault, doc: 'whether the VPC is the default VPC', indexed: true },
    'owner-id': { of: (v) => v.account, doc: 'the account that owns the VPC' },
    state: { of: (v) => v.state, doc: 'the state of the VPC (pending, available)' },
    'vpc-id': { of: (v) => v.id, doc: 'the id of the VPC' },
  },
  filterAliases: {
    cidrBlock: 'cidr',
    dhcpOptionsId: 'dhcp-options-id',
    isDefault: 'is-default',
    vpcId: 'vpc-id',
  },
  view: (v): Vpc => ({
    VpcId: v.id,
    OwnerId: v.account,
    State: v.state,
    CidrBlock: v.cidrBlocks[0]?.cidr,
    CidrBlockAssociationSet: v.cidrBlocks.map((b) => ({
      AssociationId: b.association,
      CidrBlock: b.cidr,
      CidrBlockState: { State: 'associated' },
    })),
    DhcpOptionsId: v.dhcpOptions,
    InstanceTenancy: v.tenancy,
    IsDefault: v.isDefault,
    BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
    ...viewTags(v.tags),
  }),
});
