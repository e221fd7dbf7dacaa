/** The folder of a CSV export, which is whole or not there. Runs on the main thread. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileFault, OperatingFault } from '../errors.ts';

/**
 * The files are written to a folder inside the target and moved up when all are whole: that works for an empty folder of
 * any kind, a mount point or a link to one included.
 * @param write is given the folder to write into
 * @throws OperatingFault `FILE`, or that of `write`; nothing is left then
 */
export async function exportInto(directory: string, write: (folder: string) => Promise<void>): Promise<void> {
  const target = resolve(directory);
  const partial = join(target, `.partial-${process.pid}`);
  const isNew = !existsSync(target);
  const removePartial = () => rmSync(isNew ? target : partial, { recursive: true, force: true });
  process.on('exit', removePartial);
  try {
    mkdirSync(partial, { recursive: true });
    await write(partial);
    for (const name of readdirSync(partial)) renameSync(join(partial, name), join(target, name));
    rmdirSync(partial);
  } catch (error) {
    removePartial();
    throw error instanceof OperatingFault ? error : fileFault('export to', directory, error);
  } finally {
    process.off('exit', removePartial);
  }
}
