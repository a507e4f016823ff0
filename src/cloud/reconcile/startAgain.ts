import type { StatefulRow } from '../../kernel/resource.ts';
import type { Item } from '../../ports/store.ts';
import { rowOf } from '../context/rows.ts';
import type { World } from '../context/world.ts';
import { write } from '../context/writing.ts';
import type { Loop } from './reconcile.ts';
import { type Stuck, stuckKinds } from './stuck.ts';

/**
 * A state that must end by itself has an operation behind it. Where there is none, which should never be, the
 * operation is started again.
 */
export const startAgain: Loop = {
  name: 'start-again',
  everyMs: 10 * 60 * 1000,
  run: async (world) => {
    for (const region of world.regions.keys()) {
      for (const kind of stuckKinds) {
        const where = [{ name: kind.stateFilter, values: kind.resource.states!.transient }];
        const items = await world.store.read.items({ kind: kind.resource.kind, region, where });
        for (const item of items) await mend(world, kind, item);
      }
    }
  },
};

async function mend(world: World, kind: Stuck, item: Item): Promise<void> {
  const seen = rowOf<StatefulRow>(item);
  for (const subject of [seen.id, ...kind.alsoSubjects(seen)]) {
    if ((await world.store.operations.of(subject)).length > 0) return;
  }
  const { account, region, id } = seen;
  const started = await write(world, { account, region }, async (tx) => {
    const row = await tx.find(kind.resource, id);
    // Changed meanwhile: somebody is at work on it.
    return row !== undefined && JSON.stringify(row) === item.body && (await kind.start(tx, row));
  });
  if (started)
    world.log.error({ account, region, id, state: seen.state }, 'no operation was behind a state; started again');
}
