import { setImmediate as turn } from 'node:timers/promises';
import { Refusal } from '../../src/kernel/errors.ts';
import type { Driver } from '../../src/ports/driver.ts';
import type { Scope, Shelf, Store } from '../../src/ports/store.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import { startOfTime, type TestWorld, testWorld } from '../support/world.ts';
import { type Fault, newFaults } from './faults.ts';
import { type Death, newLife } from './life.ts';
import { mortalStore, tapped } from './mortal.ts';
import type { Client, Scenario } from './scenarios.ts';
import { accountState } from './state.ts';

/** What happens to the scenario's request. */
export interface Mishap {
  readonly death?: Death;
  readonly fault?: Fault;
}

export interface Outcome {
  readonly scope: Scope;
  /** Whether the client was answered before the end. */
  readonly answered: boolean;
  /** The points of life, and the calls of the cloud, since the request. */
  readonly points: readonly string[];
  readonly calls: readonly string[];
  readonly before: Awaited<ReturnType<typeof accountState>>;
  readonly after: Awaited<ReturnType<typeof accountState>>;
  /** The world that was there at the end. */
  readonly world: TestWorld;
}

/** Plays one scenario over and over on one store, each time for a new account. */
export interface Stage {
  readonly store: Store;
  play(mishap?: Mishap): Promise<Outcome>;
  close(): Promise<void>;
}

const region = 'us-east-1';

export async function openStage(scenario: Scenario): Promise<Stage> {
  const store = await openSqlite({ file: ':memory:' });
  let plays = 0;
  let seed = 0;
  let now = startOfTime;
  const world = async (options: Parameters<typeof testWorld>[0]): Promise<TestWorld> => {
    const wrap = (driver: Driver, shelf: Shelf): Driver => {
      const cloud = scenario.cloud?.(driver, shelf) ?? driver;
      return options?.wrap?.(cloud, shelf) ?? cloud;
    };
    const w = await testWorld({ regions: [region], seed: ++seed, ...options, wrap });
    await w.clock.advance(now - w.clock.now());
    return w;
  };
  const act = scenario.waits ? waitingAct(scenario) : scenario.act;
  return {
    store,
    async play({ death, fault } = {}) {
      const account = String(100_000_000_000 + ++plays);
      const scope = { account, region };
      const life = newLife();
      const faults = newFaults();
      const first = await world({
        store: mortalStore(store, life),
        wrap: (driver) => tapped(driver, (verb, work) => life.point(`call ${verb}`, () => faults.tap(verb, work))),
      });
      const client = clientOf(first, account);
      const given = await scenario.given(client);
      await client.settle();
      const before = await accountState(store, scope);
      life.begin(death);
      faults.begin(fault);
      let answered = false;
      const done = act(client, given).then(() => {
        answered = true;
        return client.settle();
      });
      await Promise.race([done, life.died]);
      now = first.clock.now();
      let last = first;
      if (life.dead) {
        await life.rest();
        await store.operations.release(undefined);
        last = await world({ store });
        if (scenario.loop) await scenario.act(clientOf(last, account), given);
        await last.settle();
        now = last.clock.now();
      }
      const [points, calls] = [[...life.points], [...faults.calls]];
      await last.worker.drain();
      return { scope, answered, points, calls, before, after: await accountState(store, scope), world: last };
    },
    close: () => store.close(),
  };
}

/** The request of a scenario whose answer waits for the cloud: time passes meanwhile, and a refusal is an answer, too. */
const waitingAct =
  ({ act }: Scenario): Scenario['act'] =>
  async (client, given) => {
    let over = false;
    const answer = act(client, given)
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        return error.code;
      })
      .finally(() => {
        over = true;
      });
    while (!over) {
      await client.settle();
      await turn();
    }
    return answer;
  };

const clientOf = (world: TestWorld, account: string): Client => ({
  world: world.world,
  scope: { account, region },
  call: (action, input) => world.call(action, input, { account, region }),
  settle: () => world.settle(),
});
