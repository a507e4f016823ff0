import { defineConfig } from 'vitest/config';

/**
 * Tests on a real OpenStack, described by ELSEWHERE_TEST_OPENSTACK. One file at a time: they share one cloud, its quotas
 * and two cores. A machine that boots needs half a minute.
 */
export default defineConfig({
  test: {
    include: ['**/*.openstack.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'threads',
  },
});
