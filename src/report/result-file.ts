/** Stored results of runs, read back: whatever a file holds is a `RunResult`, or one line that says why it is none. */
import { readFileSync } from 'node:fs';
import { RESULT_SCHEMA_VERSION, type RunResult } from '../bench/result.ts';
import { fileReason } from '../config/file-reasons.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { mismatchWithRunResult, withLaterKeys } from './result-shape.ts';

/**
 * Reads what `--json FILE` wrote, of this version or an earlier one.
 * @throws OperatingFault FILE (exit status 2) when the file cannot be read, is damaged, or was written by a newer dbtest
 */
export const readResultFile = (path: string): RunResult => parseResult(readText(path), path);

/** @throws OperatingFault FILE (exit status 2) when the file cannot be read */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw refused(path, fileReason(error));
  }
}

/**
 * @param text of one result
 * @param source names it in messages, e.g. a path
 * @throws OperatingFault FILE as `readResultFile` does
 */
export function parseResult(text: string, source: string): RunResult {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw damaged(source, text.trim() === '' ? 'it is empty' : 'it is not JSON, or cut off');
  }
  const { schemaVersion, kind } = (data ?? {}) as { schemaVersion?: unknown; kind?: unknown };
  if (kind === 'comparison') throw damaged(source, 'it is what dbtest compare wrote; dbtest report shows it');
  if (kind === 'sweep' || kind === 'max-rate') throw damaged(source, 'it is what dbtest sweep wrote');
  if (typeof schemaVersion !== 'number') throw damaged(source, 'it has no schemaVersion');
  if (schemaVersion > RESULT_SCHEMA_VERSION) {
    const reads = `this dbtest reads up to ${RESULT_SCHEMA_VERSION}`;
    throw refused(
      source,
      `it has schema version ${schemaVersion}, and ${reads}; use the dbtest that wrote it, or a newer one`,
    );
  }
  const mismatch = mismatchWithRunResult(data);
  if (mismatch !== null) throw damaged(source, mismatch);
  return withLaterKeys(data);
}

const damaged = (source: string, reason: string): OperatingFault =>
  refused(source, `no result of dbtest --json: ${reason}`);

const refused = (source: string, reason: string): OperatingFault =>
  new OperatingFault('FILE', EXIT.usage, `cannot read ${source}: ${reason}`);
