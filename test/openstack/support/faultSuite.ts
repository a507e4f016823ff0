import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Eyes, type FaultBench, makings, openBench, openEyes } from './faultsBench.ts';

/** What the tests of a file about faults share. */
export interface FaultSuite {
  readonly eyes: Eyes;
  readonly at: FaultBench;
  readonly make: ReturnType<typeof makings>;
  /** Done after the test, the last one first, before what it made is taken away. */
  undo(work: () => Promise<unknown>): void;
}

/** Opens one bench for all tests of a file; after each, no fault is left, and nothing of what `make` made. */
export function faultSuite(): FaultSuite {
  let open: Pick<FaultSuite, 'eyes' | 'at' | 'make'> | undefined;
  const undone: (() => Promise<unknown>)[] = [];
  const opened = () => {
    if (open === undefined) throw new Error('the bench is open while tests run');
    return open;
  };
  beforeAll(async () => {
    const eyes = await openEyes();
    const at = await openBench(eyes);
    open = { eyes, at, make: makings(at, eyes) };
  });
  afterEach(async () => {
    const { at, make } = opened();
    at.proxy.clear();
    for (const work of undone.splice(0).reverse()) await work();
    await make.clean();
  });
  afterAll(() => open?.at.close());
  return {
    get eyes() {
      return opened().eyes;
    },
    get at() {
      return opened().at;
    },
    get make() {
      return opened().make;
    },
    undo: (work) => void undone.push(work),
  };
}
