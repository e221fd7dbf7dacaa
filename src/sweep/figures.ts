/** What a sweep keeps of a run's result. */
import type { RunResult } from '../bench/result.ts';
import { figuresOf } from '../compare/figures.ts';
import type { SweepRun } from './sweep.ts';

export function sweepRunOf(result: RunResult): SweepRun {
  const { totals } = result;
  const { throughput = null, ...latencies } = figuresOf(result);
  return {
    seed: result.seed,
    startedAt: result.startedAt,
    endedBy: result.endedBy,
    consistent: result.consistency.passed,
    figures: { throughput, tpmC: totals.tpmC, crossShardPct: totals.crossShardPct, ...latencies },
  };
}

/** Transactions a second that came to their end, those that the user aborted included. */
export const completedTps = ({ totals, phases }: RunResult): number =>
  phases.measuredSeconds > 0 ? (totals.commits + totals.userAborts) / phases.measuredSeconds : 0;
