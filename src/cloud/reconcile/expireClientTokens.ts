import { clientToken } from '../action/idempotency.ts';
import type { Loop } from './reconcile.ts';

/** EC2 remembers a client token for a day. */
const keptMs = 24 * 60 * 60 * 1000;
const batch = 500;

/** Forgets client tokens that are too old to be repeated. */
export const expireClientTokens: Loop = {
  name: 'expire-client-tokens',
  everyMs: 10 * 60 * 1000,
  run: async (world) => {
    const before = world.clock.now() - keptMs;
    for (const region of world.regions.keys()) {
      for (;;) {
        const oldest = await world.store.read.items({ kind: clientToken.kind, region, limit: batch });
        const over = oldest.filter((item) => (JSON.parse(item.body) as { createdAt: number }).createdAt < before);
        for (const item of over) await world.store.write(item, (writer) => writer.remove([item]));
        if (over.length < batch) break;
      }
    }
  },
};
