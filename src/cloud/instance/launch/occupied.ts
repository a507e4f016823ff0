import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { Reading } from '../../context/reading.ts';
import { networkInterface } from '../../interface/interface.ts';
import { subnet } from '../../subnet/subnet.ts';
import { probe } from '../probe.ts';
import type { RoomFound } from './room.ts';

/** Addresses that cannot be given, by subnet. */
export type Occupied = ReadonlyMap<string, ReadonlySet<string>>;

const nothing: Occupied = new Map();

/**
 * Addresses that others have in the networks of the cloud, in the subnets that a launch may use. A cloud without networks of
 * its own is not asked: there our rows tell everything. A network that is several of our subnets, one in each zone,
 * also shares the addresses that those give.
 */
export async function occupiedFor(
  cx: Reading,
  input: RunInstancesRequest,
  room: Pick<RoomFound, 'subnet'> | undefined,
): Promise<Occupied> {
  const { networks } = cx.here.driver;
  if (networks === undefined) return nothing;
  const named = [input.SubnetId, ...(input.NetworkInterfaces ?? []).map((n) => n.SubnetId), room?.subnet?.id];
  const found = new Map<string, ReadonlySet<string>>();
  for (const id of new Set(named)) {
    // One that does not exist is refused where it is used.
    const row = id ? await cx.find(subnet, id) : undefined;
    if (row === undefined) continue;
    const others = await probe(cx, (_, call) => networks.inUse(row.id, call));
    const own = (await cx.where(networkInterface, {})).filter((n) => n.vpc === row.vpc && n.subnet !== row.id);
    found.set(row.id, new Set([...others, ...own.flatMap((n) => n.privateIps)]));
  }
  return found;
}
