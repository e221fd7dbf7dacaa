/** What `dbtest simulate` does: runs seeds of the simulator, and repeats and tells what goes wrong. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseWholeNumber } from '../config/numbers.ts';
import { shownText } from '../config/shown.ts';
import { suggestion } from '../config/suggest.ts';
import { EXIT, usageFault } from '../errors.ts';
import { runCampaign } from '../simulation/campaign.ts';
import type { CampaignPlan, NamedWorkload } from '../simulation/campaign-plan.ts';
import type { SimulatedWorkload } from '../simulation/contract.ts';
import { describePlan, makePlan } from '../simulation/plan.ts';
import { type SeedReport, simulate } from '../simulation/simulation.ts';
import type { GivenValues } from './command.ts';
import type { CliContext } from './context.ts';
import { watchInterrupts } from './interrupts.ts';
import { Log } from './log.ts';
import { OptionReader } from './option-reader.ts';
import { simulationJson, simulationText } from './simulation-report.ts';
import { widthOf, writeText } from './streams.ts';
import { workloadNames } from './workloads.ts';

const MOST_THREADS = 64;
/** The trace of a run that fails, as far as it is shown without `--trace`. */
const TRACE_LINES = 40;
/** The trace hash of every run is shown for so many runs. */
const HASHES_MOST = 20;
const MODULE_FILE = `simulation${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;

/**
 * Executes the command.
 * @param defaultSeeds how many seeds run where nothing is said
 * @param all stands for every workload
 * @returns the exit status
 */
export async function simulateSeeds(
  given: GivenValues,
  context: CliContext,
  defaultSeeds: number,
  all: string,
): Promise<number> {
  const read = new OptionReader(given);
  const { firstSeed, lastSeed } = readSeeds(read, defaultSeeds);
  const workloads = readWorkloads(read, context.workloadsFolder, all);
  const seeds = lastSeed - firstSeed + 1;
  const most = Math.min(availableParallelism(), MOST_THREADS);
  const threads = Math.min(read.wholeNumber('threads', { low: 1, high: MOST_THREADS }) ?? most, seeds);
  const isTraced = read.flag('trace');
  if (isTraced && seeds > 1) throw usageFault('--trace: shows one seed; give --seed alone');
  const keepsHashes = seeds * workloads.length <= HASHES_MOST;
  const plan: CampaignPlan = { workloads, firstSeed, lastSeed, threads, keepsHashes };
  if (isTraced) for (const workload of workloads) await trace(workload, firstSeed, context, Number.POSITIVE_INFINITY);
  const log = new Log(context, { quiet: read.flag('quiet') || isTraced });
  const startMs = context.nowMs();
  let interrupted = false;
  const stopWatching = watchInterrupts(
    context.signals,
    context.nowMs,
    () => {
      interrupted = true;
    },
    () => context.exitNow(EXIT.interrupted),
  );
  const report = await runCampaign(
    plan,
    (done) => {
      const elapsedSeconds = (context.nowMs() - startMs) / 1000;
      log.progress({ phase: 'task', title: 'Simulating', noun: 'seeds', done, expected: seeds, elapsedSeconds });
    },
    () => interrupted,
  ).finally(stopWatching);
  log.close();
  const seconds = (context.nowMs() - startMs) / 1000;
  const outcome = { plan, report, seconds, interrupted };
  await writeText(
    context.stdout,
    read.flag('json') ? simulationJson(outcome) : simulationText(outcome, widthOf(context.stdout)),
  );
  const [failed] = report.failed;
  if (failed === undefined) return interrupted ? EXIT.interrupted : EXIT.good;
  if (!isTraced) await explain(failed, workloads, context);
  return EXIT.consistency;
}

/** The end of the failed run's trace, and the command that repeats it. */
async function explain(failed: SeedReport, workloads: readonly NamedWorkload[], context: CliContext): Promise<void> {
  const workload = workloads.find(({ name }) => name === failed.workload);
  if (workload !== undefined) await trace(workload, failed.seed, context, TRACE_LINES);
  await writeText(
    context.stderr,
    `repeat it with: dbtest simulate --workload ${failed.workload} --seed ${failed.seed} --trace\n`,
  );
}

/** Runs one seed again and writes the last lines of its trace. */
async function trace({ name, moduleUrl }: NamedWorkload, seed: number, context: CliContext, linesMost: number) {
  const { default: workload } = (await import(moduleUrl)) as { default: SimulatedWorkload };
  const plan = makePlan(name, workload, seed);
  const lines: string[] = [];
  const report = simulate(plan, workload, {
    sink: (nowMs, who, what) => {
      lines.push(`${nowMs.toFixed(4).padStart(12)} ms  ${who.padEnd(13)} ${what}`);
      if (lines.length > 2 * linesMost) lines.splice(0, linesMost);
    },
  });
  const shown = lines.slice(-Math.min(linesMost, lines.length));
  const end = report.violations.map((violation) => `violated: ${violation}`);
  await writeText(context.stderr, `${[describePlan(plan), ...shown, ...end].join('\n')}\n`);
}

function readSeeds(read: OptionReader, defaultSeeds: number): { firstSeed: number; lastSeed: number } {
  const seed = read.wholeNumber('seed', { low: 0, high: Number.MAX_SAFE_INTEGER });
  const text = read.matching(
    'seeds',
    /^[0-9]+(\.\.[0-9]+)?$/,
    'how many seeds (500), or the first and the last (1001..3000)',
  );
  if (text === null) return { firstSeed: seed ?? 1, lastSeed: seed ?? defaultSeeds };
  const numbers = text.split('..').map(parseWholeNumber);
  const refuse = (rule: string) => usageFault(`--seeds: ${shownText(text)} is not accepted; ${rule}`);
  const [first, last] = numbers;
  if (first === null || first === undefined) throw refuse('the number is too large');
  if (numbers.length === 1) {
    if (first === 0) throw refuse('give at least one seed');
    return { firstSeed: seed ?? 1, lastSeed: (seed ?? 1) + first - 1 };
  }
  if (seed !== null) throw usageFault(`--seed: --seeds ${shownText(text)} says where to begin; leave --seed out`);
  if (last === null || last === undefined) throw refuse('the number is too large');
  if (last < first) throw refuse('the last seed is not below the first');
  return { firstSeed: first, lastSeed: last };
}

function readWorkloads(read: OptionReader, folder: URL, all: string): NamedWorkload[] {
  const urlOf = (name: string) => new URL(`${name}/${MODULE_FILE}`, folder);
  const names = workloadNames(folder).filter((name) => existsSync(urlOf(name)));
  const wanted = read.text('workload', `${all}, or one of ${names.join(', ')}`) ?? all;
  if (wanted !== all && !names.includes(wanted)) {
    const hint = suggestion(wanted, [all, ...names], `; give ${all}, or one of ${names.join(', ')}`);
    throw usageFault(`--workload: the simulator knows no workload ${shownText(wanted)}${hint}`);
  }
  if (names.length === 0) throw usageFault('--workload: no workload has a module for the simulator');
  return names
    .filter((name) => wanted === all || name === wanted)
    .map((name) => ({ name, moduleUrl: urlOf(name).href }));
}
