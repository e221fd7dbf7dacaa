import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import { renderConsoleReport } from './console-report.ts';
import { renderHtmlReport } from './html/html-report.ts';
import { FAILED_CONDITION, sampleResult } from './testing/sample-result.ts';
import { checkThreshold, judge, parseThreshold, type ThresholdNames } from './thresholds.ts';
import { failedThresholds } from './thresholds-section.ts';

const RESULT = sampleResult();
const NAMES: ThresholdNames = {
  transactions: Object.keys(RESULT.totals.transactions ?? {}),
  shardIds: [0, 1],
  isWhole: true,
};

const measuredOf = (text: string, result = RESULT) => judge(parseThreshold(text), result);

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (fault) {
    expect(fault).toBeInstanceOf(OperatingFault);
    expect((fault as OperatingFault).exitStatus).toBe(2);
    expect((fault as OperatingFault).message).not.toContain('\n');
    return (fault as OperatingFault).message;
  }
  return 'accepted';
}

describe('parseThreshold', () => {
  it.each([
    ['newOrder.p99<5ms', { transaction: 'newOrder', figure: 'p99' }, '<', 5000],
    ['newOrder.p99.9 <= 250us', { transaction: 'newOrder', figure: 'p999' }, '<=', 250],
    ['latency.max<1.5s', { figure: 'max' }, '<', 1_500_000],
    ['p50<900ns', { figure: 'p50' }, '<', 0.9],
    ['mean<3µs', { figure: 'mean' }, '<', 3],
    ['mean<3μs', { figure: 'mean' }, '<', 3],
    [
      'shard1.payment.crossShard.p99<1ms',
      { shardId: 1, transaction: 'payment', part: 'crossShard', figure: 'p99' },
      '<',
      1000,
    ],
    ['delivery.deferred.p90<80s', { transaction: 'delivery', part: 'deferred', figure: 'p90' }, '<', 80e6],
    ['throughput>50000', { figure: 'throughput' }, '>', 50_000],
    ['shard0.commits>=1', { shardId: 0, figure: 'commits' }, '>=', 1],
    [' crossShardPct < 10 % ', { figure: 'crossShardPct' }, '<', 10],
    ['payment.conflictAbortsPct<0.5', { transaction: 'payment', figure: 'conflictAbortsPct' }, '<', 0.5],
  ])('reads %j', (text, metric, comparison, limit) => {
    const threshold = parseThreshold(text);
    expect(threshold.metric).toEqual({ shardId: null, transaction: null, part: null, ...metric });
    expect(threshold).toMatchObject({ text: text.trim(), comparison, limit: expect.closeTo(limit, 9) });
  });

  it.each([
    ['', 'give a metric'],
    ['newOrder.p99', 'give a metric'],
    ['newOrder.p99=5ms', 'give a metric'],
    ['p99<<5ms', 'give a metric'],
    ['<5ms', 'give a metric'],
    ['newOrder.p98<5ms', 'there is no metric newOrder.p98; the metrics are throughput, tpmC, commits, '],
    ['tpmc>5', 'there is no metric tpmc'],
    ['newOrder.local.throughput>5', 'there is no metric'],
    ['latency.local.p99<5ms', 'there is no metric'],
    ['latency.throughput>5', 'there is no metric'],
    ['local.newOrder.p99<5ms', 'there is no metric'],
    ['shard0..p99<5ms', 'there is no metric'],
    ['shard0.tpmC>5', 'tpmC is a figure of the whole run'],
    ['p99<5', '"5" is no latency; give a number with its unit: ns, us, µs, ms or s'],
    ['p99<5 minutes', 'is no latency'],
    ['p99<ms', 'is no latency'],
    ['p99<1.2.3ms', 'is no latency'],
    ['throughput>50k', '"50k" is not accepted; give a number'],
    ['throughput>-1', 'give a number of 0 or more'],
    ['crossShardPct<x', 'give a percentage'],
  ])('refuses %j', (text, expected) => {
    const message = refusalOf(() => parseThreshold(text));
    expect(message).toMatch(/^--threshold: /);
    expect(message).toContain(expected);
  });

  it('leads messages with the option it is told', () => {
    expect(refusalOf(() => parseThreshold('x', '--find-max-rate'))).toMatch(/^--find-max-rate: /);
  });
});

describe('checkThreshold', () => {
  it.each([
    ['newOrdr.p99<5ms', {}, 'there is no transaction newOrdr; did you mean newOrder?'],
    ['other.p99<5ms', {}, 'the workload has newOrder, payment, orderStatus, delivery, stockLevel'],
    ['shard2.p99<5ms', {}, 'this process has no figures of shard2; it has shard0, shard1'],
    ['throughput>1', { isWhole: false, shardIds: [2] }, 'the process with shard 0 has the figures of the cluster'],
    ['shard2.throughput>1', { isWhole: false, shardIds: [2] }, 'accepted'],
    ['shard1.stockLevel.max<1s', {}, 'accepted'],
  ])('%j with %j', (text, names, expected) => {
    expect(refusalOf(() => checkThreshold(parseThreshold(text), { ...NAMES, ...names }))).toContain(expected);
  });
});

