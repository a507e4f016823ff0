import type { InstanceNetworkInterfaceSpecification, InstanceTypeInfo, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { fail, missing } from '../../../kernel/errors.ts';
import type { Writing } from '../../context/writing.ts';
import { defaultGroup, groupsById, groupsByName } from '../../group/lookup.ts';
import type { GroupRow } from '../../group/row.ts';
import { networkInterface } from '../../interface/interface.ts';
import type { InterfaceRow } from '../../interface/row.ts';
import type { SubnetRow } from '../../subnet/row.ts';
import { subnet } from '../../subnet/subnet.ts';
import { defaultSubnet } from '../../vpc/defaults.ts';
import {
  checkAddresses,
  checkCombinations,
  checkIndexes,
  refuseAutomatic,
  refuseUnofferedNetwork,
} from './networkChecks.ts';
import type { RoomFound } from './room.ts';

/** An interface that each instance of a launch gets. */
export interface PlannedInterface {
  readonly deviceIndex: number;
  readonly subnet: SubnetRow;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  /** Private addresses that the request names; the first is the primary one. */
  readonly wanted: readonly string[];
  /** Private addresses to be found, after those wanted. */
  readonly further: number;
  readonly publicIp: boolean;
  readonly deleteOnTermination: boolean;
  readonly description: string;
  /** An interface that exists already and is attached. */
  readonly existing?: InterfaceRow;
}

/** Groups that an interface may have unless the quota is raised (Amazon VPC quotas). */
const groupsPerInterface = 5;

/** The interfaces of each instance, in the order of the request; one in a subnet of the VPC when it names none. */
export async function planNetwork(
  tx: Writing,
  input: RunInstancesRequest,
  type: InstanceTypeInfo,
  room: RoomFound | undefined,
  most: number,
): Promise<readonly PlannedInterface[]> {
  const specs = input.NetworkInterfaces ?? [];
  checkCombinations(input, most);
  const plans = specs.length === 0 ? [await planPrimary(tx, input, room)] : [];
  checkIndexes(specs, type);
  for (const spec of specs) plans.push(await planSpec(tx, spec, specs.length, room));
  refuseUnofferedNetwork(input, plans[0]!.subnet.id);
  if (plans.some((plan) => plan.subnet.zone !== plans[0]!.subnet.zone)) {
    fail('InvalidParameterCombination', 'All network interfaces of an instance must be in the same Availability Zone.');
  }
  for (const plan of plans) checkAddresses(plan.wanted.length + plan.further, type);
  return plans;
}

async function planPrimary(
  tx: Writing,
  input: RunInstancesRequest,
  room: RoomFound | undefined,
): Promise<PlannedInterface> {
  const place = await subnetOf(tx, input.SubnetId, room);
  const named = input.SecurityGroups ?? [];
  if (named.length > 0 && input.SubnetId) {
    fail('InvalidParameterCombination', 'The parameter groupName cannot be used with the parameter subnet');
  }
  const wanted = input.PrivateIpAddress ? [input.PrivateIpAddress] : [];
  return {
    deviceIndex: 0,
    subnet: place,
    groups: await groupsOf(tx, input.SecurityGroupIds ?? [], named, place.vpc),
    wanted,
    further: wanted.length === 0 ? 1 : 0,
    publicIp: place.mapPublicIpOnLaunch,
    deleteOnTermination: true,
    description: '',
  };
}

async function planSpec(
  tx: Writing,
  spec: InstanceNetworkInterfaceSpecification,
  count: number,
  room: RoomFound | undefined,
): Promise<PlannedInterface> {
  const { NetworkInterfaceId: id, AssociatePublicIpAddress: associate } = spec;
  if (associate && count > 1) {
    fail(
      'InvalidParameterCombination',
      'The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.',
    );
  }
  if (associate) refuseAutomatic(tx);
  const deviceIndex = spec.DeviceIndex!;
  if (id) return planExisting(tx, id, spec, deviceIndex);
  const place = await subnetOf(tx, spec.SubnetId, room);
  const wanted = addressesOf(spec);
  return {
    deviceIndex,
    subnet: place,
    groups: await groupsOf(tx, spec.Groups ?? [], [], place.vpc),
    wanted,
    further: (spec.SecondaryPrivateIpAddressCount ?? 0) + (wanted.length === 0 ? 1 : 0),
    publicIp: associate ?? (count === 1 && place.mapPublicIpOnLaunch),
    deleteOnTermination: spec.DeleteOnTermination ?? true,
    description: spec.Description ?? '',
  };
}

async function planExisting(
  tx: Writing,
  id: string,
  spec: InstanceNetworkInterfaceSpecification,
  deviceIndex: number,
): Promise<PlannedInterface> {
  const given = [
    spec.SubnetId,
    spec.Groups?.[0],
    spec.PrivateIpAddress,
    spec.PrivateIpAddresses?.[0],
    spec.SecondaryPrivateIpAddressCount,
    spec.Description,
    spec.AssociatePublicIpAddress,
  ];
  if (given.some((value) => value !== undefined)) {
    fail(
      'InvalidParameterCombination',
      'A network interface that exists may not be given a subnet, groups, addresses or a description.',
    );
  }
  if (spec.DeleteOnTermination) {
    fail(
      'InvalidParameterCombination',
      'A network interface may not specify a network interface ID and delete on termination as true',
    );
  }
  const existing = await tx.need(networkInterface, id);
  if (existing.attachment !== undefined) fail('InvalidNetworkInterface.InUse', `Interface: [${id}] in use.`);
  return {
    deviceIndex,
    subnet: await tx.standing.need(subnet, existing.subnet),
    groups: existing.groups,
    wanted: [],
    further: 0,
    publicIp: false,
    deleteOnTermination: false,
    description: existing.description,
    existing,
  };
}

/** Addresses that a specification names, the primary one first. */
function addressesOf(spec: InstanceNetworkInterfaceSpecification): readonly string[] {
  const listed = spec.PrivateIpAddresses ?? [];
  if (spec.PrivateIpAddress && listed.some((a) => a.Primary)) {
    fail(
      'InvalidParameterCombination',
      'The parameters privateIpAddress and privateIpAddresses cannot both name the primary address.',
    );
  }
  if (listed.filter((a) => a.Primary).length > 1)
    fail('InvalidParameterValue', 'Only one primary private address can be specified.');
  if (listed.length > 0 && spec.SecondaryPrivateIpAddressCount !== undefined) {
    fail(
      'InvalidParameterCombination',
      'The parameters privateIpAddresses and secondaryPrivateIpAddressCount cannot be used together.',
    );
  }
  const named = listed.toSorted((a, b) => Number(b.Primary ?? false) - Number(a.Primary ?? false));
  const first = spec.PrivateIpAddress ? [spec.PrivateIpAddress] : [];
  return [
    ...first,
    ...named.map((a) => a.PrivateIpAddress ?? missing('NetworkInterface.PrivateIpAddresses.PrivateIpAddress')),
  ];
}

async function subnetOf(tx: Writing, id: string | undefined, room: RoomFound | undefined): Promise<SubnetRow> {
  if (id) return tx.standing.need(subnet, id);
  return room?.subnet ?? defaultSubnet(tx, room?.zone);
}

async function groupsOf(tx: Writing, ids: readonly string[], names: readonly string[], vpc: string) {
  if (ids.length + names.length === 0) return [named(await defaultGroup(tx, vpc))];
  const rows = [...(await groupsById(tx, ids, vpc)), ...(await groupsByName(tx, names, vpc))];
  const distinct = [...new Map(rows.map((row) => [row.id, named(row)])).values()];
  if (distinct.length > groupsPerInterface) {
    fail(
      'SecurityGroupsPerInterfaceLimitExceeded',
      'You have exceeded the maximum number of security groups allowed per network interface.',
    );
  }
  return distinct;
}

const named = ({ id, name }: GroupRow) => ({ id, name });
