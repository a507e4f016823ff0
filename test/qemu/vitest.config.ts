import { defineConfig } from 'vitest/config';

/** Tests that need QEMU: qemu-system-x86_64 and qemu-img. Two files at a time: a guest that waits leaves a processor to another. */
export default defineConfig({
  test: {
    include: ['test/qemu/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: 'threads',
    maxWorkers: 2,
  },
});