describe('judge', () => {
  const { totals, shards } = RESULT;
  it.each([
    ['throughput>0', totals.throughputTps],
    ['tpmC>0', totals.tpmC],
    ['conflictAborts>=0', totals.conflictAborts],
    ['userAbortsPct<100', (100 * totals.userAborts) / (totals.commits + totals.userAborts)],
    ['latency.p99<1s', totals.latencyUs?.p99],
    ['newOrder.p999<1s', totals.transactions?.['newOrder']?.latencyUs?.p999],
    ['newOrder.crossShard.p50<1s', totals.transactions?.['newOrder']?.crossShard.latencyUs?.p50],
    ['delivery.deferred.mean<1s', totals.transactions?.['delivery']?.deferred?.latencyUs?.mean],
    ['shard1.p50<1s', shards[1]?.latencyUs?.p50],
    ['shard1.payment.commits>0', shards[1]?.transactions['payment']?.commits],
  ])('%s is what the result says', (text, expected) => {
    expect(expected).toBeTypeOf('number');
    expect(measuredOf(text)).toMatchObject({ threshold: text, measured: expected, passed: true });
  });

  it('compares as the sign says, on both sides of the limit and on it', () => {
    const result = structuredClone(RESULT);
    result.totals.throughputTps = 100;
    const verdicts = (sign: string) =>
      [99, 100, 101].map((limit) => measuredOf(`throughput${sign}${limit}`, result).passed);
    expect(verdicts('<')).toEqual([false, false, true]);
    expect(verdicts('<=')).toEqual([false, true, true]);
    expect(verdicts('>')).toEqual([true, false, false]);
    expect(verdicts('>=')).toEqual([true, true, false]);
  });

  it('fails a metric without samples, and says so', () => {
    const result = structuredClone(RESULT);
    for (const scope of [result.totals, result.totals.transactions?.['newOrder']]) {
      Object.assign(scope as object, {
        commits: 0,
        userAborts: 0,
        conflictAborts: 0,
        throughputTps: 0,
        latencyUs: null,
      });
    }
    for (const text of [
      'p99<1s',
      'newOrder.p99<1s',
      'newOrder.conflictAborts<1',
      'conflictAbortsPct<1',
      'crossShardPct<1',
    ]) {
      expect(measuredOf(text, result), text).toMatchObject({
        measured: null,
        passed: false,
        reason: expect.stringContaining('no samples'),
      });
    }
    expect(measuredOf('orderStatus.crossShard.p99<1s')).toMatchObject({ measured: null, passed: false });
    expect(measuredOf('throughput<1', result)).toMatchObject({ measured: 0, passed: true });
    delete result.totals.transactions;
    expect(measuredOf('payment.p99<1s', result).reason).toBe('this result has its transactions by shard alone');
  });
});

describe('the thresholds of a result', () => {
  const texts = ['newOrder.p99<1ns', 'throughput>1', 'orderStatus.crossShard.p99<1s', 'crossShardPct<50'];
  const held = { ...RESULT, thresholds: texts.map((text) => measuredOf(text)) };

  it('are a table in both reports, with the same words', () => {
    const text = renderConsoleReport(held, { colour: false, width: 120 });
    const page = renderHtmlReport(held);
    expect(text).toMatch(/\nThresholds\n {2}threshold +measured +verdict\n/);
    expect(text).toMatch(/\n {2}newOrder\.p99<1ns +\S+ µs +FAILED\n/);
    expect(text).toMatch(/\n {2}throughput>1 +201,520 tx\/s +holds\n/);
    expect(text).toMatch(/\n {2}orderStatus\.crossShard\.p99<1s +- +FAILED: no samples/);
    expect(page).toContain('<section id="thresholds">');
    for (const part of ['newOrder.p99&lt;1ns', '201,520 tx/s', 'FAILED: no samples', '2 of 4 thresholds FAILED']) {
      expect(page).toContain(part);
    }
    expect(page).toContain('href="#thresholds"');
    expect(failedThresholds(held)).toEqual([
      expect.stringMatching(/^newOrder\.p99<1ns: measured \S+ µs$/),
      'orderStatus.crossShard.p99<1s: no samples: nothing of the kind was completed',
    ]);
  });

  it('leave no trace in the reports of a run without', () => {
    expect(renderConsoleReport(RESULT, { colour: false, width: 120 })).not.toContain('Thresholds');
    expect(renderHtmlReport(RESULT)).not.toContain('hreshold');
    expect(
      failedThresholds({ ...RESULT, consistency: { passed: false, checkSeconds: 1, conditions: [FAILED_CONDITION] } }),
    ).toEqual([]);
  });
});
