/** What a run was held to with `--threshold`, as a table: the same cells on the console and in the page. */
import type { RunResult, ThresholdResult } from '../bench/result.ts';
import { formatCount, formatFixed, formatLatency, formatPct, formatRate, NO_VALUE } from './format.ts';
import { renderTable, type TableColumn } from './plain-table.ts';
import { paint, type ReportStyle } from './style.ts';

export const THRESHOLD_COLUMNS: readonly TableColumn[] = [
  { title: 'threshold', align: 'left' },
  { title: 'measured', align: 'right' },
  { title: 'verdict', align: 'left' },
];

/** Lines without heading. */
export function renderThresholds(style: ReportStyle, thresholds: readonly ThresholdResult[]): string[] {
  const rows = thresholds.map((each) => [
    each.threshold,
    measuredText(each),
    paint(style, each.passed ? 'good' : 'bad', thresholdVerdict(each)),
  ]);
  return renderTable(style, THRESHOLD_COLUMNS, rows);
}

export const thresholdVerdict = ({ passed, reason }: ThresholdResult): string => {
  if (passed) return 'holds';
  return reason === undefined ? 'FAILED' : `FAILED: ${reason}`;
};

/** The measured value with its unit. A latency has the digits that its limit was compared with. */
export function measuredText({ measured, unit }: ThresholdResult): string {
  if (measured === null) return NO_VALUE;
  switch (unit) {
    case 'us':
      return measured < 1 ? `${formatFixed(measured * 1000, 0)} ns` : formatLatency(measured);
    case 'tx/s':
      return `${formatRate(measured)} tx/s`;
    case '1/min':
      return `${formatRate(measured)} a minute`;
    case '%':
      return `${formatPct(measured)}%`;
    case 'count':
      return formatCount(measured);
  }
}

/** A line for each threshold that does not hold: `newOrder.p99<5ms: measured 8.01 ms`. */
export const failedThresholds = ({ thresholds = [] }: RunResult): string[] =>
  thresholds
    .filter(({ passed }) => !passed)
    .map((each) => `${each.threshold}: ${each.reason ?? `measured ${measuredText(each)}`}`);
