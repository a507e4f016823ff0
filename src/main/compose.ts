import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Region, World } from '../cloud/context/world.ts';
import { createWorker, type Worker } from '../cloud/operation/worker.ts';
import { operations } from '../cloud/registry.ts';
import { createMetadata, type MetadataService } from '../fronts/metadata/service.ts';
import type { Clock } from '../ports/clock.ts';
import type { Driver } from '../ports/driver.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { createSystemClock } from './clock/system.ts';
import { createVirtualClock } from './clock/virtual.ts';
import { Problem } from './config/problem.ts';
import type { Settings } from './config/settings.ts';
import { driversOf } from './drivers.ts';
import { needFolder } from './openStore.ts';
import { systemRandom } from './random.ts';
import { derived, keyFile, secretBox } from './secrets.ts';

/** Everything, put together. */
export interface Composition {
  readonly world: World;
  readonly worker: Worker;
  readonly drivers: readonly Driver[];
  readonly defaultRegion: string;
  /** For every door that guests' requests come through. */
  readonly metadata: MetadataService;
}

/** The region that AWS's own tools fall back to. */
const usualRegion = 'us-east-1';
/** Operations at work at the same time: enough to fill a batch of commits. */
const concurrency = 64;
const leaseMs = 15_000;
/** How often a process of several looks for work that another left. */
const pollMs = 500;
/** Virtual time can leap over days; the only process of a store must not lose its leases to that. */
const foreverMs = 1e14;

/** Puts a server's parts together over an open store. Nothing runs yet. */
export function compose(settings: Settings, store: Store, log: Log): Composition {
  const virtual = settings.time === 'virtual';
  const real = createSystemClock();
  const clock: Clock = virtual ? createVirtualClock({ start: real.now(), jump: true }) : real;
  const random = systemRandom();
  const key = serverKey(settings);
  const worker = createWorker(operations, {
    owner: `${hostname()}/${process.pid}/${random.hex(8)}`,
    concurrency,
    leaseMs: virtual ? foreverMs : leaseMs,
    pollMs: settings.database === undefined ? undefined : pollMs,
  });
  const drivers = driversOf({ settings, store, clock, random, log });
  const regions = regionsOf(drivers);
  const world: World = {
    store,
    clock,
    random,
    log,
    regions,
    secrets: secretBox(key),
    tokenKey: tokenKeyOf(key),
    quotas: settings.quotas,
    worker,
  };
  return {
    world,
    worker,
    drivers: [...new Set(drivers.values())],
    defaultRegion: defaultRegionOf(settings, regions),
    metadata: createMetadata({ world, clock: real }),
  };
}

/** The key of what is signed for clients to bring back. */
export const tokenKeyOf = (key: Buffer): Buffer => derived(key, 'page tokens');

/** The key that seals what is stored; a store in memory needs none that lasts. */
export function serverKey(settings: Pick<Settings, 'keyFile' | 'memory' | 'data' | 'database'>): Buffer {
  if (settings.keyFile === undefined && settings.memory && settings.database === undefined) return randomBytes(32);
  const path = settings.keyFile ?? join(settings.data, 'secret.key');
  if (settings.keyFile === undefined) needFolder(settings.data);
  try {
    return keyFile(path);
  } catch (error) {
    throw new Problem('unreadable', `the key file cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

/** Regions by name. What a cloud says of its zones may change. */
const regionsOf = (drivers: ReadonlyMap<string, Driver>): ReadonlyMap<string, Region> =>
  new Map(
    [...drivers].map(([name, driver]) => [
      name,
      {
        driver,
        get facts() {
          return driver.catalogue.region(name);
        },
      },
    ]),
  );

function defaultRegionOf(settings: Settings, regions: ReadonlyMap<string, Region>): string {
  const name = settings.defaultRegion ?? (regions.has(usualRegion) ? usualRegion : [...regions.keys()][0]!);
  if (!regions.has(name))
    throw new Problem(
      'usage',
      `--default-region: there is no region '${name}'; there are ${[...regions.keys()].join(', ')}`,
    );
  return name;
}
