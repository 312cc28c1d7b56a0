import { defineConfig } from 'vitest/config'

// Files run in parallel, each on a database of its own; two at a time, because each also keeps PostgreSQL busy. The
// browser tests come after the rest, in the web app that is built before them. Time-outs are limits for a machine that is slow
// or busy, not for ours: a test waits for what it waits for, and names no limit of its own unless it needs more than these.
export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 20_000, interval: 50 } },
    maxWorkers: 2,
    // For .ci/run, which sums up the results, and names the tests that fail, not those that are slow.
    reporters: process.env.TEST_REPORT ? ['default', ['json', { outputFile: process.env.TEST_REPORT }]] : ['default'],
    slowTestThreshold: process.env.TEST_REPORT ? Number.POSITIVE_INFINITY : 300,
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**', '**/node_modules/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
