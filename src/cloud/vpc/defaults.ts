import { fail } from '../../kernel/errors.ts';
import type { Reading } from '../context/reading.ts';
import { freeAddresses } from '../subnet/counters.ts';
import type { SubnetRow } from '../subnet/row.ts';
import { subnet } from '../subnet/subnet.ts';
import type { VpcRow } from './row.ts';
import { vpc } from './vpc.ts';

/** The account's default VPC, or EC2's refusal for an account that deleted it. */
export async function defaultVpc(cx: Reading): Promise<VpcRow> {
  const [found] = await cx.standing.where(vpc, { 'is-default': 'true' });
  return found ?? fail('VPCIdNotSpecified', 'No default VPC for this user');
}

/** Launches in flight choose by the same count of free addresses: so many are left, or all but the first find none. */
const reserve = 128;

/**
 * The default subnet of `zone`; without a zone the first one, in the order of the region's zones, that has `room` free
 * addresses (EC2 chooses a zone by its own lights; a fixed order lets runs repeat).
 */
export async function defaultSubnet(cx: Reading, zone?: string, room = 1): Promise<SubnetRow> {
  const home = await defaultVpc(cx);
  const all = (await cx.standing.where(subnet, { 'vpc-id': home.id })).filter((s) => s.defaultForZone);
  if (zone !== undefined) {
    const found = all.find((s) => s.zone === zone);
    return found ?? fail('MissingInput', `No default subnet for availability zone: '${zone}'.`);
  }
  const order = cx.here.facts.zones.map((z) => z.name);
  const sorted = all.toSorted((a, b) => order.indexOf(a.zone) - order.indexOf(b.zone));
  const withRoom = async (free: number): Promise<SubnetRow | undefined> => {
    for (const row of sorted) if ((await freeAddresses(cx, row)) >= free) return row;
    return undefined;
  };
  const found = (await withRoom(room + reserve)) ?? (await withRoom(room)) ?? sorted[0];
  return found ?? fail('MissingInput', `No subnets found for the default VPC '${home.id}'. Please specify a subnet.`);
}
