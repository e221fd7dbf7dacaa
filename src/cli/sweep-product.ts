/** Runs every point of a sweep as often as asked for. */
import type { RunResult } from '../bench/result.ts';
import { plural } from '../report/format.ts';
import { latencyText, rateText } from '../report/sweep/words.ts';
import { describeValues } from '../sweep/axes.ts';
import { sweepRunOf } from '../sweep/figures.ts';
import { noJournal, openJournal } from '../sweep/journal.ts';
import { type RepeatedLine, readRepeatedLine } from '../sweep/journal-lines.ts';
import { plannedRuns } from '../sweep/order.ts';
import { summarizeSweep } from '../sweep/summarize.ts';
import type { RepeatedRun, SweepResult } from '../sweep/sweep.ts';
import type { ChildRuns } from './child-run.ts';
import type { CliContext } from './context.ts';
import type { Log } from './log.ts';
import type { SweepOptions } from './sweep-options.ts';
import { type PlannedPoint, type SweepPlan, secondsOf } from './sweep-plan.ts';
import { aboutText, type Delivered, interruptibly, ResultFolder } from './sweep-runs.ts';

/** @throws OperatingFault (exit status 2) where the runs cannot be kept */
export async function runProduct(
  { config, points, parts }: SweepPlan,
  { outFolder }: SweepOptions,
  runs: ChildRuns,
  context: CliContext,
  log: Log,
): Promise<Delivered<SweepResult>> {
  const journal =
    outFolder === null
      ? noJournal<RepeatedLine>()
      : openJournal(outFolder, parts, (data) => readRepeatedLine(data, points.length));
  const results = new ResultFolder(outFolder);
  const made = points.map((): RepeatedRun[] => []);
  let host: RunResult['host'] | null = null;
  const add = ({ point, host: itsHost, ...run }: RepeatedLine): void => {
    made[point]?.push(run);
    host = itsHost;
  };
  for (const line of journal.kept) add(line);
  const planned = plannedRuns(points.length, config.repeat, config.seed);
  const missing = planned.filter(({ point, repetition }) => !made[point]?.some((run) => run.repetition === repetition));
  log.line(describePlan(points, config.repeat, missing.length, planned.length));
  const seconds = missing.reduce((sum, { point }) => sum + secondsOf(points[point] as PlannedPoint), 0);
  log.line(
    `${missing.length === planned.length ? '' : 'Left to do: '}${plural(missing.length, 'run')}, ${aboutText(seconds)}`,
  );
  const outcome = await interruptibly(runs, context, log, async (run) => {
    for (const [place, { point, repetition, seed }] of missing.entries()) {
      const { words, facts, runConfig } = points[point] as PlannedPoint;
      const label = describeValues(facts.values);
      const name = `run ${repetition + 1} of ${label}`;
      const result = await run([...words, '--seed', String(seed)], runConfig, name);
      if (result === null) return false;
      const line: RepeatedLine = { point, repetition, ...sweepRunOf(result), host: result.host };
      results.keep(`point${point + 1}-run${repetition + 1}`, result);
      journal.append(line);
      add(line);
      log.line(`${place + 1}/${missing.length} ${label}: ${describeRun(result)}`);
    }
    return true;
  });
  journal.close();
  const { endedBy, fault } = outcome;
  const facts = points.map((point) => point.facts);
  return { result: host === null ? null : summarizeSweep(config, facts, made, host, endedBy), fault };
}

function describePlan(points: readonly PlannedPoint[], repeat: number, missing: number, planned: number): string {
  const what = `Sweep: ${plural(points.length, 'combination')}, ${plural(repeat, 'run')} of each`;
  return missing === planned ? what : `${what}; ${planned - missing} of ${planned} are there from an earlier start`;
}

const describeRun = ({ totals }: RunResult): string =>
  `${rateText(totals.throughputTps)}, p99 ${latencyText(totals.latencyUs?.p99)}`;
