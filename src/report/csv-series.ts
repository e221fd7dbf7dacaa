/**
 * The time series of a result as CSV (RFC 4180), for spreadsheets and data frames: a line for each second of each shard of
 * the process. Runs in the main thread after the measurement.
 */
import { AtomicFile } from '../atomic-file.ts';
import type { RunResult, SeriesPoint } from '../bench/result.ts';

type Value = number | null | undefined;

/** Columns by name: the JSON result's keys, units last. */
const COLUMNS: Readonly<Record<string, (point: SeriesPoint) => Value>> = {
  second: ({ second }) => second,
  shardId: ({ shardId }) => shardId,
  throughputTps: ({ throughputTps }) => throughputTps,
  userAborts: ({ userAborts }) => userAborts,
  conflictAborts: ({ conflictAborts }) => conflictAborts,
  p50Us: ({ latencyUs }) => latencyUs?.p50,
  p99Us: ({ latencyUs }) => latencyUs?.p99,
};

/** The text; a field is empty where there is no value, as latency has none in a second without transactions. */
export function renderSeriesCsv({ series }: RunResult): string {
  const lines = series.map((point) =>
    Object.values(COLUMNS)
      .map((value) => value(point) ?? '')
      .join(','),
  );
  return [Object.keys(COLUMNS).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

/**
 * Writes the series to `path`, complete or not at all.
 * @throws OperatingFault FILE
 */
export function writeSeriesCsv(result: RunResult, path: string): void {
  const text = renderSeriesCsv(result);
  const file = AtomicFile.open(path);
  file.write(text);
  file.commit();
}
