import { defineConfig } from 'vitest/config';

/** Tests that need QEMU: qemu-system-x86_64 and qemu-img. */
export default defineConfig({
  test: { include: ['test/qemu/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000, pool: 'threads' },
});
