/** The text report of a comparison: the verdict first, then every figure with its interval. */
import type { Comparison, ComparisonEnd, ComparisonResult, MetricComparison } from '../compare/comparison.ts';
import { formatFixed, formatLatency, formatRate, plural } from './format.ts';
import { renderTable, type TableColumn } from './plain-table.ts';
import { labelled, paint, type ReportStyle, type Tone, wrap } from './style.ts';

export const VERDICT_TONES: Record<Comparison['verdict']['kind'], Tone> = {
  faster: 'good',
  slower: 'bad',
  'no difference': 'heading',
  'too noisy': 'doubtful',
};

/** Why no more pairs were run, in words. */
export const COMPARISON_ENDS: Record<ComparisonEnd, string> = {
  pairs: 'as many pairs as asked for',
  precision: 'the intervals were narrow enough',
  'most-pairs': 'the most pairs that were allowed',
  interrupt: 'interrupted',
  fault: 'a run failed; these are the pairs before it',
  stored: 'stored results',
};

/** The whole report, ending in a newline. */
export function renderComparison(result: ComparisonResult, style: ReportStyle): string {
  const { variants, comparisons, notes } = result;
  const lines = [
    paint(style, 'heading', comparisonTitle(result)),
    ...variants.flatMap(({ label, describe, runs }) =>
      labelled(style, label, `${describe} (${plural(runs.length, 'run')})`),
    ),
    ...labelled(style, 'ended', COMPARISON_ENDS[result.endedBy]),
    ...labelled(style, 'host', describeComparisonHost(result)),
    ...comparisons.flatMap((comparison) => renderOne(style, comparison, result.precisionPct)),
    ...(notes.length === 0 ? [] : ['', paint(style, 'heading', 'Notes')]),
    ...notes.flatMap((note) => wrap(style, note, '  - ', '    ')),
  ];
  return `${lines.join('\n')}\n`;
}

/** `Comparison: B beside A, C beside A`. */
export const comparisonTitle = ({ comparisons }: ComparisonResult): string =>
  `Comparison: ${comparisons.map(({ a, b }) => `${b} beside ${a}`).join(', ')}`;

export const describeComparisonHost = ({ host }: ComparisonResult): string =>
  `${host.cpu}, ${plural(host.cores, 'core')}, Node ${host.node.replace(/^v/, '')}`;

/** The configuration keys in which the variants differ. */
export const describeDifferences = (differences: Comparison['differences']): string =>
  differences.map(({ key, a, b }) => `${key} ${a} -> ${b}`).join(', ') || 'nothing that the results tell';

export const INTERVALS_NOTE = 'Each interval holds its ratio with 95% by itself: of twenty rows one may miss it.';

function renderOne(style: ReportStyle, comparison: Comparison, precisionPct: number): string[] {
  const { title, differences, metrics, verdict } = comparison;
  return [
    '',
    paint(style, 'heading', title),
    ...wrap(style, verdictLine(comparison, precisionPct), '  ', '  ').map((line) =>
      paint(style, VERDICT_TONES[verdict.kind], line),
    ),
    ...labelled(style, 'differs in', describeDifferences(differences)),
    '',
    ...renderTable(style, metricColumns(comparison), metrics.map(metricCells)),
    '',
    ...wrap(style, INTERVALS_NOTE, '  ', '  '),
  ];
}

/** The verdict as one sentence: `B is slower than A: 0.957 times its throughput (0.941 to 0.972), 10 pairs`. */
export function verdictLine({ a, b, metrics, pairs, verdict }: Comparison, precisionPct: number): string {
  const [main] = metrics;
  const from = plural(pairs, 'pair');
  if (main === undefined) return `no verdict on ${b} beside ${a}: there is nothing to compare in ${from}`;
  const figures = `${ratioText(main.ratio)} times its ${main.title} (${intervalText(main)}), ${from}`;
  switch (verdict.kind) {
    case 'faster':
    case 'slower':
      return `${b} is ${verdict.kind} than ${a}: ${figures}`;
    case 'no difference':
      return `no difference found: ${b} has, beside ${a}, ${figures}`;
    case 'too noisy': {
      const needed = plural(verdict.morePairs, 'more pair', 'more pairs');
      return main.interval === null
        ? `no verdict yet: ${b} has, beside ${a}, ${figures}; ${needed} needed for an interval`
        : `too noisy: ${b} has, beside ${a}, ${figures}; ${needed} needed for ±${precisionPct}%`;
    }
  }
}

/** Columns of the table of metrics. */
export const metricColumns = ({ a, b }: Comparison): TableColumn[] => [
  { title: 'median of the runs', align: 'left' },
  { title: a, align: 'right' },
  { title: b, align: 'right' },
  { title: `${b} / ${a}`, align: 'right' },
  { title: '95% interval', align: 'right' },
];

/** A row of it. */
export const metricCells = (metric: MetricComparison): string[] => [
  metric.title,
  figureText(metric, metric.medianA),
  figureText(metric, metric.medianB),
  ratioText(metric.ratio),
  intervalText(metric),
];

/** A figure with its unit. */
export const figureText = ({ unit }: Pick<MetricComparison, 'unit'>, value: number): string =>
  unit === 'us' ? formatLatency(value) : `${formatRate(value)} tx/s`;

/** A ratio with three decimals. */
export const ratioText = (ratio: number): string => formatFixed(ratio, 3);

/** `0.941 to 0.972`, or that there are too few pairs for one. */
export function intervalText({ interval }: { interval: { low: number; high: number } | null }): string {
  return interval === null ? 'too few pairs' : `${ratioText(interval.low)} to ${ratioText(interval.high)}`;
}
