import { clientToken } from '../action/idempotency.ts';
import type { World } from '../context/world.ts';
import { refusedOperation } from '../operation/refused.ts';
import type { Loop } from './reconcile.ts';

/** EC2 remembers a client token for a day, and a request that waits for its operation does not live that long. */
const keptMs = 24 * 60 * 60 * 1000;
const batch = 500;

const kinds = [clientToken.kind, refusedOperation.kind] as const;

/** Forgets client tokens that are too old to be repeated, and refusals that nobody waits for any more. */
export const expireClientTokens: Loop = {
  name: 'expire-client-tokens',
  everyMs: 10 * 60 * 1000,
  run: async (world) => {
    const before = world.clock.now() - keptMs;
    for (const region of world.regions.keys()) {
      for (const kind of kinds) await expire(world, region, kind, before);
    }
  },
};

async function expire(world: World, region: string, kind: string, before: number): Promise<void> {
  for (;;) {
    const oldest = await world.store.read.items({ kind, region, limit: batch });
    const over = oldest.filter((item) => (JSON.parse(item.body) as { createdAt: number }).createdAt < before);
    for (const item of over) await world.store.write(item, (writer) => writer.remove([item]));
    if (over.length < batch) return;
  }
}
