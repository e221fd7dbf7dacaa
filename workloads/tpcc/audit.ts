/**
 * The audit of the drawn input (TPC-C 9.2.2.5 and 5.2.3): counters of a measured run in, verdicts out. Runs in the main
 * thread after the measurement; it knows neither the engine nor how the input was drawn.
 *
 * A correct generator leaves the specification's ranges by chance in short runs. So a value inside its range passes; one
 * outside fails only where chance does not explain it at the run's own sample size, and is "too few" otherwise.
 */
import { assert } from '../../src/assert.ts';
import type { AuditRow, AuditVerdict } from '../../src/bench/result.ts';
import { binomialAtMost, binomialTest, normalTwoSided } from './binomial.ts';
import type { COUNTER_NAMES } from './counters.ts';
import {
  BY_LAST_NAME_PCT,
  FEWEST_LINES,
  MOST_LINES,
  REMOTE_ITEM_PCT,
  REMOTE_PAYMENT_PCT,
  ROLLBACK_PCT,
} from './specification.ts';

/**
 * A deviation this improbable under a correct generator is a fault and not chance. A report has a dozen rows and is made
 * thousands of times: at one in a thousand, correct runs would be called wrong every week. It costs a factor of two in
 * the sample that is needed to find a real fault.
 */
const CHANCE_LIMIT = 1e-6;

/** O_OL_CNT is uniform over its values (TPC-C 2.4.1.3). */
const MEAN_LINES = (FEWEST_LINES + MOST_LINES) / 2;
const VARIANCE_LINES = ((MOST_LINES - FEWEST_LINES + 1) ** 2 - 1) / 12;

/** Least shares of the mix in percent (TPC-C 5.2.3), by the counter of the started transactions of that type. */
const MIX = [
  { title: 'New-Order', counter: 'newOrders', leastPct: null },
  { title: 'Payment', counter: 'payments', leastPct: 43 },
  { title: 'Order-Status', counter: 'orderStatuses', leastPct: 4 },
  { title: 'Delivery', counter: 'deliveries', leastPct: 4 },
  { title: 'Stock-Level', counter: 'stockLevels', leastPct: 4 },
] as const;

export interface AuditContext {
  /** Warehouses of the whole cluster; with one there is no remote warehouse. */
  totalWarehouses: number;
  remoteItemPct: number;
  remotePaymentPct: number;
  /** Percent of the mix that the run aims at, by counter (`payments`), where known. */
  mixPct?: Readonly<Record<string, number>>;
}

/** A row about the share of `hits` in `samples`: against the range, or the expected share alone where there is none. */
function shareRow(
  name: string,
  hits: number,
  samples: number,
  expected: number,
  range: readonly [low: number, high: number] | null,
): AuditRow {
  const measured = samples === 0 ? null : (100 * hits) / samples;
  return {
    name,
    unit: '%',
    measured,
    expected,
    low: range?.[0] ?? null,
    high: range?.[1] ?? null,
    samples,
    verdict: shareVerdict(measured, hits, samples, expected / 100, range),
  };
}

function shareVerdict(
  measured: number | null,
  hits: number,
  samples: number,
  probability: number,
  range: readonly [low: number, high: number] | null,
): AuditVerdict {
  if (measured === null) return 'too few';
  if (range !== null && measured >= range[0] && measured <= range[1]) return 'pass';
  if (binomialTest(hits, samples, probability) < CHANCE_LIMIT) return 'fail';
  if (range !== null) return 'too few';
  // Without a range the test alone passes a value, which says something only where the rarer outcome was to be expected.
  const rarer = Math.min(probability, 1 - probability);
  return rarer > 0 && samples * rarer < 10 ? 'too few' : 'pass';
}

