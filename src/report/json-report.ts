/**
 * The result of a run as JSON, out and in. Runs in the main thread; it knows the result as data and nothing of how it came
 * about.
 */
import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { AtomicFile } from '../atomic-file.ts';
import { RESULT_SCHEMA_VERSION, type RunResult } from '../bench/result.ts';
import { EXIT, fileFault, OperatingFault } from '../errors.ts';
import { mismatchWithRunResult, withLaterKeys } from './result-shape.ts';

/**
 * Writes `result` to `path`, complete or not at all; `-` is standard output, flushed when the promise resolves. A reader
 * that closes the pipe early has what it wanted: that is no fault.
 * @param standardOutput stands in for the process's, for tests
 * @throws OperatingFault FILE
 */
export async function writeJson(
  result: RunResult,
  path: string,
  standardOutput: Writable = process.stdout,
): Promise<void> {
  const text = `${JSON.stringify(result, null, 2)}\n`;
  if (path === '-') {
    await writeToStream(text, standardOutput);
    return;
  }
  const file = AtomicFile.open(path);
  file.write(text);
  file.commit();
}

/**
 * Reads a result that `writeJson` wrote, of this version or an earlier one.
 * @throws OperatingFault FILE when the file cannot be read, is damaged, or was written by a newer dbtest
 */
export async function readJson(path: string): Promise<RunResult> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileFault('read', path, error);
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw damaged(path, text.trim() === '' ? 'the file is empty' : 'it is not JSON, or cut off');
  }
  const version = (data as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version !== 'number') throw damaged(path, 'it has no schemaVersion');
  if (version > RESULT_SCHEMA_VERSION) {
    throw new OperatingFault(
      'FILE',
      EXIT.usage,
      `cannot read ${path}: it has schema version ${version}, and this dbtest reads up to ` +
        `${RESULT_SCHEMA_VERSION}; use the dbtest that wrote it, or a newer one`,
    );
  }
  const mismatch = mismatchWithRunResult(data);
  if (mismatch !== null) throw damaged(path, mismatch);
  return withLaterKeys(data);
}

function damaged(path: string, reason: string): OperatingFault {
  return new OperatingFault('FILE', EXIT.usage, `cannot read ${path}: no result of dbtest --json: ${reason}`);
}

async function writeToStream(text: string, stream: Writable): Promise<void> {
  // A failed write is reported to its callback and again as an event, which would stop the process were nobody listening.
  const ignore = (): void => {};
  stream.on('error', ignore);
  const failure = await new Promise<Error | null | undefined>((resolve) => stream.write(text, resolve));
  await setImmediate();
  stream.off('error', ignore);
  const code = (failure as NodeJS.ErrnoException | null | undefined)?.code;
  if (failure && code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED')
    throw fileFault('write', 'standard output', failure);
}
