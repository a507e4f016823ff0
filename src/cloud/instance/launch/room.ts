import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { fail } from '../../../kernel/errors.ts';
import type { QuotaLeft, StorageLeft } from '../../../ports/driver.ts';
import { probe } from '../../context/probe.ts';
import type { Reading } from '../../context/reading.ts';
import { rowOf } from '../../context/rows.ts';
import { image } from '../../image/image.ts';
import type { ImageRow } from '../../image/row.ts';
import { networkInterface } from '../../interface/interface.ts';
import { storageLeft } from '../../quota/storage.ts';
import type { SubnetRow } from '../../subnet/row.ts';
import { subnet } from '../../subnet/subnet.ts';
import { defaultSubnet } from '../../vpc/defaults.ts';
import { knowTypes } from '../types.ts';
import { askedVolumes } from './disks.ts';
import { type Occupied, occupiedFor } from './occupied.ts';
import { askedZone } from './place.ts';
import { defaultType } from './type.ts';

/** Where the launch goes when the request leaves the choice, and how many machines there is room for. */
export interface RoomFound {
  readonly zone: string;
  readonly room: number;
  /** What the cloud's own quotas leave, where it has some. */
  readonly quota?: QuotaLeft;
  /** What they leave of volumes, where the launch makes some. */
  readonly storage?: StorageLeft;
  /** Addresses that others have in the cloud's own networks. */
  readonly occupied?: Occupied;
  /** The default subnet that was chosen for the request. */
  readonly subnet?: SubnetRow;
}

/** How many machines of the type a zone can take now. */
export const roomIn = (cx: Reading, zone: string, type: string): Promise<number> =>
  probe(cx, (driver, call) => driver.compute.room(zone, type, call));

async function quotaOf(cx: Reading, type: string): Promise<QuotaLeft | undefined> {
  if (cx.here.driver.compute.quota === undefined) return undefined;
  return probe(cx, ({ compute }, call) => compute.quota!(type, call));
}

/** Most images of a cloud have no volumes: nothing more is asked for them. */
async function storageOf(cx: Reading, { ImageId, BlockDeviceMappings }: RunInstancesRequest) {
  if (cx.here.driver.storageQuota === undefined) return undefined;
  const { region, account } = cx;
  const query = { kind: image.kind, region, account, audience: ['all', account], ids: ImageId ? [ImageId] : [] };
  const [found] = await cx.reader.items(query);
  const volumes = askedVolumes(BlockDeviceMappings, found && rowOf<ImageRow>(found));
  return volumes.length === 0 ? undefined : storageLeft(cx, volumes);
}

/** Where a launch is tried first. */
type Place = Pick<RoomFound, 'zone' | 'subnet'>;

/**
 * Asks the cloud for room and for addresses that others have, at once, before the transaction. Undefined when the request
 * cannot be launched for another reason, which the transaction finds and tells.
 */
export async function askCloud(cx: Reading, input: RunInstancesRequest): Promise<RoomFound | undefined> {
  const type = input.InstanceType ?? defaultType;
  const min = input.MinCount ?? 1;
  await knowTypes(cx, [type]);
  if (cx.here.driver.catalogue.hardware(type, cx.account) === undefined) return undefined;
  const place = await firstPlace(cx, input);
  if (place === undefined) return undefined;
  const [room, quota, storage, occupied] = await Promise.all([
    roomIn(cx, place.zone, type),
    quotaOf(cx, type),
    storageOf(cx, input),
    occupiedFor(cx, input, place),
  ]);
  const quotas = { ...(quota && { quota }), ...(storage && { storage }) };
  const first = { ...place, room, ...quotas, occupied };
  const isFixed = place.subnet === undefined || askedZone(cx, input.Placement) !== undefined;
  const other = isFixed || room >= min ? undefined : await elsewhere(cx, type, min, place.zone);
  return other === undefined ? first : { ...other, ...quotas, occupied: await occupiedFor(cx, input, other) };
}

async function firstPlace(cx: Reading, input: RunInstancesRequest): Promise<Place | undefined> {
  const named = await zoneOfRequest(cx, input);
  if (named !== undefined) return { zone: named };
  if (namesNetwork(input)) return undefined;
  const chosen = await defaultSubnet(cx, askedZone(cx, input.Placement), input.MinCount ?? 1);
  return { zone: chosen.zone, subnet: chosen };
}

/** Another zone that has room and a default subnet. */
async function elsewhere(cx: Reading, type: string, min: number, full: string): Promise<RoomFound | undefined> {
  for (const { name } of cx.here.facts.zones) {
    if (name === full) continue;
    const room = await roomIn(cx, name, type);
    const [found] =
      room >= min
        ? (await cx.standing.where(subnet, { 'availability-zone': name })).filter((s) => s.defaultForZone)
        : [];
    if (found !== undefined) return { zone: name, room, subnet: found };
  }
  return undefined;
}

const namesNetwork = (input: RunInstancesRequest): boolean =>
  Boolean(input.SubnetId) || (input.NetworkInterfaces ?? []).some((n) => n.SubnetId || n.NetworkInterfaceId);

async function zoneOfRequest(cx: Reading, input: RunInstancesRequest): Promise<string | undefined> {
  const of = (input.NetworkInterfaces ?? []).find((n) => n.SubnetId || n.NetworkInterfaceId);
  const subnetId = input.SubnetId || of?.SubnetId;
  if (subnetId) return (await cx.standing.find(subnet, subnetId))?.zone;
  return of?.NetworkInterfaceId ? (await cx.find(networkInterface, of.NetworkInterfaceId))?.zone : undefined;
}

/** Refuses with EC2's sentence for a zone that is full. */
export const refuseFull = (type: string, zone: string): never =>
  fail(
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.`,
  );
