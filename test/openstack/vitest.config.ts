import { defineConfig } from 'vitest/config';

/**
 * Tests on a real OpenStack, described by ELSEWHERE_TEST_OPENSTACK. One file at a time: they share one cloud, its quotas
 * and two cores. A machine that boots needs half a minute. What a busy computer made fail is tried once more; the report
 * tells which tests were.
 */
export default defineConfig({
  test: {
    include: ['**/*.openstack.test.ts'],
    fileParallelism: false,
    retry: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'threads',
  },
});
