/** In which order variants run, and until when. */
import type { RunResult } from '../bench/result.ts';
import { OperatingFault } from '../errors.ts';
import { enoughPairs, NOMINAL_CONFIDENCE, type PairPlan, pairsMostOf } from '../statistics/pair-plan.ts';
import { pairedRatio, type RatioEstimate } from '../statistics/paired-ratio.ts';
import type { ComparisonEnd } from './comparison.ts';
import { figuresOf } from './figures.ts';

/** Positions of the two variants that are compared, in the list of variants. */
export interface ComparedPair {
  a: number;
  b: number;
  title: string;
  /** Key of the metric that stop and verdict are about. */
  metric: string;
}

export interface ScheduleEvents {
  /** After each round; `estimates` has one for each compared pair, null where there is no ratio. */
  round(round: number, results: readonly RunResult[], estimates: readonly (RatioEstimate | null)[]): void;
}

export interface Schedule {
  variants: number;
  compared: readonly ComparedPair[];
  plan: PairPlan;
  /** Of the first round; each further round has the next one. */
  seed: number;
}

export interface ScheduleOutcome {
  /** By variant, then by round; whole rounds only. */
  results: RunResult[][];
  endedBy: ComparisonEnd;
  /** What a run failed with after the first round. */
  fault: OperatingFault | null;
}

export type RunVariant = (variant: number, seed: number, round: number) => Promise<RunResult>;

/** Seeds have 32 bits, and follow each other round the end. */
const SEEDS = 2 ** 32;

/**
 * Runs every variant once a round, forwards in even rounds and backwards in odd ones: A B B A A B B A. Whoever runs first in
 * one round runs last in the next, so that what a machine gains or loses over time falls on all alike.
 * @param run one run of the variant at that position
 * @param stopped asked after each round
 * @throws OperatingFault what a run of the first round failed with
 */
export async function runSchedule(
  schedule: Schedule,
  run: RunVariant,
  stopped: () => boolean,
  events: ScheduleEvents,
): Promise<ScheduleOutcome> {
  const { compared, plan } = schedule;
  const results: RunResult[][] = Array.from({ length: schedule.variants }, () => []);
  const ended = (endedBy: ComparisonEnd): ScheduleOutcome => ({ results, endedBy, fault: null });
  for (let round = 0; ; round++) {
    let latest: RunResult[];
    try {
      latest = await runRound(schedule, round, run);
    } catch (fault) {
      // An hour of pairs is not given up for one run that failed.
      if (round === 0 || !(fault instanceof OperatingFault)) throw fault;
      return { ...ended('fault'), fault };
    }
    for (const [variant, result] of latest.entries()) results[variant]?.push(result);
    const estimates = compared.map((pair) => estimateOf(results, pair));
    events.round(round, latest, estimates);
    if (stopped()) return ended('interrupt');
    const known = estimates.filter((estimate) => estimate !== null);
    if (round + 1 >= pairsMostOf(plan)) return ended(plan.kind === 'fixed' ? 'pairs' : 'most-pairs');
    if (known.length === estimates.length && enoughPairs(plan, round + 1, () => known)) return ended('precision');
  }
}

/** @returns results by variant */
async function runRound(schedule: Schedule, round: number, run: RunVariant): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (let place = 0; place < schedule.variants; place++) {
    const variant = round % 2 === 0 ? place : schedule.variants - 1 - place;
    results[variant] = await run(variant, (schedule.seed + round) % SEEDS, round);
  }
  return results;
}

function estimateOf(results: readonly RunResult[][], { a, b, metric }: ComparedPair): RatioEstimate | null {
  return estimateRatio(results[a] ?? [], results[b] ?? [], metric);
}

/** B to A over pairs of runs; null where a run lacks the figure. */
export function estimateRatio(a: readonly RunResult[], b: readonly RunResult[], metric: string): RatioEstimate | null {
  const left = a.map((result) => figuresOf(result)[metric] ?? 0);
  const right = b.map((result) => figuresOf(result)[metric] ?? 0);
  return pairedRatio(
    left.map((value, i) => ({ a: value, b: right[i] as number })),
    NOMINAL_CONFIDENCE,
  );
}
