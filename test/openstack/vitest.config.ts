import { configDefaults, defineConfig } from 'vitest/config';

/** What points guests' metadata elsewhere, runs as the guide's own user, or counts and times what a quiet cloud is asked. */
const alone = ['adoptionCost', 'guide', 'metadata', 'outage'].map((name) => `**/${name}.openstack.test.ts`);

/**
 * A machine that boots needs half a minute. What a busy computer made fail is tried once more; the report tells which tests
 * were.
 */
const test = { retry: 1, testTimeout: 300_000, hookTimeout: 300_000, pool: 'threads' } as const;

/**
 * Tests on a real OpenStack, described by ELSEWHERE_TEST_OPENSTACK: two files at a time, each in projects of its own
 * (`support/bed.ts`), and then, one at a time, those that want the cloud for themselves.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...test,
          name: 'beside',
          include: ['**/*.openstack.test.ts'],
          exclude: [...configDefaults.exclude, ...alone],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...test, name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
