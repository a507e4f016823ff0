import { basename } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSequencer, type TestSpecification, type Vitest } from 'vitest/node';

/** What points guests' metadata elsewhere, or counts and times what a quiet cloud is asked. */
const quiet = ['adoptionCost', 'metadata', 'outage'].map((name) => `**/${name}.openstack.test.ts`);

/** What takes more than a minute, the longest first. */
const long = [
  ...[
    'clients',
    'guide',
    'adoptionStates',
    'captures',
    'faultsKilled',
    'driver',
    'faultsServer',
    'isolation',
    'adoption',
  ],
  ...['faults', 'faultsReal', 'quotas', 'resize', 'server', 'processes', 'images', 'groupsAddresses', 'liveSnapshots'],
];

/** These begin first, so that none of them runs alone at the end; Vitest would begin with the files that have most lines. */
class LongestFirst implements TestSequencer {
  readonly #usual: TestSequencer;

  constructor(vitest: Vitest) {
    this.#usual = new BaseSequencer(vitest);
  }

  shard(files: TestSpecification[]) {
    return this.#usual.shard(files);
  }

  async sort(files: TestSpecification[]) {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.indexOf(basename(moduleId, '.openstack.test.ts'));
      return at < 0 ? long.length : at;
    };
    return [...(await this.#usual.sort(files))].sort((one, other) => rank(one) - rank(other));
  }
}

/**
 * A machine that boots needs half a minute. What a busy computer made fail is tried once more; the report tells which tests
 * were.
 */
const test = { retry: 1, testTimeout: 300_000, hookTimeout: 300_000, pool: 'threads' } as const;

/**
 * Tests on a real OpenStack, described by ELSEWHERE_TEST_OPENSTACK: three files at a time, each in projects of its own
 * (`support/bed.ts`), and then, two at a time, those that want a quiet cloud.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...test,
          name: 'beside',
          include: ['**/*.openstack.test.ts'],
          exclude: [...configDefaults.exclude, ...quiet],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...test, name: 'quiet', include: quiet, maxWorkers: 2, sequence: { groupOrder: 1 } } },
    ],
  },
});
