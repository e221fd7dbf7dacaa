/**
 * Bounds that a run is held to: `newOrder.p99<5ms`, `throughput>50000`, `shard0.newOrder.crossShard.p99<20ms`. Pure: a text
 * becomes a threshold, a threshold and a result become a verdict. What a metric is called is what the JSON result calls it.
 */
import type { LatencySummary, RunResult, ThresholdResult, TransactionResult } from '../bench/result.ts';
import { parseDecimal, parseWholeNumber } from '../config/numbers.ts';
import { shownText } from '../config/shown.ts';
import { suggestion } from '../config/suggest.ts';
import { type OperatingFault, usageFault } from '../errors.ts';

const COMPARISONS = ['<=', '>=', '<', '>'] as const;
export type ThresholdComparison = (typeof COMPARISONS)[number];

const LATENCIES = ['mean', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const satisfies (keyof LatencySummary)[];
type LatencyFigure = (typeof LATENCIES)[number];

/** Figures that are no latency, with their units. */
const COUNTED = {
  throughput: 'tx/s',
  tpmC: '1/min',
  commits: 'count',
  userAborts: 'count',
  userAbortsPct: '%',
  conflictAborts: 'count',
  conflictAbortsPct: '%',
  crossShardPct: '%',
} as const satisfies Record<string, ThresholdResult['unit']>;
type CountedFigure = keyof typeof COUNTED;

const PARTS = ['local', 'crossShard', 'deferred'] as const;
type Part = (typeof PARTS)[number];

/** What a threshold is about. */
export interface ThresholdMetric {
  /** Null for everything that the result covers. */
  shardId: number | null;
  /** Key of the transaction; null for all together. */
  transaction: string | null;
  /** Of a transaction's latency: its executions within a shard, those across shards, or the deferred half. */
  part: Part | null;
  figure: LatencyFigure | CountedFigure;
}

export interface Threshold {
  /** As it was given. */
  text: string;
  metric: ThresholdMetric;
  comparison: ThresholdComparison;
  /** In `unit`. */
  limit: number;
  /** Latencies are compared in microseconds, whatever unit they were given in. */
  unit: ThresholdResult['unit'];
}

/** What a run has, for thresholds to be about. */
export interface ThresholdNames {
  /** Keys of its transactions. */
  transactions: readonly string[];
  /** Shards that the result has figures of. */
  shardIds: readonly number[];
  /** Whether it has those of the whole cluster. */
  isWhole: boolean;
}

const MICROSECONDS: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, '\u00b5s': 1, '\u03bcs': 1, ms: 1e3, s: 1e6 };

const METRICS =
  `${Object.keys(COUNTED).join(', ')}, and ${LATENCIES.join(', ')} of latency (all together) or of a transaction ` +
  '(newOrder.p99, newOrder.crossShard.p99), with shard0. in front for those of a shard';

export const THRESHOLD_FORMS = "'newOrder.p99<5ms', 'throughput>50000' or 'shard0.latency.p999<=20ms'";

/**
 * @param text a metric, `<`, `<=`, `>` or `>=`, and a number; latencies with their unit (ns, us, µs, ms, s)
 * @param option names it in messages
 * @throws OperatingFault USAGE; whether the run has such transactions and shards is for `checkThreshold`
 */
export function parseThreshold(text: string, option = '--threshold'): Threshold {
  const refusal = (problem: string): OperatingFault => usageFault(`${option}: ${shownText(text)}: ${problem}`);
  const pieces = /^\s*([^<>=\s]+)\s*(<=|>=|<|>)\s*([^<>=]+?)\s*$/.exec(text);
  if (pieces === null)
    throw refusal(`give a metric, ${COMPARISONS.join(' ')}, and a value, such as ${THRESHOLD_FORMS}`);
  const [, name, comparison, value] = pieces as unknown as [string, string, ThresholdComparison, string];
  const metric = parseMetric(name);
  if (metric === null) throw refusal(`there is no metric ${name}; the metrics are ${METRICS}`);
  const { figure, shardId, transaction } = metric;
  if (isLatency(figure)) {
    const limit = parseLatencyUs(value);
    if (limit !== null) return { text: text.trim(), metric, comparison, limit, unit: 'us' };
    throw refusal(`${shownText(value)} is no latency; give a number with its unit: ns, us, µs, ms or s`);
  }
  if (figure === 'tpmC' && (shardId !== null || transaction !== null)) {
    throw refusal('tpmC is a figure of the whole run; leave out what is in front of it');
  }
  const unit = COUNTED[figure];
  const limit = parseDecimal(unit === '%' ? value.replace(/\s*%$/, '') : value);
  if (limit !== null && limit >= 0) return { text: text.trim(), metric, comparison, limit, unit };
  throw refusal(`${shownText(value)} is not accepted; give a ${unit === '%' ? 'percentage' : 'number'} of 0 or more`);
}

const isLatency = (figure: ThresholdMetric['figure']): figure is LatencyFigure =>
  (LATENCIES as readonly string[]).includes(figure);

