import type { World } from '../context/world.ts';
import { write } from '../context/writing.ts';
import removeOrphan from './operations/removeOrphan.ts';
import { type MadeKind, made, nobody, orphansOf } from './orphans.ts';
import type { Loop } from './reconcile.ts';

/**
 * Finds what the clouds have of ours with no row behind it, and removes what was found twice in a row and has no
 * operation that could still be about it. The one look in between leaves time to whatever is just being made or ended.
 */
export function removeOrphans(): Loop {
  let before: ReadonlySet<string> = new Set();
  return {
    name: 'remove-orphans',
    everyMs: 15 * 60 * 1000,
    run: async (world) => {
      const now = new Set<string>();
      for (const [region, { driver }] of world.regions) {
        for (const kind of Object.keys(made) as MadeKind[]) {
          for (const id of await orphansOf(world.store.read, driver, region, kind)) {
            const name = `${region}/${kind}/${id}`;
            now.add(name);
            if (before.has(name)) await remove(world, region, kind, id);
          }
        }
      }
      before = now;
    },
  };
}

async function remove(world: World, region: string, kind: MadeKind, id: string): Promise<void> {
  if ((await world.store.operations.of(id)).length > 0) return;
  world.log.warn({ region, kind, id }, 'the cloud has something that nobody owns; it is removed');
  await write(world, { account: nobody, region }, (tx) => tx.start(removeOrphan, id, { kind, id }));
}
