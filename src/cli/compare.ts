/** `dbtest compare`: two configurations beside each other, from runs that alternate or from stored results. */
import { AtomicFile } from '../atomic-file.ts';
import type { RunResult } from '../bench/result.ts';
import type { Comparison, ComparisonResult } from '../compare/comparison.ts';
import { type FailCondition, failureOf } from '../compare/fail-if.ts';
import { figuresOf } from '../compare/figures.ts';
import { metricFor } from '../compare/rates.ts';
import { type ComparedPair, runSchedule } from '../compare/schedule.ts';
import { summarize, type VariantResults } from '../compare/summarize.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { intervalText, ratioText, renderComparison } from '../report/comparison-report.ts';
import { formatLatency, formatRate } from '../report/format.ts';
import { renderComparisonPage } from '../report/html/comparison/comparison-page.ts';
import { writePage } from '../report/html/write-html.ts';
import type { PairPlan } from '../statistics/pair-plan.ts';
import type { RatioEstimate } from '../statistics/paired-ratio.ts';
import { type ChildRuns, childRuns } from './child-run.ts';
import type { Command, GivenValues } from './command.ts';
import { COMPARE_OPTIONS, type CompareOptions, readCompareOptions } from './compare-options.ts';
import type { CliContext } from './context.ts';
import { runOnFreePorts } from './free-ports.ts';
import { watchInterrupts } from './interrupts.ts';
import { type LiveSides, singleVersusMulti, twoSides } from './live-sides.ts';
import { Log } from './log.ts';
import { runOptionDefinitions } from './option-definitions.ts';
import { checkOutputs } from './outputs.ts';
import { readWords } from './run-words.ts';
import { readStoredSides } from './stored-sides.ts';
import { wantsColour, widthOf, writeText } from './streams.ts';

/** @param startRuns makes what starts the runs; tests pass their own */
export function compareCommand(startRuns: () => ChildRuns = childRuns): Command {
  return {
    name: 'compare',
    isDefault: false,
    describe: 'Compare two configurations, with intervals and a verdict',
    positional: {
      name: 'files',
      describe: 'Stored results: old.json new.json, or old*.json vs new*.json',
      isMany: true,
    },
    options: COMPARE_OPTIONS,
    explainForeignOption: (name) =>
      Object.hasOwn(runOptionDefinitions(null), name)
        ? `is an option of the runs; give it in quotes, as in --both "--${name} ..."`
        : null,
    examples: [
      ['$0 compare --a "--transport shm" --b "--transport tcp" --both "--local-shards=0,1"', 'Two transports'],
      ['$0 compare --single-vs-multi --shards 2', 'What sharding costs or brings'],
      ['$0 compare --a "--rate 9000" --b "--rate 9000 --pin-cpus" --html page.html', 'Latency at a rate, as a page'],
      ['$0 compare old.json new.json', 'Two stored results'],
      ['$0 compare old*.json vs new*.json --fail-if slower:5%', 'Several of each; status 4 if B is 5% slower'],
    ],
    execute: (given, context) => executeCompare(given, context, startRuns),
  };
}

async function executeCompare(given: GivenValues, context: CliContext, startRuns: () => ChildRuns): Promise<number> {
  // Quoted options may hold the URL of a database with its password.
  if ([given['a'], given['b'], given['both']].some((text) => String(text ?? '').includes('--url')))
    context.hideArguments();
  const options = readCompareOptions(given);
  checkOutputs({
    jsonPath: options.jsonPath,
    htmlPath: options.htmlPath,
    csvPath: null,
    hlogPath: null,
    exportDir: null,
    historyPath: null,
  });
  const { result, fault } =
    options.files.length > 0
      ? { result: compareStored(options), fault: null }
      : await compareLive(options, context, startRuns());
  const failures = await deliver(result, options, context, fault);
  if (result.endedBy === 'interrupt') return EXIT.interrupted;
  return failures > 0 ? EXIT.threshold : EXIT.good;
}

function compareStored({ files, precision }: CompareOptions): ComparisonResult {
  const configOf = ({ results }: VariantResults) => (results[0] as RunResult).config;
  const [first, ...others] = readStoredSides(files) as [VariantResults, ...VariantResults[]];
  const compared: ComparedPair[] = others.map((variant, i) => ({
    a: 0,
    b: i + 1,
    title: `${variant.label} beside A`,
    metric: metricFor(configOf(first), configOf(variant)),
  }));
  return summarize([first, ...others], compared, 'stored', precision);
}

/** The comparison, and what ended it where a run failed. */
interface LiveComparison {
  result: ComparisonResult;
  fault: OperatingFault | null;
}

