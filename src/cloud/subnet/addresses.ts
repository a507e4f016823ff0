import { fail, invalid } from '../../kernel/errors.ts';
import type { Writing } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import { type Cidr4, ip4Text, readIp4 } from '../vpc/cidr.ts';
import { counters, freeAddresses, usageOf } from './counters.ts';
import { blockOf, reserved, roomOf } from './freeAddresses.ts';
import type { SubnetRow } from './row.ts';
import { subnet } from './subnet.ts';

/** Where one look for free addresses asks about no more than this many, so that a statement stays small. */
const largestLook = 4096;

/**
 * Takes `count` private addresses of a subnet for interfaces that this transaction inserts: first those of `wanted`
 * (which count), then the next free ones. The subnet's counters change with it. Insert the interfaces before the next call: what is in use is found by them.
 * `occupied`: addresses that others have, of whom there are no rows.
 * Refuses: an address outside the subnet or reserved (InvalidParameterValue), one in use (InvalidIPAddress.InUse), and
 * a subnet without room (InsufficientFreeAddressesInSubnet).
 */
export async function takeAddresses(
  tx: Writing,
  { id }: SubnetRow,
  count: number,
  wanted: readonly string[] = [],
  occupied: ReadonlySet<string> = new Set(),
): Promise<readonly string[]> {
  const row = await tx.standing.need(subnet, id);
  const block = blockOf(row);
  const among = await sharing(tx, row);
  await checkWanted(tx, among, block, wanted, occupied);
  if ((await freeAddresses(tx, row)) < count) noRoom(row.id);
  const taken = await search(tx, row, among, count - wanted.length, new Set([...wanted, ...occupied]));
  await tx.add(counters(row.id).taken, count);
  return [...wanted, ...taken];
}

/** Gives back `count` addresses of a subnet whose interfaces this transaction removes. */
export async function giveAddresses(tx: Writing, subnetId: string, count: number): Promise<void> {
  const given = Math.min(count, (await usageOf(tx, subnetId)).used);
  if (given > 0) await tx.add(counters(subnetId).given, given);
}

/**
 * The subnets that give the same addresses: in a cloud that has networks of its own, one of those is a subnet in each zone.
 * Elsewhere no two subnets of a VPC overlap.
 */
async function sharing(tx: Writing, row: SubnetRow): Promise<readonly string[]> {
  if (tx.here.driver.networks === undefined) return [row.id];
  const all = await tx.standing.where(subnet, { 'vpc-id': row.vpc });
  return all.filter(({ cidr }) => cidr === row.cidr).map(({ id }) => id);
}

const noRoom = (id: string): never =>
  fail(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${id}' to satisfy the requested number of instances.`,
  );

async function checkWanted(
  tx: Writing,
  among: readonly string[],
  block: Cidr4,
  wanted: readonly string[],
  occupied: ReadonlySet<string>,
): Promise<void> {
  if (wanted.length === 0) return;
  const seen = new Set<string>();
  for (const ip of wanted) {
    const address = readIp4(ip) ?? invalid(ip, 'privateIpAddress', 'It is not a valid IPv4 address.');
    const offset = address - block.network;
    if (offset < 0 || offset >= block.size) {
      fail('InvalidParameterValue', `Address ${ip} does not fall within the subnet's address range`);
    }
    if (offset < reserved.first || offset >= block.size - reserved.last) {
      fail('InvalidParameterValue', `Address ${ip} is in subnet's reserved address range`);
    }
    if (seen.has(ip)) fail('InvalidParameterValue', `Address ${ip} is specified more than once`);
    seen.add(ip);
  }
  const used = await inUse(tx, among, wanted);
  const taken = wanted.find((ip) => used.has(ip) || occupied.has(ip));
  if (taken !== undefined) fail('InvalidIPAddress.InUse', `Address ${taken} is in use.`);
}

/** Which of these addresses interfaces of the subnets have: as a rule none, which counting tells at half the cost. */
async function inUse(tx: Writing, among: readonly string[], ips: readonly string[]): Promise<ReadonlySet<string>> {
  const where = { 'subnet-address': among.flatMap((id) => ips.map((ip) => `${id}/${ip}`)) };
  if ((await tx.count(networkInterface, where)) === 0) return new Set();
  return new Set((await tx.where(networkInterface, where)).flatMap((row) => row.privateIps));
}

/**
 * The next free addresses from the subnet's cursor on, once around. As a rule the cursor points at free ones, so that
 * one query suffices; where it does not, the looks grow.
 */
async function search(
  tx: Writing,
  row: SubnetRow,
  among: readonly string[],
  count: number,
  avoid: ReadonlySet<string>,
): Promise<readonly string[]> {
  const taken: string[] = [];
  if (count === 0) return taken;
  const { passed } = counters(row.id);
  const block = blockOf(row);
  const usable = roomOf(row);
  const begin = await tx.counter(passed);
  let at = begin;
  let left = usable;
  let look = 0;
  while (taken.length < count) {
    if (left <= 0) noRoom(row.id);
    look = Math.min(left, largestLook, Math.max(count - taken.length, look * 4));
    const start = at;
    const ips = Array.from({ length: look }, (_, i) =>
      ip4Text(block.network + reserved.first + ((start + i) % usable)),
    );
    const used = await inUse(tx, among, ips);
    for (const [i, ip] of ips.entries()) {
      if (taken.length === count) break;
      if (!used.has(ip) && !avoid.has(ip)) taken.push(ip);
      at = start + i + 1;
    }
    left -= look;
  }
  await tx.add(passed, at - begin);
  return taken;
}
