/** The tests that start PostgreSQL and MariaDB servers for whole runs; skipped where there are none: `ci/ci.sh databases`. */
import { configDefaults, defineConfig } from 'vitest/config';
import common, { DATABASE_TESTS } from './vitest.config.ts';

export default defineConfig({
  ...common,
  test: { ...common.test, include: DATABASE_TESTS, exclude: configDefaults.exclude },
});
