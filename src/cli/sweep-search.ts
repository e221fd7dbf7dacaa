/** Searches the highest rate that keeps a threshold, at each point of a sweep. */
import type { RunResult } from '../bench/result.ts';
import { keptRate, LEAST_SHARE_OF_RATE } from '../compare/rates.ts';
import { dbtestVersion } from '../config/version.ts';
import { plural } from '../report/format.ts';
import { edgesText, figureText, rateText } from '../report/sweep/words.ts';
import { judge, type Threshold } from '../report/thresholds.ts';
import { describeValues } from '../sweep/axes.ts';
import { completedTps, sweepRunOf } from '../sweep/figures.ts';
import { noJournal, openJournal } from '../sweep/journal.ts';
import { type RateLine, readRateLine } from '../sweep/journal-lines.ts';
import { edgesOf, nextTrial, type RateSearch, stepsOf, type Trial } from '../sweep/rate-search.ts';
import { notesOnRuns } from '../sweep/summarize.ts';
import { type MaxRate, type MaxRateResult, type RateRun, SWEEP_SCHEMA_VERSION } from '../sweep/sweep.ts';
import type { ChildRuns } from './child-run.ts';
import type { CliContext } from './context.ts';
import type { Log } from './log.ts';
import type { SweepOptions } from './sweep-options.ts';
import { type PlannedPoint, type SweepPlan, secondsOf } from './sweep-plan.ts';
import { aboutText, type Delivered, interruptibly, ResultFolder, type RunOnce } from './sweep-runs.ts';

/** A search without a first rate begins at this share of the closed loop's throughput. */
const FIRST_SHARE = 0.5;

/** Seeds have 32 bits. */
const SEEDS = 2 ** 32;

type Search = NonNullable<SweepOptions['search']>;

/** @throws OperatingFault (exit status 2) where the runs cannot be kept */
export async function searchRates(
  { config, points, parts }: SweepPlan,
  search: Search,
  { outFolder }: SweepOptions,
  runs: ChildRuns,
  context: CliContext,
  log: Log,
): Promise<Delivered<MaxRateResult>> {
  const journal =
    outFolder === null
      ? noJournal<RateLine>()
      : openJournal(outFolder, parts, (data) => readRateLine(data, points.length));
  const results = new ResultFolder(outFolder);
  const made = points.map((): RateRun[] => []);
  let host: RunResult['host'] | null = null;
  const add = ({ point, host: itsHost, ...run }: RateLine): void => {
    made[point]?.push(run);
    host = itsHost;
  };
  for (const line of journal.kept) add(line);
  const seconds = Math.max(...points.map(secondsOf));
  log.line(
    `Searching the highest rate with ${search.threshold.text} at ${plural(points.length, 'combination')}, to within ` +
      `${search.precisionPct}%: some ten to twenty runs each, ${aboutText(seconds)} a run`,
  );
  if (journal.kept.length > 0) log.line(`${plural(journal.kept.length, 'run')} are there from an earlier start`);

  /** @returns false where Ctrl-C ended it */
  const runAt = async (run: RunOnce, point: number, rate: number | null): Promise<boolean> => {
    const { words, runConfig } = points[point] as PlannedPoint;
    const before = made[point] as RateRun[];
    const repetition = before.filter((each) => each.rate === rate).length;
    const offered = rate === null ? 'the closed loop' : rateText(rate);
    const label = withValues(points[point] as PlannedPoint, offered);
    const rateWords = rate === null ? [] : ['--rate', String(rate)];
    const seed = (config.seed + repetition) % SEEDS;
    const result = await run([...words, ...rateWords, '--seed', String(seed)], runConfig, `the run of ${label}`);
    if (result === null) return false;
    const line: RateLine = { point, rate, ...judged(result, rate, search.threshold), host: result.host };
    results.keep(`point${point + 1}-step${before.length + 1}`, result);
    journal.append(line);
    add(line);
    log.line(`${label}: ${describeRun(line, search.threshold)}`);
    return true;
  };

  const reasons = new Map<number, string>();
  const outcome = await interruptibly(runs, context, log, async (run) => {
    for (const point of points.keys()) {
      const trials = made[point] as RateRun[];
      if (search.firstRate === null && trials.length === 0 && !(await runAt(run, point, null))) return false;
      for (;;) {
        const next = nextTrial(searchOf(search, config.repeat, trials), trialsOf(trials));
        if (next.kind === 'gave up') reasons.set(point, next.reason);
        if (next.kind !== 'run') break;
        if (!(await runAt(run, point, next.rate))) return false;
      }
      const planned = points[point] as PlannedPoint;
      log.line(withValues(planned, edgesText(maxRateOf(planned, trials, search, config.repeat))));
    }
    return true;
  });
  journal.close();
  if (host === null) return { result: null, fault: outcome.fault };
  const result: MaxRateResult = {
    kind: 'max-rate',
    schemaVersion: SWEEP_SCHEMA_VERSION,
    dbtestVersion: dbtestVersion(),
    endedBy: outcome.endedBy,
    host,
    config: {
      ...config,
      threshold: search.threshold.text,
      metric: metricOf(search.threshold),
      limit: search.threshold.limit,
      unit: search.threshold.unit,
      precisionPct: search.precisionPct,
      leastAchievedPct: 100 * LEAST_SHARE_OF_RATE,
    },
    points: points.map((point, i) => maxRateOf(point, made[i] as RateRun[], search, config.repeat)),
    notes: [
      ...[...reasons].map(([point, reason]) => withValues(points[point] as PlannedPoint, `${reason}.`)),
      ...notesOnRuns(made.flat()),
    ],
  };
  return { result, fault: outcome.fault };
}