async function compareLive(options: CompareOptions, context: CliContext, runs: ChildRuns): Promise<LiveComparison> {
  const { plan, seed, precision, quiet } = options;
  const { variants, compared, notes } = await sidesOf(options, context);
  const log = new Log(context, { quiet });
  for (const { label, describe } of variants) log.line(`${label}: ${describe}`);
  for (const note of notes) log.line(note);
  log.line(describePlan(plan));
  let interrupted = false;
  const stopWatching = watchInterrupts(
    context.signals,
    context.nowMs,
    () => {
      interrupted = true;
      log.line('Interrupted: the pair under way is the last; once more stops at once');
    },
    () => {
      runs.kill();
      context.exitNow(EXIT.interrupted);
    },
  );
  const labels = variants.map(({ label }) => label);
  try {
    const { results, endedBy, fault } = await runSchedule(
      { variants: variants.length, compared, plan, seed },
      (variant, runSeed, round) => {
        const { label, words, config } = variants[variant] as (typeof variants)[number];
        return runOnFreePorts(runs, [...words, '--seed', String(runSeed)], config, `run ${round + 1} of ${label}`);
      },
      () => interrupted,
      {
        round: (round, latest, estimates) =>
          log.line(`pair ${round + 1}: ${describeRound(labels, compared, latest, estimates)}`),
      },
    );
    const ran = variants.map((variant, i) => ({ ...variant, results: results[i] as RunResult[] }));
    return { result: summarize(ran, compared, endedBy, precision), fault };
  } finally {
    stopWatching();
  }
}

function sidesOf({ a, b, both, shards }: CompareOptions, context: CliContext): Promise<LiveSides> {
  const shared = readWords(both, '--both');
  if (shards !== null) return singleVersusMulti(shards, shared, context);
  return twoSides(readWords(a ?? '', '--a'), readWords(b ?? '', '--b'), shared, context);
}

const describePlan = (plan: PairPlan): string =>
  plan.kind === 'fixed'
    ? `Pairs of runs: ${plan.pairs}`
    : `Pairs of runs: until the interval is within ±${Number((plan.precision * 100).toPrecision(6))}%, at most ${plan.pairsMost}`;

/** `A 41,234 tx/s, B 40,120 tx/s; B/A 0.981 (0.962 to 1.001) so far`. */
function describeRound(
  labels: readonly string[],
  compared: readonly ComparedPair[],
  latest: readonly RunResult[],
  estimates: readonly (RatioEstimate | null)[],
): string {
  const metric = compared[0]?.metric ?? '';
  const figures = latest.map((result, i) => `${labels[i]} ${figureText(metric, figuresOf(result)[metric] ?? null)}`);
  const ratios = estimates.map((estimate, i) => {
    const { a, b } = compared[i] as ComparedPair;
    if (estimate === null) return `${labels[b]}/${labels[a]} -`;
    const interval = estimate.interval === null ? '' : ` (${intervalText(estimate)})`;
    return `${labels[b]}/${labels[a]} ${ratioText(estimate.ratio)}${interval}`;
  });
  return `${figures.join(', ')}; ${ratios.join(', ')} so far`;
}

function figureText(metric: string, value: number | null): string {
  if (value === null) return '-';
  return metric === 'throughput' ? `${formatRate(value)} tx/s` : formatLatency(value);
}

/**
 * Report, JSON, HTML and what `--fail-if` says, each of them even where an earlier one could not be written.
 * @param fault what a run failed with, which is told beside what could not be written
 * @returns how many conditions of `--fail-if` hold
 * @throws OperatingFault that names all of it
 */
async function deliver(
  result: ComparisonResult,
  { jsonPath, htmlPath, failIf }: CompareOptions,
  context: CliContext,
  fault: OperatingFault | null,
): Promise<number> {
  const stream = jsonPath === '-' ? context.stderr : context.stdout;
  const style = { colour: wantsColour(stream, context.env), width: widthOf(stream) };
  let failures = 0;
  const writes = [
    () => writeText(stream, renderComparison(result, style)),
    async () => {
      if (jsonPath !== null) await writeData(`${JSON.stringify(result, null, 2)}\n`, jsonPath, context);
    },
    async () => {
      if (htmlPath !== null) writePage(renderComparisonPage(result), htmlPath);
    },
    async () => {
      failures = await tellFailures(result, failIf, context);
    },
  ];
  const faults: OperatingFault[] = fault === null ? [] : [fault];
  for (const write of writes) {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof OperatingFault)) throw error;
      faults.push(error);
    }
  }
  const [first] = faults;
  if (first === undefined) return failures;
  throw new OperatingFault(first.code, first.exitStatus, faults.map(({ message }) => message).join('; '), first);
}

/** Says on stderr which conditions of `--fail-if` hold. @returns how many */
async function tellFailures(
  result: ComparisonResult,
  failIf: readonly FailCondition[],
  { stderr }: CliContext,
): Promise<number> {
  const failures = result.comparisons.flatMap((comparison: Comparison) => failureOf(comparison, failIf) ?? []);
  for (const failure of failures) await writeText(stderr, `dbtest: --fail-if: ${failure}\n`);
  return failures.length;
}

async function writeData(text: string, path: string, context: CliContext): Promise<void> {
  if (path === '-') {
    await writeText(context.stdout, text);
    return;
  }
  const file = AtomicFile.open(path);
  file.write(text);
  file.commit();
}
