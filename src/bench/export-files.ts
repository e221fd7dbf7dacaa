/** The CSV export of a run's tables. Runs on the main thread; the workers write, one after the other, into the same files. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileFault, OperatingFault } from '../errors.ts';
import type { WorkerPool } from './worker-pool.ts';

/**
 * The files are written to a folder inside the target and moved up when all are whole: that works for an empty folder of
 * any kind, a mount point or a link to one included.
 * @throws OperatingFault `FILE`; nothing is left then
 */
export async function exportTables(pool: WorkerPool, directory: string): Promise<void> {
  const target = resolve(directory);
  const partial = join(target, `.partial-${process.pid}`);
  const isNew = !existsSync(target);
  const removePartial = () => rmSync(isNew ? target : partial, { recursive: true, force: true });
  process.on('exit', removePartial);
  try {
    mkdirSync(partial, { recursive: true });
    for (let index = 0; index < pool.size; index++) {
      await pool.askOne(index, { kind: 'export', directory: partial, first: index === 0 }, 'exported');
    }
    for (const name of readdirSync(partial)) renameSync(join(partial, name), join(target, name));
    rmdirSync(partial);
  } catch (error) {
    removePartial();
    throw error instanceof OperatingFault ? error : fileFault('export to', directory, error);
  } finally {
    process.off('exit', removePartial);
  }
}
