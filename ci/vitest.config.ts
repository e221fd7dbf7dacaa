import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['src/**/*.test.ts', 'workloads/**/*.test.ts', 'ci/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than there are cores on a small machine: tests of servers and of runs wait for much of their time.
    maxWorkers: 3,
  },
});
