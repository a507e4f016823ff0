import type { Driver } from '../../ports/driver.ts';
import type { Networks } from '../../ports/networks.ts';

/** A driver whose calls can be waited for. */
export interface Watched {
  readonly driver: Driver;
  /** Resolves when every call that was begun is over. */
  rest(): Promise<void>;
}

/**
 * The driver as a step sees it. A step may make several calls at once; when one of them fails, the others are still on
 * their way, and what they make must not come after it was undone.
 */
export function watched(driver: Driver): Watched {
  const going = new Set<Promise<unknown>>();
  const watch = <K extends object>(kind: K): K =>
    new Proxy(kind, {
      get(target, verb) {
        const method: unknown = Reflect.get(target, verb);
        if (typeof method !== 'function') return method;
        return (...args: readonly unknown[]) => {
          const answer: unknown = Reflect.apply(method, target, args);
          if (answer instanceof Promise) going.add(answer);
          return answer;
        };
      },
    });
  const watchNetworks = (networks: Networks): Networks => ({
    ...watch(networks),
    ...(networks.groups !== undefined && { groups: watch(networks.groups) }),
    ...(networks.addresses !== undefined && { addresses: watch(networks.addresses) }),
  });
  return {
    driver: {
      name: driver.name,
      can: driver.can,
      catalogue: driver.catalogue,
      ping: () => driver.ping(),
      close: () => driver.close(),
      compute: watch(driver.compute),
      volumes: watch(driver.volumes),
      snapshots: watch(driver.snapshots),
      images: watch(driver.images),
      ...(driver.networks !== undefined && { networks: watchNetworks(driver.networks) }),
      ...(driver.imageSharing && { imageSharing: watch(driver.imageSharing) }),
    },
    async rest() {
      await Promise.allSettled(going);
    },
  };
}
