/** The points of a sweep as runs: their options, checked by the parser and the rules of a run before the first one starts. */
import { createHash } from 'node:crypto';
import { availableParallelism, cpus } from 'node:os';
import { parseWholeNumber } from '../config/numbers.ts';
import type { RunConfig } from '../config/run-config.ts';
import { shownText } from '../config/shown.ts';
import { suggestion } from '../config/suggest.ts';
import { dbtestVersion } from '../config/version.ts';
import { usageFault } from '../errors.ts';
import { checkThreshold } from '../report/thresholds.ts';
import { describeValues, productOf, SHARDS_AXIS } from '../sweep/axes.ts';
import type { PlanParts } from '../sweep/journal.ts';
import type { AxisValues, PointFacts, SweepConfig } from '../sweep/sweep.ts';
import { peekOption } from './arguments.ts';
import type { CliContext } from './context.ts';
import { DEFAULT_WORKLOAD } from './option-definitions.ts';
import { configOfWords } from './run-words.ts';
import { handedOn, type SweepOptions } from './sweep-options.ts';
import { joinWords } from './words.ts';
import { type LoadedWorkload, loadWorkload } from './workloads.ts';

const MOST_SHARDS = 64;
const ON = 'on';
const OFF = 'off';

export interface PlannedPoint {
  facts: PointFacts;
  /** Options of its runs, without the seed. */
  words: string[];
  /** What they come to. */
  runConfig: RunConfig;
}

export interface SweepPlan {
  config: SweepConfig;
  points: PlannedPoint[];
  /** What makes it this plan and no other, for the journal. */
  parts: PlanParts;
}

/** @throws OperatingFault (exit status 2) where one of the points could not run */
export async function planSweep(
  options: SweepOptions,
  workload: LoadedWorkload,
  context: CliContext,
): Promise<SweepPlan> {
  const { axes, runWords, repeat, seed, search } = options;
  refuseUnknownAxes(options, workload);
  const config: SweepConfig = { axes, options: [...runWords], repeat, seed };
  const points: PlannedPoint[] = [];
  const configs: RunConfig[] = [];
  for (const values of productOf(axes)) {
    const words = [...runWords, ...Object.entries(values).flatMap(([name, value]) => wordsOf(name, value, workload))];
    const label = axes.length === 0 ? 'sweep' : describeValues(values);
    const runConfig = await configOfWords(search === null ? words : [...words, '--rate=1'], label, context);
    if (search !== null) await checkSearch(options, runConfig, context);
    configs.push(runConfig);
    points.push(pointOf(values, words, runConfig, search !== null));
  }
  return { config, points, parts: partsOf(options, config, configs) };
}

function refuseUnknownAxes({ axes, runWords }: SweepOptions, workload: LoadedWorkload): void {
  const known = Object.keys(handedOn(workload));
  const variesWorkload = axes.some(({ name }) => name === 'workload');
  for (const { name } of axes) {
    if (name === SHARDS_AXIS) {
      const clash = ['local-shards', 'shard-index', 'shard-config'].find(
        (other) => peekOption(runWords, other) !== undefined,
      );
      if (clash !== undefined)
        throw usageFault(`--${clash}: --vary shards makes the shards itself; leave out one of the two`);
    } else if (name === 'seed') {
      throw usageFault(
        '--vary: the seeds of the runs are the sweep’s; say with --seed where they begin, and with --repeat how many there are',
      );
    } else if (!known.includes(name) && !variesWorkload) {
      const hint = suggestion(name, [SHARDS_AXIS, ...known], '; dbtest sweep --help lists the options of a run');
      throw usageFault(`--vary: ${shownText(name)} is no option of a run that can be varied${hint}`);
    }
  }
}

function wordsOf(name: string, value: string, workload: LoadedWorkload): string[] {
  if (name === SHARDS_AXIS) {
    const count = parseWholeNumber(value);
    if (count === null || count < 1 || count > MOST_SHARDS) {
      throw usageFault(
        `--vary: shards: ${shownText(value)} is not accepted; give whole numbers from 1 to ${MOST_SHARDS}`,
      );
    }
    return [`--local-shards=${Array.from({ length: count }, (_, shardId) => shardId).join(',')}`];
  }
  if (handedOn(workload)[name]?.kind !== 'flag') return [`--${name}=${value}`];
  if (value !== ON && value !== OFF)
    throw usageFault(`--vary: ${name}: ${shownText(value)} is not accepted; give ${ON} or ${OFF}`);
  return value === ON ? [`--${name}`] : [];
}

async function checkSearch({ search }: SweepOptions, config: RunConfig, context: CliContext): Promise<void> {
  if (search === null) return;
  const { transactionKeys } = await loadWorkload(config.workload.name ?? DEFAULT_WORKLOAD, context.workloadsFolder);
  const names = { transactions: transactionKeys, shardIds: config.localShardIds, isWhole: true };
  checkThreshold(search.threshold, names, '--find-max-rate');
}

function pointOf(values: AxisValues, words: string[], config: RunConfig, isSearch: boolean): PlannedPoint {
  const { cluster, numThreads, pacing } = config;
  const shards = cluster.shards.length;
  return {
    facts: {
      values,
      shards,
      threads: numThreads,
      warehouses: cluster.warehousesPerShard,
      isClosedLoop: !isSearch && pacing.kind === 'none',
    },
    words,
    runConfig: config,
  };
}

/** In the order in which a difference is best told. */
function partsOf({ search }: SweepOptions, config: SweepConfig, configs: readonly RunConfig[]): PlanParts {
  const resolved = configs.map(({ memoryLimitBytes: _, ...config }) => config);
  return {
    vary: config.axes.map(({ name, values }) => `${name}=${values.join(',')}`),
    options: joinWords(config.options),
    repeat: config.repeat,
    seed: config.seed,
    threshold: search?.threshold.text ?? null,
    precision: search?.precisionPct ?? null,
    firstRate: search?.firstRate ?? null,
    version: dbtestVersion(),
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.version}`,
    // The shard YAML may have changed although its path has not.
    configurations: createHash('sha256').update(JSON.stringify(resolved)).digest('hex'),
  };
}

/** A process starts, loads about three warehouses a second, checks and ends. */
const SECONDS_A_RUN = 1.5;
const SECONDS_A_WAREHOUSE = 0.5;

/** What one run of a point takes on the whole, roughly. */
export const secondsOf = ({ runConfig, facts }: PlannedPoint): number =>
  runConfig.warmupSeconds +
  runConfig.runtimeSeconds +
  SECONDS_A_RUN +
  SECONDS_A_WAREHOUSE * facts.shards * facts.warehouses;
