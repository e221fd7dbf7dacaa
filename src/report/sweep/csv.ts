/** Sweeps as CSV (RFC 4180): a line for each run, in the order of the points, with every figure that a sweep keeps. */
import type { MaxRateResult, PointFacts, SweepResult, SweepRun } from '../../sweep/sweep.ts';

export function sweepCsv({ config, points }: SweepResult): string {
  return csvOf(
    config.axes.map(({ name }) => name),
    points.flatMap((point) => point.runs.map((run) => ({ point, run, own: { repetition: run.repetition + 1 } }))),
  );
}

export function maxRateCsv({ config, points }: MaxRateResult): string {
  return csvOf(
    config.axes.map(({ name }) => name),
    points.flatMap((point) =>
      point.runs.map((run, i) => ({
        point,
        run,
        own: {
          step: i + 1,
          rate: run.rate,
          achievedTps: run.achievedTps,
          metric: config.metric,
          measured: run.measured,
          keptUp: run.keptUp,
          isWithin: run.isWithin,
        },
      })),
    ),
  );
}

type Value = string | number | boolean | null;

interface CsvRow {
  point: PointFacts;
  run: SweepRun;
  /** Columns of this kind of sweep; every row has the same. */
  own: Record<string, Value>;
}

function csvOf(axes: readonly string[], rows: readonly CsvRow[]): string {
  const figures = [...new Set(rows.flatMap(({ run }) => Object.keys(run.figures)))];
  const own = Object.keys(rows[0]?.own ?? {});
  const head = [
    ...axes.map((name) => `vary ${name}`),
    ...own,
    'shards',
    'threads',
    'warehouses',
    'seed',
    'startedAt',
    'endedBy',
    'consistent',
    ...figures,
  ];
  const lines = rows.map(({ point, run, own: values }) => [
    ...axes.map((name) => point.values[name] ?? null),
    ...own.map((name) => values[name] ?? null),
    point.shards,
    point.threads,
    point.warehouses,
    run.seed,
    run.startedAt,
    run.endedBy,
    run.consistent,
    ...figures.map((key) => run.figures[key] ?? null),
  ]);
  return `${[head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

function cell(value: Value): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
