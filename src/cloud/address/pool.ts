import { fail } from '../../kernel/errors.ts';
import type { Row } from '../../kernel/resource.ts';
import { rowOf } from '../context/rows.ts';
import type { Writing } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import { type Cidr4, ip4Text, readCidr4 } from '../vpc/cidr.ts';
import { address } from './address.ts';

/** Rounds of random draws before the range is searched from end to end. */
const draws = 8;
/** How many addresses the search asks about in one query. */
const look = 1024;

/**
 * Takes public IPv4 addresses that no Elastic IP and no interface in the region has, whoever owns it: at random from
 * the range that the cloud hands out. What makes an address taken is the row that the caller writes with it.
 * Transactions of other accounts may run at the same time and are not seen: that both draw one address of the range
 * within the same milliseconds is left to chance, which the size of the range makes small.
 * Refuses with InsufficientAddressCapacity where the range is full.
 */
export async function takePublicIps(tx: Writing, count: number): Promise<readonly string[]> {
  if (count === 0) return [];
  const block = rangeOf(tx);
  const taken = new Set<string>();
  for (let draw = 0; taken.size < count && draw < draws; draw++) {
    const drawn = Array.from({ length: count - taken.size }, () => nthOf(block, tx.world.random.below(block.size - 2)));
    await takeFree(tx, drawn, taken, count);
  }
  const start = tx.world.random.below(block.size - 2);
  for (let done = 0; taken.size < count && done < block.size - 2; done += look) {
    const length = Math.min(look, block.size - 2 - done);
    const next = Array.from({ length }, (_, i) => nthOf(block, (start + done + i) % (block.size - 2)));
    await takeFree(tx, next, taken, count);
  }
  if (taken.size < count) fail('InsufficientAddressCapacity', 'Insufficient capacity.');
  return [...taken];
}

function rangeOf(tx: Writing): Cidr4 {
  const range = tx.here.driver.catalogue.publicAddressRange(tx.region);
  const block = readCidr4(range);
  if (block === undefined || block.size < 4) throw new Error(`the public addresses of ${tx.region} are ${range}`);
  return block;
}

/** Neither the first nor the last address of the range, which some software takes for network and broadcast. */
const nthOf = (block: Cidr4, n: number): string => ip4Text(block.network + 1 + n);

/** Adds to `taken`, up to `count`, those of `ips` that are free. */
async function takeFree(tx: Writing, ips: readonly string[], taken: Set<string>, count: number): Promise<void> {
  const used = await publicIpsInUse(tx, ips);
  for (const ip of ips) {
    if (taken.size < count && !used.has(ip)) taken.add(ip);
  }
}

/** Which of these public addresses are taken in the region, by any account. */
export async function publicIpsInUse(tx: Writing, ips: readonly string[]): Promise<ReadonlySet<string>> {
  const where = (name: string) => [{ name, values: ips }];
  const { region, reader } = tx;
  const elastic = await reader.items({ kind: address.kind, region, where: where('public-ip') });
  const automatic = await reader.items({ kind: networkInterface.kind, region, where: where('association.public-ip') });
  const ipOf = (row: Row & { readonly publicIp?: string; readonly publicAddress?: { readonly ip: string } }) =>
    row.publicIp ?? row.publicAddress?.ip ?? '';
  return new Set([...elastic, ...automatic].map((item) => ipOf(rowOf(item))));
}
