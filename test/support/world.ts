import { expect } from 'vitest';
import { ensureHome } from '../../src/cloud/account/home.ts';
import { Listing } from '../../src/cloud/action/listing.ts';
import { perform } from '../../src/cloud/action/perform.ts';
import type { Region, World } from '../../src/cloud/context/world.ts';
import { seedCatalogue } from '../../src/cloud/image/seed.ts';
import { createWorker, type Worker } from '../../src/cloud/operation/worker.ts';
import { actions, operations } from '../../src/cloud/registry.ts';
import { createSimulator } from '../../src/drivers/simulator/driver.ts';
import { readSettings } from '../../src/drivers/simulator/settings.ts';
import { Refusal } from '../../src/kernel/errors.ts';
import { createVirtualClock, type VirtualClock } from '../../src/main/clock/virtual.ts';
import { seededRandom } from '../../src/main/random.ts';
import type { Driver } from '../../src/ports/driver.ts';
import type { RequestUser } from '../../src/ports/identity.ts';
import type { Shelf, Store } from '../../src/ports/store.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { silentLog } from './log.ts';

export interface TestWorldOptions {
  /** Settings of the simulator. */
  readonly simulator?: Record<string, unknown>;
  readonly regions?: readonly string[];
  readonly quotas?: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly store?: Store;
  /** Wraps the driver, to inject faults or to add what the simulator has not, on a shelf of its own. */
  readonly wrap?: (driver: Driver, shelf: Shelf) => Driver;
}

export interface CallOptions {
  readonly account?: string;
  readonly region?: string;
  /** Who asks, where the cloud knows. */
  readonly user?: RequestUser;
}

/** Outputs are read by name in tests; their shapes are the SDK's. */

export type Output = any;

export interface TestWorld {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly worker: Worker;
  readonly driver: Driver;
  /** Performs an action; the output is as the SDK types it. */
  call(action: keyof typeof actions, input?: object, options?: CallOptions): Promise<Output>;
  /** Runs every operation to its end, in virtual time. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export const testAccount = '111122223333';
export const otherAccount = '444455556666';
/** 2026-01-02T03:04:05Z */
export const startOfTime = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A whole server without doors: SQLite in memory, the simulator, virtual time, seeded randomness. */
export async function testWorld(options: TestWorldOptions = {}): Promise<TestWorld> {
  const clock = createVirtualClock({ start: startOfTime });
  const random = seededRandom(options.seed ?? 1);
  const store = options.store ?? (await openSqlite({ file: ':memory:' }));
  const simulator = createSimulator({
    shelf: store.shelf('simulator'),
    clock,
    random,
    settings: readSettings(options.simulator ?? {}),
  });
  const driver = options.wrap?.(simulator, store.shelf('added')) ?? simulator;
  const worker = createWorker(operations, { owner: 'test', concurrency: 32, leaseMs: 1e12, pollMs: undefined });
  const names = options.regions ?? ['us-east-1', 'eu-west-1'];
  const regions = new Map<string, Region>(
    names.map((name) => [name, { facts: driver.catalogue.region(name), driver }]),
  );
  const world: World = {
    store,
    clock,
    random,
    log: silentLog,
    regions,
    secrets: { seal: (text) => text, open: (text) => text },
    tokenKey: Buffer.alloc(32, 7),
    quotas: options.quotas ?? {},
    worker,
  };
  worker.start(world);
  return {
    world,
    clock,
    worker,
    driver,
    call: async (action, input = {}, { account = testAccount, region = 'us-east-1', user } = {}) => {
      const scope = { account, region };
      await seedCatalogue(world, region);
      await ensureHome(world, scope);
      const output = await perform(world, scope, actions[action] as never, input, user);
      return output instanceof Listing ? output.output() : output;
    },
    settle: () => settle(world, clock, worker),
    close: async () => {
      await worker.drain();
      await store.close();
    },
  };
}

async function settle(world: World, clock: VirtualClock, worker: Worker): Promise<void> {
  for (let round = 0; round < 10_000; round++) {
    await worker.idle();
    const due = await world.store.operations.nextDue();
    if (due === undefined) {
      if ((await world.store.operations.pending()) === 0) return;
      continue;
    }
    await clock.advance(Math.max(0, due - clock.now()));
  }
  throw new Error('operations do not come to an end');
}

/** Expects a refusal with this code, and a message that matches. */
export async function expectRefusal(promise: Promise<unknown>, code: string, message?: RegExp): Promise<void> {
  const error = await promise.then(
    (value) => expect.fail(`expected ${code}, got an answer: ${JSON.stringify(value).slice(0, 300)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Refusal)) throw error;
  expect(error.code).toBe(code);
  if (message !== undefined) expect(error.message).toMatch(message);
}
