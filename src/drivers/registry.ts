/**
 * Databases that users run, main file of the folder: which drivers there are, and how one is loaded. Each needs a package
 * that dbtest does not install by itself, so that it is loaded when it is asked for. Used by the main thread and by the
 * threads that have sessions; knows no workload and no bench.
 */
import { EXIT, OperatingFault } from '../errors.ts';
import type { Driver } from './contract.ts';

interface Entry {
  /** The package that users install for it. */
  packageName: string;
  load(): Promise<{ default: Driver }>;
}

const DRIVERS: Readonly<Record<string, Entry>> = {
  postgres: { packageName: 'pg', load: () => import('./postgres/driver.ts') },
  mysql: { packageName: 'mysql2', load: () => import('./mysql/driver.ts') },
  sqlite: { packageName: 'libsql', load: () => import('./sqlite/driver.ts') },
};

/** As in `--driver`. */
export const DRIVER_NAMES: readonly string[] = Object.keys(DRIVERS);

/** @throws OperatingFault (exit status 2) that says how to install the package, where it is missing */
export async function loadDriver(name: string): Promise<Driver> {
  const { packageName, load } = DRIVERS[name];
  try {
    return (await load()).default;
  } catch (error) {
    if (!isMissing(error, packageName)) throw error;
    throw new OperatingFault(
      'UNSUPPORTED',
      EXIT.usage,
      `--driver ${name}: it needs the package ${packageName}, which is not installed; install it with: npm install ${packageName}`,
      error,
    );
  }
}

const isMissing = (error: unknown, packageName: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes(`'${packageName}'`);
