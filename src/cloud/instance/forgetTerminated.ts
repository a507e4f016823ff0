import { rowOf } from '../context/rows.ts';
import type { World } from '../context/world.ts';
import { write } from '../context/writing.ts';
import { instance } from './instance.ts';
import type { InstanceRow } from './row.ts';

/** How long terminated instances stay visible, in milliseconds (user guide: "a short while", about an hour). */
export const visibleMs = 60 * 60 * 1000;
const batch = 500;

/**
 * Forgets the instances of a region, of all accounts, that were terminated more than an hour ago. Gives how many.
 * Safe to run in several processes at once and at any time.
 */
export async function forgetTerminated(world: World, region: string): Promise<number> {
  const where = [{ name: 'instance-state-name', values: ['terminated'] }];
  let forgotten = 0;
  let after = 0;
  for (;;) {
    const items = await world.store.read.items({ kind: instance.kind, region, where, after, limit: batch });
    const due = new Map<string, string[]>();
    for (const item of items) {
      const { id, terminatedAt } = rowOf<InstanceRow>(item);
      if (terminatedAt === undefined || terminatedAt + visibleMs > world.clock.now()) continue;
      due.set(item.account, [...(due.get(item.account) ?? []), id]);
    }
    for (const [account, ids] of due) {
      forgotten += await write(world, { account, region }, async (tx) => {
        // Another process may have been faster.
        const rows = await Promise.all(ids.map((id) => tx.find(instance, id)));
        const left = rows.filter((row) => row !== undefined);
        for (const row of left) await tx.remove(instance, row);
        return left.length;
      });
    }
    if (items.length < batch) return forgotten;
    after = items.at(-1)!.seq;
  }
}
