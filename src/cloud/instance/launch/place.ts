import type { Placement } from '@aws-sdk/client-ec2';
import { fail, invalid } from '../../../kernel/errors.ts';
import type { Reading } from '../../context/reading.ts';
import { oneOf } from './oneOf.ts';

/** The zone that a request asks for by name or id; undefined when it leaves the choice. */
export function askedZone(cx: Reading, placement: Placement | undefined): string | undefined {
  const { AvailabilityZone: name, AvailabilityZoneId: id } = placement ?? {};
  if (name && id) {
    fail(
      'InvalidParameterCombination',
      'The parameters AvailabilityZone and AvailabilityZoneId cannot be used together.',
    );
  }
  if (!name && !id) return undefined;
  const zone = cx.here.facts.zones.find((z) => (name ? z.name === name : z.id === id));
  return zone?.name ?? fail('InvalidParameterValue', `Invalid availability zone: [${name || id}]`);
}

/** The tenancy that a request asks for. Hosts and placement groups do not exist here: whoever names one is told so. */
export function readTenancy(placement: Placement | undefined): 'default' | 'dedicated' | undefined {
  if (placement === undefined) return undefined;
  const { GroupName, GroupId, HostId, HostResourceGroupArn, PartitionNumber, SpreadDomain, Affinity } = placement;
  if (GroupName && GroupId) {
    fail('InvalidParameterCombination', 'The parameters GroupName and GroupId cannot be used together.');
  }
  const group = GroupName || GroupId;
  if (group) fail('InvalidPlacementGroup.Unknown', `The Placement Group '${group}' is unknown.`);
  if (HostId) fail('InvalidHostID.NotFound', `The host ID '${HostId}' does not exist`);
  if (HostResourceGroupArn) invalid(HostResourceGroupArn, 'hostResourceGroupArn', 'The resource group does not exist.');
  if (PartitionNumber !== undefined) {
    fail('InvalidParameterCombination', 'The parameter PartitionNumber requires a partition placement group.');
  }
  if (SpreadDomain) fail('Unsupported', 'The parameter SpreadDomain is reserved.');
  const affinity = oneOf(Affinity, ['default', 'host'], 'placement.affinity');
  const tenancy = oneOf(placement.Tenancy, ['default', 'dedicated', 'host'], 'placement.tenancy');
  if (tenancy === 'host') fail('UnsupportedTenancy', 'Dedicated Hosts are not offered in this region.');
  if (affinity === 'host') fail('InvalidParameterCombination', 'Affinity is only supported with a tenancy of host.');
  return tenancy;
}
