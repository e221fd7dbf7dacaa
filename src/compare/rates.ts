/** Open loops in a comparison: what is compared then, and whether the rate was kept. */
import type { RunResult } from '../bench/result.ts';
import { THROUGHPUT } from './figures.ts';

/** Below this share of its rate a run has fallen behind; the run's own deviations draw the line there too. */
export const LEAST_SHARE_OF_RATE = 0.98;

/** Key of the metric that says most where a rate is set. */
const LATENCY = 'p99';

/** Transactions a second that a run is offered; null where its terminals start again at once, or after thinking. */
export const rateOf = ({ pacing }: RunResult['config']): number | null =>
  pacing.kind === 'rate' ? pacing.transactionsPerSecond : null;

/** At a set rate all configurations that keep up have the same throughput: what differs is how long they take. */
export const metricFor = (a: RunResult['config'], b: RunResult['config']): string =>
  rateOf(a) !== null && rateOf(b) !== null ? LATENCY : THROUGHPUT;

/** What that choice of the metric means for who reads the verdict, as one sentence; null where there is nothing to say. */
export function noteOnRates(
  a: { label: string; config: RunResult['config'] },
  b: { label: string; config: RunResult['config'] },
): string | null {
  const [rateA, rateB] = [rateOf(a.config), rateOf(b.config)];
  if (rateA === null && rateB === null) return null;
  if (rateA === null || rateB === null) {
    const [rated, free] = rateA === null ? [b, a] : [a, b];
    return `${rated.label} runs at a set rate and ${free.label} without one: the throughput of ${rated.label} is the rate it was given.`;
  }
  if (rateA !== rateB) {
    return `${a.label} is offered ${rateA} transactions a second and ${b.label} ${rateB}: their latencies are those of different loads.`;
  }
  return (
    `${a.label} and ${b.label} run at a set rate of ${rateA} transactions a second (open loop), at which all that keep up have the ` +
    `same throughput: latency is compared, and the verdict is about ${LATENCY}.`
  );
}

/** Whether a run completed what it was offered; true where no rate was set. */
export function keptRate({ config, totals, phases }: RunResult): boolean {
  const rate = rateOf(config);
  if (rate === null) return true;
  return (totals.commits + totals.userAborts) / phases.measuredSeconds >= rate * LEAST_SHARE_OF_RATE;
}
