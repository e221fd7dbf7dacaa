/**
 * The result of a run as JSON; `result-file.ts` reads it back. Runs in the main thread; it knows the result as data and nothing of how it came
 * about.
 */
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { AtomicFile } from '../atomic-file.ts';
import type { RunResult } from '../bench/result.ts';
import { fileFault } from '../errors.ts';

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
