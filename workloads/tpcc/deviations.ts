/** What a report must say about a run that is not as the specification wants it. Called on the main thread after a run. */
import type { RunConfig } from '../../src/config/run-config.ts';
import { REMOTE_ITEM_PCT, REMOTE_PAYMENT_PCT } from './specification.ts';

/** 5.5.2.1: the measurement interval. */
const LEAST_MEASURED_SECONDS = 120 * 60;
/** 4.2.2: terminals a warehouse. */
const TERMINALS = 10;
/** 2.7.4.2: more skipped deliveries than this must be reported. */
const MOST_SKIPPED_PCT = 1;

/** @param counters of the measurement, summed over all workers */
export function deviations(config: RunConfig, counters: Record<string, number>, measuredSeconds: number): string[] {
  const found: string[] = [];
  const { pacing, mix, terminalsPerWarehouse } = config;
  if (pacing.kind === 'none') {
    found.push(
      'no keying and think times (5.2.5): terminals start again at once, so tpmC is not bounded by the warehouses',
    );
  }
  if (pacing.kind === 'rate') {
    found.push(
      `no keying and think times (5.2.5): an open loop offers ${pacing.transactionsPerSecond} transactions a second`,
    );
  }
  if (mix.kind === 'weights') found.push('the mix is drawn by --mix weights instead of the deck (5.2.4.2)');
  if (terminalsPerWarehouse !== TERMINALS) {
    found.push(`${terminalsPerWarehouse} terminals a warehouse instead of ${TERMINALS} (4.2.2)`);
  }
  if (measuredSeconds < LEAST_MEASURED_SECONDS) {
    found.push(
      `a measurement of ${Number(measuredSeconds.toPrecision(3))} s instead of at least 120 minutes (5.5.2.1)`,
    );
  }
  for (const [option, specified] of [
    ['remoteItemPct', REMOTE_ITEM_PCT],
    ['remotePaymentPct', REMOTE_PAYMENT_PCT],
  ] as const) {
    const value = config.workload.options[option];
    if (value !== specified) found.push(`${option} is ${value} instead of ${specified} (2.4.1.5, 2.5.1.2)`);
  }
  const skipped = (100 * counters['skippedDistricts']) / Math.max(1, counters['deliveredDistricts']);
  if (skipped > MOST_SKIPPED_PCT) {
    found.push(
      `${skipped.toFixed(1)}% of the districts that Deliveries visited had no undelivered order (2.7.4.2)${
        pacing.kind === 'none' && mix.kind === 'deck'
          ? '; without pacing the deck takes more orders out than it puts in'
          : ''
      }`,
    );
  }
  if (config.database !== undefined) return found;
  if (config.durability === undefined) found.push('nothing is durable (3.5): the database is in memory');
  found.push(
    'ITEM cannot be updated while it is in use: the isolation test of 3.4.2 that changes a price does not apply',
  );
  return found;
}
