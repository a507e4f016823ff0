import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { bed as described } from './bed.ts';
import { type BrokenCloud, openBrokenCloud } from './brokenCloud.ts';
import { type Inventory, inventoryOf } from './inventory.ts';
import { clearAll, until } from './life.ts';
import { type ProjectQuotas, quotasOf } from './quotas.ts';

/** What the tests of a file share that have the built server make things, and prove that nothing stays behind. */
export interface CleanSuite {
  readonly at: BrokenCloud;
  readonly quotas: ProjectQuotas;
  /** What the project had before the test. */
  readonly before: Inventory;
  /** Waits until the project has nothing more, and nothing less, than before the test. */
  same(): Promise<unknown>;
  /** Done after the test, the last one first, before what was made through the server is taken away. */
  undo(work: () => Promise<unknown>): void;
}

const bed = described();

/**
 * Opens the server in front of the bed for all tests of a file. After each test there are no faults, the quotas are what they
 * were, and the project has what it had.
 * @param prepare what must be there before the server is
 */
export function cleanSuite(prepare: () => Promise<void> = async () => undefined): CleanSuite {
  let open: Pick<CleanSuite, 'at' | 'quotas'> | undefined;
  let before: Inventory = {};
  const undone: (() => Promise<unknown>)[] = [];
  const opened = () => {
    if (open === undefined) throw new Error('the server is open while tests run');
    return open;
  };
  const same = () =>
    until(
      () => inventoryOf(opened().at.openstack, bed),
      (now) => JSON.stringify(now) === JSON.stringify(before),
      60,
    );
  beforeAll(async () => {
    await prepare();
    const at = await openBrokenCloud(bed);
    open = { at, quotas: quotasOf(at.admin, bed.users.demo.project.id) };
    await clearAll(at.ec2);
  });
  beforeEach(async () => {
    before = await inventoryOf(opened().at.openstack, bed);
  });
  afterEach(async () => {
    const { at, quotas } = opened();
    at.proxy.clear();
    await quotas.restore();
    for (const work of undone.splice(0).reverse()) await work();
    await clearAll(at.ec2);
    await same();
  });
  afterAll(() => open?.at.close());
  return {
    get at() {
      return opened().at;
    },
    get quotas() {
      return opened().quotas;
    },
    get before() {
      return before;
    },
    same,
    undo: (work) => void undone.push(work),
  };
}
