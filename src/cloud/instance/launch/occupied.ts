import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { probe } from '../../context/probe.ts';
import type { Reading } from '../../context/reading.ts';
import { subnet } from '../../subnet/subnet.ts';
import type { RoomFound } from './room.ts';

/** Addresses that cannot be given, by subnet. */
export type Occupied = ReadonlyMap<string, ReadonlySet<string>>;

const nothing: Occupied = new Map();

/**
 * Addresses that others have in the networks of the cloud, in the subnets that a launch may use. A cloud without networks of
 * its own is not asked: there our rows tell everything.
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
    found.set(row.id, await probe(cx, (_, call) => networks.inUse(row.id, call)));
  }
  return found;
}
