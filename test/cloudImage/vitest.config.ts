import { defineConfig } from 'vitest/config';

/** The test of a cloud image that whoever runs it names: a distribution takes minutes to boot where nothing accelerates it. */
export default defineConfig({
  test: { include: ['test/cloudImage/**/*.test.ts'], testTimeout: 1_800_000, hookTimeout: 600_000, pool: 'threads' },
});
