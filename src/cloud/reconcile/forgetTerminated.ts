import { forgetTerminated as sweep } from '../instance/forgetTerminated.ts';
import type { Loop } from './reconcile.ts';

/** Forgets instances that were terminated a while ago. */
export const forgetTerminated: Loop = {
  name: 'forget-terminated',
  everyMs: 60 * 1000,
  run: async (world) => {
    for (const region of world.regions.keys()) await sweep(world, region);
  },
};
