import { defineConfig } from 'vitest/config';

/** Tests that need a PostgreSQL server, given as ELSEWHERE_TEST_POSTGRES. */
export default defineConfig({
  test: { include: ['test/postgres/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, pool: 'threads' },
});
