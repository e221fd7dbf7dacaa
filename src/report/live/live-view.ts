/**
 * A run while it goes on, main file of the folder: what it tells, as lines for a terminal or as one line for a file. Pure
 * functions on the main thread; they know no stream and no clock. `screen.ts` keeps their lines at the foot of a terminal.
 */
import type { LoadProgress, MeasurementProgress, RunProgress, SecondFigures } from '../../bench/run-events.ts';
import { formatBytes, formatCount, formatFixed, formatLatency, formatPct, formatRate } from '../format.ts';
import type { ReportStyle } from '../style.ts';
import { percentText, progressLine } from './progress-line.ts';
import { formatRemaining } from './remaining-time.ts';
import { shardLines } from './shard-lines.ts';

/** Something countable that is under way: the load of a run, or what other commands do. */
export interface TaskProgress {
  phase: 'task';
  title: string;
  /** What is counted: `rows`. */
  noun: string;
  done: number;
  /** Null where nobody knows yet. */
  expected: number | null;
  elapsedSeconds: number;
}

export type LiveProgress = RunProgress | TaskProgress;

const MEASUREMENT_TITLES = { warmup: 'Warming up', measure: 'Measuring' } as const;

/**
 * Lines for a terminal, none longer than the style is wide; none for what has no measure of its progress.
 * @param height lines that there may be
 */
export function liveLines(progress: LiveProgress, style: ReportStyle, height: number): string[] {
  switch (progress.phase) {
    case 'load':
      return [taskLine(loading(progress), style)];
    case 'task':
      return [taskLine(progress, style)];
    case 'warmup':
    case 'measure':
      return measurementLines(progress, style, height);
    default:
      return [];
  }
}

/** One line for a file or a pipe; null for what has no measure of its progress. */
export function plainLine(progress: LiveProgress): string | null {
  switch (progress.phase) {
    case 'load':
      return plainTask(loading(progress));
    case 'task':
      return plainTask(progress);
    case 'warmup':
    case 'measure':
      return plainMeasurement(progress);
    default:
      return null;
  }
}

const loading = ({ rows, rowsExpected, elapsedSeconds }: LoadProgress): TaskProgress => ({
  phase: 'task',
  title: 'Loading',
  noun: 'rows',
  done: rows,
  expected: rowsExpected,
  elapsedSeconds,
});

function taskLine(progress: TaskProgress, style: ReportStyle): string {
  const { title, noun, done, expected } = progress;
  const { fraction, rate, remaining } = paceOf(progress);
  const count = expected === null || expected === 0 ? formatCount(done) : countsText(done, expected);
  return progressLine(style, title, fraction, [...remaining, ...rate, `${count} ${noun}`]);
}

function plainTask(progress: TaskProgress): string {
  const { title, noun, done, expected } = progress;
  const { fraction, rate, remaining } = paceOf(progress);
  if (expected === null || fraction === null)
    return `${title}: ${[`${formatCount(done)} ${noun}`, ...rate].join(', ')}`;
  const counted = `${countsText(done, expected)} ${noun} (${percentText(fraction)})`;
  return `${title}: ${[counted, ...rate, ...remaining].join(', ')}`;
}

const countsText = (done: number, expected: number): string => `${formatCount(done)} of ${formatCount(expected)}`;

/** How fast a task goes, and how long it will take at that pace. Texts are missing as long as nothing can be said. */
function paceOf({ noun, done, expected, elapsedSeconds }: TaskProgress) {
  const perSecond = elapsedSeconds > 0 ? done / elapsedSeconds : 0;
  const isUnderWay = perSecond > 0;
  return {
    fraction: expected === null || expected === 0 ? null : done / expected,
    rate: isUnderWay ? [`${formatRate(perSecond)} ${noun}/s`] : [],
    remaining:
      isUnderWay && expected !== null && expected > 0 ? [`${formatRemaining((expected - done) / perSecond)} left`] : [],
  };
}

function measurementLines(progress: MeasurementProgress, style: ReportStyle, height: number): string[] {
  const table = shardLines(progress, style, height - 1);
  const remaining = `${formatRemaining(progress.totalSeconds - progress.elapsedSeconds)} left`;
  // Where there is no room for a row, the title says the most important figure.
  const details = table.length > 0 ? [remaining] : [remaining, rateText(progress.total)];
  const title = MEASUREMENT_TITLES[progress.phase];
  return [progressLine(style, title, progress.elapsedSeconds / progress.totalSeconds, details), ...table];
}

function plainMeasurement({ phase, elapsedSeconds, totalSeconds, total }: MeasurementProgress): string {
  const remaining = `${formatRemaining(totalSeconds - elapsedSeconds)} left`;
  const percent = percentText(elapsedSeconds / totalSeconds);
  const { latencyUs, conflictAbortsTps, crossShardPct, engineBytes } = total;
  const figures = [
    rateText(total),
    ...(latencyUs === null ? [] : [`p50 ${formatLatency(latencyUs.p50)}, p99 ${formatLatency(latencyUs.p99)}`]),
    ...(conflictAbortsTps === null ? [] : [`${formatFixed(conflictAbortsTps, 0)} conflict aborts/s`]),
    ...(crossShardPct === null ? [] : [`${formatPct(crossShardPct)}% cross-shard`]),
    ...(engineBytes === 0 ? [] : [formatBytes(engineBytes)]),
  ];
  return `${MEASUREMENT_TITLES[phase]}: ${percent}, ${remaining}; ${figures.join(', ')}`;
}

const rateText = ({ throughputTps }: SecondFigures): string => `${formatRate(throughputTps)} tx/s`;
