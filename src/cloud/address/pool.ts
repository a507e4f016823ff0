import { fail } from '../../kernel/errors.ts';
import type { Row } from '../../kernel/resource.ts';
import { rowOf } from '../context/rows.ts';
import type { Writing } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import { ip4Text, readCidr4 } from '../vpc/cidr.ts';
import { address } from './address.ts';

/** Random draws that may fail before the pool counts as empty. */
const draws = 20;

/**
 * Takes public IPv4 addresses that no Elastic IP and no interface in the region has, whoever owns it: at random from
 * the range that the cloud hands out. What makes an address taken is the row that the caller writes with it.
 * Transactions of other accounts may run at the same time and are not seen: that both draw one address of the range
 * within the same milliseconds is left to chance, which the size of the range makes small.
 * Refuses with InsufficientAddressCapacity where the range is full.
 */
export async function takePublicIps(tx: Writing, count: number): Promise<readonly string[]> {
  if (count === 0) return [];
  const range = tx.here.driver.catalogue.publicAddressRange(tx.region);
  const block = readCidr4(range);
  if (block === undefined || block.size < 4) throw new Error(`the public addresses of ${tx.region} are ${range}`);
  const taken = new Set<string>();
  for (let draw = 0; taken.size < count && draw < draws; draw++) {
    const drawn = new Set<string>();
    for (let i = taken.size; i < count; i++) {
      // Neither the first nor the last address of the range, which some software takes for network and broadcast.
      const ip = ip4Text(block.network + 1 + tx.world.random.below(block.size - 2));
      if (!taken.has(ip)) drawn.add(ip);
    }
    const used = await publicIpsInUse(tx, [...drawn]);
    for (const ip of drawn) if (!used.has(ip)) taken.add(ip);
  }
  if (taken.size < count) fail('InsufficientAddressCapacity', 'Insufficient capacity.');
  return [...taken];
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