/** A remote row: not applicable with one warehouse; a changed option has no range, since the specification allows none. */
function remoteRow(
  name: string,
  hits: number,
  samples: number,
  context: AuditContext,
  option: { pct: number; specifiedPct: number; range: readonly [low: number, high: number] },
): AuditRow {
  const row = shareRow(name, hits, samples, option.pct, option.pct === option.specifiedPct ? option.range : null);
  return context.totalWarehouses > 1
    ? row
    : { ...row, expected: 0, low: null, high: null, verdict: hits === 0 ? 'not applicable' : 'fail' };
}

function linesRow(orderLines: number, newOrders: number): AuditRow {
  const low = 9.5;
  const high = 10.5;
  const measured = newOrders === 0 ? null : orderLines / newOrders;
  let verdict: AuditVerdict = 'too few';
  if (measured !== null) {
    const z = (measured - MEAN_LINES) / Math.sqrt(VARIANCE_LINES / newOrders);
    if (measured >= low && measured <= high) verdict = 'pass';
    else if (normalTwoSided(z) < CHANCE_LIMIT) verdict = 'fail';
  }
  const name = 'order lines per New-Order';
  return { name, unit: 'lines', measured, expected: MEAN_LINES, low, high, samples: newOrders, verdict };
}

/**
 * A row of the mix: `leastPct` is the minimum of TPC-C 5.2.3; New-Order has none. A mix that aims below it was asked for:
 * that is no fault of the input, and the deviations name it.
 */
function mixRow(
  title: string,
  started: number,
  total: number,
  leastPct: number | null,
  expected: number | null,
): AuditRow {
  const measured = total === 0 ? null : (100 * started) / total;
  let verdict: AuditVerdict = 'too few';
  if (leastPct === null || (expected !== null && expected < leastPct)) verdict = 'info';
  else if (measured !== null && measured >= leastPct) verdict = 'pass';
  else if (measured !== null && binomialAtMost(started, total, leastPct / 100) < CHANCE_LIMIT) verdict = 'fail';
  return {
    name: `${title} in the mix`,
    unit: '%',
    measured,
    expected,
    low: leastPct,
    high: null,
    samples: total,
    verdict,
  };
}

/**
 * Verdicts on the run's own input (TPC-C 9.2.2.5, and the mix of 5.2.3).
 * @param counters of started transactions over the measurement, summed over all workers; `newOrders` and `orderLines` include
 *   the rolled-back ones. Other keys are ignored, a missing one is a bug
 */
export function auditInput(counters: Readonly<Record<string, number>>, context: AuditContext): AuditRow[] {
  const count = (name: (typeof COUNTER_NAMES)[number]): number => {
    const value = counters[name];
    assert(value !== undefined && Number.isSafeInteger(value) && value >= 0, `no usable counter ${name}: ${value}`);
    return value;
  };
  const newOrders = count('newOrders');
  const payments = count('payments');
  const orderLines = count('orderLines');
  const started = MIX.reduce((sum, { counter }) => sum + count(counter), 0);
  return [
    shareRow('New-Orders rolled back', count('newOrdersRolledBack'), newOrders, ROLLBACK_PCT, [0.9, 1.1]),
    linesRow(orderLines, newOrders),
    remoteRow('remote order lines', count('remoteOrderLines'), orderLines, context, {
      pct: context.remoteItemPct,
      specifiedPct: REMOTE_ITEM_PCT,
      range: [0.95, 1.05],
    }),
    remoteRow('remote Payments', count('remotePayments'), payments, context, {
      pct: context.remotePaymentPct,
      specifiedPct: REMOTE_PAYMENT_PCT,
      range: [14, 16],
    }),
    shareRow('Payments by last name', count('paymentsByLastName'), payments, BY_LAST_NAME_PCT, [57, 63]),
    shareRow(
      'Order-Status by last name',
      count('orderStatusesByLastName'),
      count('orderStatuses'),
      BY_LAST_NAME_PCT,
      [57, 63],
    ),
    ...MIX.map(({ title, counter, leastPct }) =>
      mixRow(title, count(counter), started, leastPct, context.mixPct?.[counter] ?? null),
    ),
  ];
}
