/** Writes the HTML report of a run to a file. */
import { AtomicFile } from '../../atomic-file.ts';
import type { RunResult } from '../../bench/result.ts';
import { renderHtmlReport } from './html-report.ts';

/**
 * Writes the report to `path`, complete or not at all.
 * @throws OperatingFault FILE
 */
export function writeHtml(result: RunResult, path: string): void {
  const text = renderHtmlReport(result);
  const file = AtomicFile.open(path);
  file.write(text);
  file.commit();
}
