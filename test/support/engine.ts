import type { World } from '../../src/cloud/context/world.ts';
import { write } from '../../src/cloud/context/writing.ts';
import type { OperationDeclaration } from '../../src/cloud/operation/operation.ts';
import { createWorker, type Worker, type WorkerOptions } from '../../src/cloud/operation/worker.ts';
import { createSimulator } from '../../src/drivers/simulator/driver.ts';
import { readSettings } from '../../src/drivers/simulator/settings.ts';
import { type Resource, resource, type StatefulRow } from '../../src/kernel/resource.ts';
import { states } from '../../src/kernel/states.ts';
import { createVirtualClock, type VirtualClock } from '../../src/main/clock/virtual.ts';
import { seededRandom } from '../../src/main/random.ts';
import type { Call, Driver, Seen } from '../../src/ports/driver.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Store } from '../../src/ports/store.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';

/** A thing for tests of the engine. */
export interface ThingRow extends StatefulRow {
  readonly note?: string;
}

export const thing: Resource<ThingRow, string, 'new' | 'done' | 'failed', 'ready' | 'fail'> = resource<ThingRow>()({
  kind: 'thing',
  prefix: 'thing',
  codes: { missing: 'InvalidID', malformed: 'InvalidID', noun: 'thing' },
  states: states(
    { new: { ready: 'done', fail: 'failed' }, done: {}, failed: {} },
    { transient: ['new'], refuse: 'IncorrectState' },
  ),
  filters: {},
  view: (row: ThingRow) => row.id,
});

export const scope = { account: '111122223333', region: 'us-east-1' };

/** What the pretend cloud answers; by default all is done at once. */
export interface Cloud {
  ensure(id: string, call: Call): Promise<Seen>;
  absent(id: string, call: Call): Promise<Seen>;
}

export interface EngineOptions extends Partial<WorkerOptions> {
  readonly store?: Store;
  readonly clock?: VirtualClock;
  readonly seed?: number;
}

/** A store, a clock, a worker, and a cloud that does what the test says. */
export interface Engine {
  readonly world: World;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly worker: Worker;
  readonly cloud: Cloud;
  /** Calls of the cloud, such as `ensure a`, and what the log said. */
  readonly calls: string[];
  readonly said: string[];
  /** Starts an operation on a new thing. Gives its id. */
  begin<I extends object>(operation: OperationDeclaration<I>, input: I, subject?: string): Promise<void>;
  makeThing(): Promise<string>;
  row(id: string): Promise<ThingRow | undefined>;
  settle(): Promise<void>;
}

export const settled: Seen = { settled: true };

export async function engine(
  declarations: readonly OperationDeclaration<never>[],
  options: EngineOptions = {},
): Promise<Engine> {
  const store = options.store ?? (await openSqlite({ file: ':memory:' }));
  const clock = options.clock ?? createVirtualClock({ start: 1_800_000_000_000 });
  const random = seededRandom(options.seed ?? 1);
  const calls: string[] = [];
  const said: string[] = [];
  const cloud: Cloud = { ensure: async () => settled, absent: async () => settled };
  const tell = (_: object, message: string) => void said.push(message);
  const log: Log = { debug: tell, info: tell, warn: tell, error: tell, child: () => log };
  const simulator = createSimulator({ shelf: store.shelf('simulator'), clock, random, settings: readSettings({}) });
  const driver: Driver = {
    ...simulator,
    volumes: {
      ...simulator.volumes,
      ensure: (id, _spec, call) => {
        calls.push(`ensure ${id}`);
        return cloud.ensure(id, call);
      },
      absent: (id, call) => {
        calls.push(`absent ${id}`);
        return cloud.absent(id, call);
      },
    },
  };
  const worker = createWorker(declarations, {
    owner: 'test',
    concurrency: 8,
    leaseMs: 1e12,
    pollMs: undefined,
    ...options,
  });
  const world: World = {
    ...{ store, clock, random, log, worker },
    regions: new Map([[scope.region, { facts: driver.catalogue.region(scope.region), driver }]]),
    secrets: { seal: (text) => text, open: (text) => text },
    tokenKey: Buffer.alloc(32, 7),
    quotas: {},
  };
  worker.start(world);
  return {
    ...{ world, store, clock, worker, cloud, calls, said },
    begin: (operation, input, subject = 'subject') => write(world, scope, (tx) => tx.start(operation, subject, input)),
    makeThing: () => write(world, scope, async (tx) => (await tx.insert(thing, { state: 'new' })).id),
    row: async (id) => {
      const [item] = await store.read.items({ kind: thing.kind, ...scope, ids: [id] });
      return item === undefined ? undefined : (JSON.parse(item.body) as ThingRow);
    },
    settle: () => settle(store, clock, worker),
  };
}

async function settle(store: Store, clock: VirtualClock, worker: Worker): Promise<void> {
  for (let round = 0; round < 1_000; round++) {
    await worker.idle();
    if ((await store.operations.pending()) === 0) return;
    const due = await store.operations.nextDue();
    await clock.advance(due === undefined ? 1_000 : Math.max(0, due - clock.now()));
  }
  throw new Error('operations do not come to an end');
}

/** Another process claims everything, as after a lease that was not extended. */
export async function takeOver({ store, clock }: Engine): Promise<void> {
  await store.operations.release('test');
  const claimed = await store.operations.claim({ owner: 'other', until: clock.now() + 1e12 }, clock.now(), 10);
  if (claimed.length !== 1) throw new Error(`${claimed.length} operations were claimed, not one`);
}