/** `[shardN.][latency.|TRANSACTION.[PART.]]FIGURE` */
function parseMetric(name: string): ThresholdMetric | null {
  const words = name.replace(/p99\.9$/, 'p999').split('.');
  const figure = words.pop() as ThresholdMetric['figure'];
  if (!isLatency(figure) && !Object.hasOwn(COUNTED, figure)) return null;
  const shardText = /^shard(\d+)$/.exec(words[0] ?? '')?.[1];
  const shardId = shardText === undefined ? null : parseWholeNumber(shardText);
  if (shardText !== undefined) words.shift();
  const [transaction, part, ...others] = words;
  if (others.length > 0 || transaction === '') return null;
  if (part !== undefined && !(isLatency(figure) && (PARTS as readonly string[]).includes(part))) return null;
  if (transaction === 'latency')
    return part === undefined && isLatency(figure) ? { shardId, transaction: null, part: null, figure } : null;
  return { shardId, transaction: transaction ?? null, part: (part as Part | undefined) ?? null, figure };
}

function parseLatencyUs(text: string): number | null {
  const [, number = '', unit = ''] = /^([\d.]+)\s*(\D+)$/.exec(text) ?? [];
  const value = parseDecimal(number);
  return value === null || !Object.hasOwn(MICROSECONDS, unit) ? null : value * (MICROSECONDS[unit] as number);
}

/**
 * Refuses a threshold that the run can never have a figure for.
 * @throws OperatingFault USAGE
 */
export function checkThreshold(
  { text, metric }: Threshold,
  { transactions, shardIds, isWhole }: ThresholdNames,
  option = '--threshold',
): void {
  const refusal = (problem: string): OperatingFault => usageFault(`${option}: ${shownText(text)}: ${problem}`);
  const { transaction, shardId } = metric;
  if (transaction !== null && !transactions.includes(transaction)) {
    const known = `; the workload has ${transactions.join(', ')}, and latency is all of them together`;
    throw refusal(`there is no transaction ${transaction}${suggestion(transaction, transactions, known)}`);
  }
  const local = shardIds.map((id) => `shard${id}`).join(', ');
  if (shardId !== null && !shardIds.includes(shardId)) {
    throw refusal(`this process has no figures of shard${shardId}; it has ${local}`);
  }
  if (shardId === null && !isWhole) {
    throw refusal(`the process with shard 0 has the figures of the cluster; this one has those of ${local}`);
  }
}

/**
 * Holds a run to a threshold. A metric without samples has no value, and fails.
 * @returns the measured value in the threshold's unit
 */
export function judge(threshold: Threshold, result: RunResult): ThresholdResult {
  const { text, comparison, limit, unit } = threshold;
  const { measured, reason } = measure(threshold.metric, result);
  const common = { threshold: text, measured, limit, unit };
  if (measured === null) return { ...common, passed: false, reason };
  return { ...common, passed: holds(measured, comparison, limit) };
}

function holds(measured: number, comparison: ThresholdComparison, limit: number): boolean {
  switch (comparison) {
    case '<':
      return measured < limit;
    case '<=':
      return measured <= limit;
    case '>':
      return measured > limit;
    case '>=':
      return measured >= limit;
  }
}

interface Measured {
  measured: number | null;
  /** Half a sentence, where there is no value. */
  reason: string;
}

/** What totals, shards and transactions have in common. */
type Scope = Pick<
  TransactionResult,
  'throughputTps' | 'commits' | 'userAborts' | 'conflictAborts' | 'crossShardPct' | 'latencyUs'
> & {
  local?: TransactionResult['local'];
  crossShard?: TransactionResult['crossShard'];
  deferred?: TransactionResult['deferred'];
};

function measure({ shardId, transaction, part, figure }: ThresholdMetric, result: RunResult): Measured {
  if (figure === 'tpmC') return { measured: result.totals.tpmC, reason: '' };
  const shard = shardId === null ? null : result.shards.find((each) => each.shardId === shardId);
  if (shard === undefined) return { measured: null, reason: `the result has no shard ${shardId}` };
  const all = shard ?? result.totals;
  const transactions = shard?.transactions ?? transactionsOfAll(result);
  if (transaction !== null && transactions === null) {
    return { measured: null, reason: 'this result has its transactions by shard alone' };
  }
  const scope: Scope | undefined = transaction === null ? all : transactions?.[transaction];
  const nothing: Measured = { measured: null, reason: 'no samples: nothing of the kind was completed' };
  if (scope === undefined) return nothing;
  if (isLatency(figure)) {
    const { latencyUs } = part === null ? scope : (scope[part] ?? { latencyUs: null });
    return latencyUs === null ? nothing : { measured: latencyUs[figure], reason: '' };
  }
  const measured = countedFigure(figure, scope);
  return measured === null ? nothing : { measured, reason: '' };
}

/** Null where a share or a number of aborts is one of nothing. */
function countedFigure(figure: Exclude<CountedFigure, 'tpmC'>, scope: Scope): number | null {
  const { throughputTps, commits, userAborts, conflictAborts, crossShardPct } = scope;
  const completed = commits + userAborts;
  const attempts = completed + conflictAborts;
  if (figure === 'throughput') return throughputTps;
  if (figure === 'commits') return commits;
  if (attempts === 0) return null;
  switch (figure) {
    case 'userAborts':
      return userAborts;
    case 'conflictAborts':
      return conflictAborts;
    case 'conflictAbortsPct':
      return (100 * conflictAborts) / attempts;
    case 'userAbortsPct':
      return completed === 0 ? null : (100 * userAborts) / completed;
    case 'crossShardPct':
      return completed === 0 ? null : crossShardPct;
  }
}

/** Percentiles of several shards cannot be averaged, so earlier results tell only where there is one. */
function transactionsOfAll({ totals, shards }: RunResult): Record<string, TransactionResult> | null {
  return totals.transactions ?? (totals.shards === 1 ? (shards[0]?.transactions ?? null) : null);
}
