import { defineConfig } from 'vitest/config';

/** `npm test` (test/run.mjs) starts this; every file brings its own servers, on port 0. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/global-setup.ts'],
    environment: 'node',
    env: { TZ: 'UTC' },
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // The end of a run in CI keeps messages alone: they name what was found, not `{ …(1) }`.
    chaiConfig: { truncateThreshold: 1_000 },
    pool: 'forks',
    poolOptions: { forks: { maxForks: 2, minForks: 1 } },
  },
});