const judged = (result: RunResult, rate: number | null, threshold: Threshold): Omit<RateRun, 'rate'> => {
  const { measured, passed } = judge(threshold, result);
  return {
    ...sweepRunOf(result),
    achievedTps: completedTps(result),
    measured,
    keptUp: keptRate(result),
    isWithin: rate !== null && passed,
  };
};

/** `shards=2: text`, or the text alone where nothing is varied. */
function withValues({ facts }: PlannedPoint, text: string): string {
  const values = describeValues(facts.values);
  return values === '' ? text : `${values}: ${text}`;
}

/** Whether a run kept the threshold and the rate that was offered to it, over its whole time. */
const holds = ({ isWithin, keptUp, endedBy }: RateRun): boolean => isWithin && keptUp && endedBy === 'runtime';

const trialsOf = (runs: readonly RateRun[]): Trial[] =>
  runs.flatMap((run) => (run.rate === null ? [] : [{ rate: run.rate, holds: holds(run) }]));

function searchOf({ firstRate, precisionPct }: Search, repeat: number, runs: readonly RateRun[]): RateSearch {
  const closedLoop = runs.find(({ rate }) => rate === null)?.achievedTps ?? 0;
  return { firstRate: firstRate ?? Math.max(1, closedLoop * FIRST_SHARE), precision: precisionPct / 100, repeat };
}

function maxRateOf({ facts }: PlannedPoint, runs: readonly RateRun[], search: Search, repeat: number): MaxRate {
  const trials = trialsOf(runs);
  const steps = stepsOf(trials);
  const isSettled = trials.length > 0 && nextTrial(searchOf(search, repeat, runs), trials).kind === 'settled';
  return { ...facts, ...edgesOf(steps), isSettled, steps, runs: [...runs] };
}

/** The metric as it was written. */
const metricOf = ({ text }: Threshold): string => text.split(/[<>]/, 1)[0]?.trim() ?? text;

function describeRun(run: RateRun, threshold: Threshold): string {
  if (run.rate === null) return `${rateText(run.achievedTps)} completed`;
  const verdict = holds(run) ? 'holds' : run.isWithin ? 'fails: it fell behind' : 'fails';
  return `${metricOf(threshold)} ${figureText(run.measured, threshold.unit)}, ${rateText(run.achievedTps)} completed: ${verdict}`;
}
