/** The points of a sweep as rows, the same on the console and in HTML. */
import type { SweepPoint, SweepResult } from '../../sweep/sweep.ts';
import { formatFixed, formatPct, formatRate, NO_VALUE } from '../format.ts';
import type { TableColumn } from '../plain-table.ts';
import { besideFirst, latencyText } from './words.ts';

export interface SweepTable {
  columns: TableColumn[];
  rows: string[][];
}

/** Medians over the runs of each point; the throughput with its lowest and highest run. */
export function sweepTable({ config, points }: SweepResult): SweepTable {
  const right = (title: string): TableColumn => ({ title, align: 'right' });
  return {
    columns: [
      ...config.axes.map(({ name }, i): TableColumn => (i === 0 ? { title: name, align: 'left' } : right(name))),
      right('tx/s\nmedian'),
      right('tx/s\nlowest'),
      right('tx/s\nhighest'),
      right('beside\nfirst'),
      right('p50'),
      right('p99'),
      right('cross-\nshard %'),
      right('runs'),
    ],
    rows: points.map((point) => [
      ...config.axes.map(({ name }) => point.values[name] ?? NO_VALUE),
      ...figuresOf(point, besideFirst(points, point)),
    ]),
  };
}

const figuresOf = ({ median, low, high, runs }: SweepPoint, ratio: number | null): string[] => [
  formatRate(median['throughput']),
  formatRate(low['throughput']),
  formatRate(high['throughput']),
  formatFixed(ratio, 2),
  latencyText(median['p50']),
  latencyText(median['p99']),
  formatPct(median['crossShardPct']),
  String(runs.length),
];
