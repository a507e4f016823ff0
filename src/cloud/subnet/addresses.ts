import { fail, invalid } from '../../kernel/errors.ts';
import type { Writing } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import { type Cidr4, ip4Text, readIp4 } from '../vpc/cidr.ts';
import { blockOf, freeAddresses, reserved } from './freeAddresses.ts';
import type { SubnetRow } from './row.ts';
import { subnet } from './subnet.ts';

/** Where one look for free addresses asks about no more than this many, so that a statement stays small. */
const largestLook = 4096;

/**
 * Takes `count` private addresses of a subnet for interfaces that this transaction inserts: first those of `wanted`
 * (which count), then the next free ones. The subnet's counters change with it. The row is read anew, so a caller may
 * pass one that it read earlier. Insert the interfaces before the next call: what is in use is found by them.
 * Refuses: an address outside the subnet or reserved (InvalidParameterValue), one in use (InvalidIPAddress.InUse), and
 * a subnet without room (InsufficientFreeAddressesInSubnet).
 */
export async function takeAddresses(
  tx: Writing,
  { id }: SubnetRow,
  count: number,
  wanted: readonly string[] = [],
): Promise<readonly string[]> {
  const row = await tx.need(subnet, id);
  const block = blockOf(row);
  await checkWanted(tx, row, block, wanted);
  if (freeAddresses(row) < count) noRoom(id);
  const { taken, nextOffset } = await search(tx, row, block, count - wanted.length, new Set(wanted));
  await tx.update(subnet, row, { usedAddresses: row.usedAddresses + count, nextOffset });
  return [...wanted, ...taken];
}

/** Gives back `count` addresses of a subnet whose interfaces this transaction removes. */
export async function giveAddresses(tx: Writing, subnetId: string, count: number): Promise<void> {
  const row = await tx.find(subnet, subnetId);
  if (row !== undefined) await tx.update(subnet, row, { usedAddresses: Math.max(0, row.usedAddresses - count) });
}

const noRoom = (id: string): never =>
  fail(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${id}' to satisfy the requested number of instances.`,
  );

async function checkWanted(tx: Writing, row: SubnetRow, block: Cidr4, wanted: readonly string[]): Promise<void> {
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
  const used = await inUse(tx, row.id, wanted);
  const taken = wanted.find((ip) => used.has(ip));
  if (taken !== undefined) fail('InvalidIPAddress.InUse', `Address ${taken} is in use.`);
}

/** Which of these addresses interfaces of the subnet have: one query, and rows only for those that are found. */
async function inUse(tx: Writing, id: string, ips: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.where(networkInterface, { 'subnet-address': ips.map((ip) => `${id}/${ip}`) });
  return new Set(rows.flatMap((row) => row.privateIps));
}

/**
 * The next free addresses from the subnet's cursor on, once around. As a rule the cursor points at free ones, so that
 * one query suffices; where it does not, the looks grow.
 */
async function search(tx: Writing, row: SubnetRow, block: Cidr4, count: number, avoid: ReadonlySet<string>) {
  const usable = block.size - reserved.first - reserved.last;
  const taken: string[] = [];
  let at = (Math.max(row.nextOffset, reserved.first) - reserved.first) % usable;
  let left = usable;
  let look = 0;
  while (taken.length < count) {
    if (left <= 0) noRoom(row.id);
    look = Math.min(left, largestLook, Math.max(count - taken.length, look * 4));
    const start = at;
    const ips = Array.from({ length: look }, (_, i) =>
      ip4Text(block.network + reserved.first + ((start + i) % usable)),
    );
    const used = await inUse(tx, row.id, ips);
    for (const [i, ip] of ips.entries()) {
      if (taken.length === count) break;
      if (!used.has(ip) && !avoid.has(ip)) taken.push(ip);
      at = (start + i + 1) % usable;
    }
    left -= look;
  }
  return { taken, nextOffset: at + reserved.first };
}
