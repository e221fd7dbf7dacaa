/** Writes HTML reports to files. */
import { AtomicFile } from '../../atomic-file.ts';
import type { RunResult } from '../../bench/result.ts';
import { renderHtmlReport } from './html-report.ts';

/**
 * Writes the report to `path`, complete or not at all.
 * @throws OperatingFault FILE
 */
export const writeHtml = (result: RunResult, path: string): void => writePage(renderHtmlReport(result), path);

/**
 * Writes a page to `path`, complete or not at all.
 * @throws OperatingFault FILE
 */
export function writePage(text: string, path: string): void {
  const file = AtomicFile.open(path);
  file.write(text);
  file.commit();
}
