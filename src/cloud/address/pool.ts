import { fail } from '../../kernel/errors.ts';
import type { Row } from '../../kernel/resource.ts';
import type { Catalogue } from '../../ports/driver.ts';
import { rowOf } from '../context/rows.ts';
import type { Writing } from '../context/writing.ts';
import { networkInterface } from '../interface/interface.ts';
import { type Cidr4, ip4Text, readCidr4 } from '../vpc/cidr.ts';
import { address } from './address.ts';

/** How many addresses the search asks about in one query. */
const look = 1024;

/** Counts the addresses that were ever handed out in a region, whoever got them. */
const counter = 'public-addresses';

/**
 * Takes public IPv4 addresses that no Elastic IP and no interface in the region has, whoever owns it, in the order of the
 * range that the cloud hands out. A counter that all accounts of the region share gives each address once; when the
 * range has been gone through, addresses that are free again are searched for.
 * Refuses with InsufficientAddressCapacity where the range is full.
 */
export async function takePublicIps(tx: Writing, count: number): Promise<readonly string[]> {
  if (count === 0) return [];
  const block = rangeOf(tx);
  const room = block.size - 2;
  const end = await tx.countUp(counter, count);
  if (end <= room) return Array.from({ length: count }, (_, i) => nthOf(block, end - count + i));
  return search(tx, block, (end - count) % room, count);
}

/** Free addresses of the range, from the `start`-th on and round to it. */
async function search(tx: Writing, block: Cidr4, start: number, count: number): Promise<readonly string[]> {
  const room = block.size - 2;
  const taken: string[] = [];
  for (let done = 0; taken.length < count && done < room; done += look) {
    const length = Math.min(look, room - done);
    const next = Array.from({ length }, (_, i) => nthOf(block, (start + done + i) % room));
    const used = await publicIpsInUse(tx, next);
    taken.push(...next.filter((ip) => !used.has(ip)).slice(0, count - taken.length));
  }
  if (taken.length < count) fail('InsufficientAddressCapacity', 'Insufficient capacity.');
  return taken;
}

/** Ranges that were asked for before: each launch needs one, and they never change. */
const ranges = new WeakMap<Catalogue, Map<string, Cidr4>>();

function rangeOf({ here, region }: Writing): Cidr4 {
  const { catalogue } = here.driver;
  const known = ranges.get(catalogue) ?? new Map<string, Cidr4>();
  ranges.set(catalogue, known);
  const found = known.get(region);
  if (found !== undefined) return found;
  const range = catalogue.publicAddressRange(region);
  const block = readCidr4(range);
  if (block === undefined || block.size < 4) throw new Error(`the public addresses of ${region} are ${range}`);
  known.set(region, block);
  return block;
}

/** Neither the first nor the last address of the range, which some software takes for network and broadcast. */
const nthOf = (block: Cidr4, n: number): string => ip4Text(block.network + 1 + n);

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
