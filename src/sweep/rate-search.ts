/**
 * The search for the highest open-loop rate that keeps a threshold: doubling or halving until one rate holds and a higher
 * one does not, then halving what lies between (by ratio). One run decides far from the edge. Near it, and at both edges
 * in the end, the majority of several does, so that one lucky or unlucky run does not place the edge. What to do next
 * follows from the trials alone: a search that is begun again with the trials of an earlier one goes on where that ended.
 */
import { assert } from '../assert.ts';
import type { RateStep } from './sweep.ts';

export interface RateSearch {
  /** Where to begin. */
  firstRate: number;
  /** How close the rates at both sides of the edge shall be: 0.05 is 5%. */
  precision: number;
  /** Runs of a rate near the edge, of which the majority decides. */
  repeat: number;
}

/** One run at a rate. */
export interface Trial {
  rate: number;
  holds: boolean;
}

export type NextTrial = { kind: 'run'; rate: number } | { kind: 'settled' } | { kind: 'gave up'; reason: string };

export interface Edges {
  low: number | null;
  high: number | null;
}

/** From this ratio of the edges on a rate between them is near. */
const NEAR = 1.5;
/** A search does not leave the first rate by more than this factor either way. */
const FARTHEST = 2 ** 16;

/** What the trials say of each rate, ascending. */
export function stepsOf(trials: readonly Trial[]): RateStep[] {
  const rates = [...new Set(trials.map(({ rate }) => rate))].sort((left, right) => left - right);
  return rates.map((rate) => {
    const all = trials.filter((trial) => trial.rate === rate);
    const kept = all.filter(({ holds }) => holds).length;
    return { rate, holds: kept > all.length - kept, kept, missed: all.length - kept };
  });
}

/** The lowest rate that does not hold, and the highest below it that does. A rate that holds above one that does not is luck. */
export function edgesOf(steps: readonly RateStep[]): Edges {
  const high = steps.find(({ holds }) => !holds)?.rate ?? null;
  const low = steps.findLast(({ rate, holds }) => holds && (high === null || rate < high))?.rate ?? null;
  return { low, high };
}

/** What to run next, or that there is nothing more to find. */
export function nextTrial({ firstRate, precision, repeat }: RateSearch, trials: readonly Trial[]): NextTrial {
  assert(firstRate > 0 && precision > 0 && repeat >= 1, 'a search needs a rate, a precision and runs');
  const steps = stepsOf(trials);
  const { low, high } = edgesOf(steps);
  if (low === null && high === null) return { kind: 'run', rate: rounded(firstRate) };
  if (high === null) {
    const rate = rounded((low as number) * 2);
    if (rate > firstRate * FARTHEST) return { kind: 'gave up', reason: 'the threshold holds at every rate tried' };
    return { kind: 'run', rate };
  }
  if (low === null) {
    if (!isSettled(steps, high, repeat)) return { kind: 'run', rate: high };
    const rate = rounded(high / 2);
    if (rate < firstRate / FARTHEST || rate <= 0)
      return { kind: 'gave up', reason: 'the threshold holds at no rate tried' };
    return { kind: 'run', rate };
  }
  const latest = trials.at(-1)?.rate ?? low;
  if (wasNear(steps, latest) && !isSettled(steps, latest, repeat)) return { kind: 'run', rate: latest };
  const middle = rounded(Math.sqrt(low * high));
  if (high > low * (1 + precision) && middle > low && middle < high) return { kind: 'run', rate: middle };
  const open = [low, high].find((rate) => !isSettled(steps, rate, repeat));
  return open === undefined ? { kind: 'settled' } : { kind: 'run', rate: open };
}

/** Whether more runs, up to `repeat`, could not turn the majority. */
function isSettled(steps: readonly RateStep[], rate: number, repeat: number): boolean {
  const step = steps.find((each) => each.rate === rate);
  if (step === undefined) return false;
  return step.kept > repeat / 2 || step.missed >= repeat / 2;
}

/** Whether a rate lies close to the nearest that holds below and the nearest that does not above. */
function wasNear(steps: readonly RateStep[], rate: number): boolean {
  const below = steps.findLast((each) => each.rate < rate && each.holds)?.rate;
  const above = steps.find((each) => each.rate > rate && !each.holds)?.rate;
  return below !== undefined && above !== undefined && above <= below * NEAR;
}

/** Four digits: rates that people can type again. */
const rounded = (rate: number): number => Number(rate.toPrecision(4));
