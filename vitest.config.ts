import { defineConfig } from 'vitest/config';

/** The fast suite: unit, contract, crash, law and property tests. What needs more than Node has a config of its own. */
export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'test/{contract,crash,laws,property,tenants,serve,fuzz,openstack/recorded}/**/*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'threads',
    maxWorkers: '100%',
  },
});
