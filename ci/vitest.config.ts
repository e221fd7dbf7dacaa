import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Whole runs on servers take a quarter of the time of all tests: they have a target of their own in `ci/ci.sh`. */
export const DATABASE_TESTS = [
  'src/cli/databases.test.ts',
  'src/cli/database-{faults,files,pauses}.test.ts',
  'src/cli/mysql-databases.test.ts',
  'workloads/tpcc/isolation/sql-isolation.test.ts',
  'workloads/tpcc/sql/transactions.test.ts',
  'workloads/tpcc/sql/checks/database-checks.test.ts',
];

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['src/**/*.test.ts', 'workloads/**/*.test.ts', 'ci/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...DATABASE_TESTS],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than there are cores on a small machine: tests of servers and of runs wait for much of their time.
    maxWorkers: 3,
  },
});
