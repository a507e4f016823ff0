import type { Item, ItemHead, Reader } from '../../ports/store.ts';
import type { Reading } from '../context/reading.ts';
import { rowOf } from '../context/rows.ts';
import { usageOf } from './counters.ts';
import { blockOf, roomOf } from './freeAddresses.ts';
import type { SubnetRow } from './row.ts';

/**
 * A reading whose reader gives subnets as they are shown: with the number of their addresses in use, whose changes count
 * as generations, because what is rendered of a subnet changes with them.
 */
export function withUsedAddresses(cx: Reading): Reading {
  const shownHead = async (head: ItemHead): Promise<ItemHead> => {
    const { changes } = await usageOf(cx, head.id);
    return { ...head, generation: head.generation + changes };
  };
  const shown = async (item: Item): Promise<Item> => {
    const { used, changes } = await usageOf(cx, item.id);
    const kept = rowOf<SubnetRow>(item);
    const row: SubnetRow = { ...kept, usedAddresses: Math.max(used, usedByOthers(kept)) };
    return { ...item, generation: item.generation + changes, body: JSON.stringify(row) };
  };
  const reader: Reader = {
    ...cx.reader,
    items: async (query) => Promise.all((await cx.reader.items(query)).map(shown)),
    heads: async (query) => Promise.all((await cx.reader.heads(query)).map(shownHead)),
    bodies: async (seqs) => Promise.all((await cx.reader.bodies(seqs)).map(shown)),
  };
  return { ...cx, reader };
}

/** What the cloud says is taken, of the addresses that EC2 counts: of all but the first and the last of the block. */
const usedByOthers = (row: SubnetRow): number =>
  row.cloudTaken === undefined ? 0 : roomOf(row) - (blockOf(row).size - 2 - row.cloudTaken);
