/** Verdicts on the drawn input: the shares that the options ask for. Main thread, after the measurement. */
import { assert } from '../../src/assert.ts';
import type { AuditRow, AuditVerdict } from '../../src/bench/result.ts';
import type { COUNTER_NAMES } from './counters.ts';

/** Standard deviations that chance does not reach in a lifetime of runs. */
const DEVIATIONS_MOST = 5;
/** Fewer of the rarer outcome than this say nothing. */
const LEAST_EXPECTED = 10;

export interface AuditContext {
  totalWarehouses: number;
  lists: number;
  remotePct: number;
  hotPct: number;
  userAbortPct: number;
}

/** @param counters of started transactions over the measurement, summed over all workers */
export function auditInput(counters: Readonly<Record<string, number>>, context: AuditContext): AuditRow[] {
  const count = (name: (typeof COUNTER_NAMES)[number]): number => {
    const value = counters[name];
    assert(value !== undefined && Number.isSafeInteger(value) && value >= 0, `no usable counter ${name}: ${value}`);
    return value;
  };
  const remotePct = context.totalWarehouses === 1 ? 0 : context.remotePct;
  const firstListPct = context.hotPct + (100 - context.hotPct) / context.lists;
  return [
    share('operations on another warehouse', count('remoteOperations'), count('operations'), remotePct),
    share('operations on the first list', count('hotOperations'), count('operations'), firstListPct),
    share('user aborts asked for', count('askedUserAborts'), count('appendTransactions'), context.userAbortPct),
  ];
}

function share(name: string, hits: number, samples: number, expected: number): AuditRow {
  const measured = samples === 0 ? null : (100 * hits) / samples;
  const verdict = verdictOf(hits, samples, expected / 100);
  return { name, unit: '%', measured, expected, low: null, high: null, samples, verdict };
}

function verdictOf(hits: number, samples: number, probability: number): AuditVerdict {
  if (samples === 0) return 'too few';
  const deviation = Math.sqrt(samples * probability * (1 - probability));
  if (Math.abs(hits - samples * probability) > DEVIATIONS_MOST * deviation) return 'fail';
  const rarer = Math.min(probability, 1 - probability);
  return rarer > 0 && samples * rarer < LEAST_EXPECTED ? 'too few' : 'pass';
}
