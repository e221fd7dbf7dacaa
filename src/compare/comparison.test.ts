import { describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { sampleResult } from '../report/testing/sample-result.ts';
import type { PairPlan } from '../statistics/pair-plan.ts';
import { differencesOf } from './differences.ts';
import { failureOf, parseFailConditions } from './fail-if.ts';
import { figuresOf, metricsOf } from './figures.ts';
import { keptRate, metricFor, noteOnRates } from './rates.ts';
import { type ComparedPair, runSchedule } from './schedule.ts';
import { summarize } from './summarize.ts';
import { runLike } from './testing/sample-runs.ts';

const BASE = sampleResult();
const PAIR: ComparedPair = { a: 0, b: 1, title: 'B beside A', metric: 'throughput' };

/** Runs a schedule in which variant `v` does `speeds[v]`, each run by a little more than the one before. */
async function schedule(plan: PairPlan, speeds: number[], stopAfter = Number.POSITIVE_INFINITY, seed = 7) {
  const order: string[] = [];
  let rounds = 0;
  const outcome = await runSchedule(
    { variants: speeds.length, compared: [PAIR], plan, seed },
    async (variant, runSeed, round) => {
      order.push(`${'ABC'[variant]}${runSeed}`);
      return runLike(BASE, (speeds[variant] as number) * (1 + ((round * 7) % 5) / 1000), runSeed);
    },
    () => rounds >= stopAfter,
    {
      round: () => {
        rounds++;
      },
    },
  );
  return { order: order.join(' '), ...outcome };
}

describe('runSchedule', () => {
  it('alternates A B B A, with one seed for each pair', async () => {
    const { order, results, endedBy } = await schedule({ kind: 'fixed', pairs: 4 }, [100, 200]);
    expect(order).toBe('A7 B7 B8 A8 A9 B9 B10 A10');
    expect(endedBy).toBe('pairs');
    expect(results.map((runs) => runs.map(({ seed }) => seed))).toEqual([
      [7, 8, 9, 10],
      [7, 8, 9, 10],
    ]);
  });

  it('turns three variants over, too, and wraps seeds', async () => {
    const { order } = await schedule({ kind: 'fixed', pairs: 2 }, [1, 2, 3], undefined, 2 ** 32 - 1);
    expect(order).toBe('A4294967295 B4294967295 C4294967295 C0 B0 A0');
  });

  it('stops when the interval is narrow enough, at the most, or when it is told to', async () => {
    const precise = await schedule({ kind: 'until-precise', precision: 0.02, pairsMost: 20 }, [100, 101]);
    expect([precise.endedBy, precise.results[0]?.length]).toEqual(['precision', 8]);
    const most = await schedule({ kind: 'until-precise', precision: 0.02, pairsMost: 9 }, [100, 0]);
    expect([most.endedBy, most.results[1]?.length]).toEqual(['most-pairs', 9]);
    const told = await schedule({ kind: 'fixed', pairs: 20 }, [100, 101], 3);
    expect([told.endedBy, told.results.map((runs) => runs.length)]).toEqual(['interrupt', [3, 3]]);
  });
});

describe('figuresOf', () => {
  it('has a figure for every metric, of all shards together', () => {
    const figures = figuresOf(BASE);
    expect(metricsOf(BASE).map(({ key }) => key)).toEqual(Object.keys(figures));
    expect(figures['throughput']).toBe(BASE.totals.throughputTps);
    expect(figures['newOrder.p99']).toBe(BASE.totals.transactions?.['newOrder']?.latencyUs?.p99);
  });

  it('does not make percentiles up where an earlier result has those of each shard only', () => {
    const earlier = (shards: number): RunResult => {
      const result = sampleResult({}, { shards });
      delete result.totals.transactions;
      return result;
    };
    expect(figuresOf(earlier(2))['newOrder.p99']).toBeUndefined();
    const [shard] = earlier(1).shards;
    expect(figuresOf(earlier(1))['newOrder.p99']).toBe(shard?.transactions['newOrder']?.latencyUs?.p99);
  });

  it('judges latency where both sides have a rate', () => {
    const rated = { ...BASE.config, pacing: { kind: 'rate' as const, transactionsPerSecond: 5 } };
    expect([metricFor(rated, rated), metricFor(rated, BASE.config)]).toEqual(['p99', 'throughput']);
  });
});

describe('a set rate', () => {
  const at = (transactionsPerSecond: number | null): RunResult => {
    const pacing =
      transactionsPerSecond === null ? ({ kind: 'none' } as const) : ({ kind: 'rate', transactionsPerSecond } as const);
    return { ...BASE, config: { ...BASE.config, pacing } };
  };
  const completedTps = (BASE.totals.commits + BASE.totals.userAborts) / BASE.phases.measuredSeconds;

  it('is explained as it bears on the verdict', () => {
    const note = (a: number | null, b: number | null) =>
      noteOnRates({ label: 'A', config: at(a).config }, { label: 'B', config: at(b).config });
    expect(note(null, null)).toBeNull();
    expect(note(5, 5)).toMatch(/set rate of 5 transactions a second .*: latency is compared/);
    expect(note(5, 8)).toBe(
      'A is offered 5 transactions a second and B 8: their latencies are those of different loads.',
    );
    expect(note(null, 8)).toMatch(/^B runs at a set rate and A without one/);
  });

  it('is kept, or the runs that missed it are counted', () => {
    expect([at(null), at(completedTps), at(completedTps * 1.1)].map(keptRate)).toEqual([true, true, false]);
    const sides = ['A', 'B'].map((label, i) => ({
      label,
      describe: '',
      results: [at(completedTps * (1 + i)), at(completedTps)],
    }));
    const { notes, comparisons } = summarize(sides, [{ ...PAIR, metric: 'p99' }], 'pairs', 0.02);
    expect(comparisons[0]?.metrics[0]?.key).toBe('p99');
    expect(notes).toContain(
      '1 of 2 runs of B fell behind their rate: starts that were overdue at the end are in no figure.',
    );
    expect(notes.join()).not.toContain('runs of A fell behind');
  });
});

describe('summarize', () => {
  const sides = (a: RunResult[], b: RunResult[]) => [
    { label: 'A', describe: 'defaults', results: a },
    { label: 'B', describe: '--transport tcp', results: b },
  ];
  const runs = (speed: number, latencyFactor = 1, count = 8): RunResult[] =>
    Array.from({ length: count }, (_, i) => runLike(BASE, speed + i, i, latencyFactor * (1 + i / 1000)));

  it('gives medians, ratios, intervals and a verdict', () => {
    const result = summarize(sides(runs(1000), runs(900, 1.2)), [PAIR], 'pairs', 0.02);
    const [comparison] = result.comparisons;
    expect(comparison?.verdict).toEqual({ kind: 'slower' });
    expect(comparison?.pairs).toBe(8);
    const [throughput, p50] = comparison?.metrics ?? [];
    expect(throughput).toMatchObject({ key: 'throughput', medianA: 1003.5, medianB: 903.5 });
    expect(throughput?.ratio).toBeCloseTo(0.9, 2);
    expect(p50?.key).toBe('p50');
    expect(p50?.ratio).toBeCloseTo(1.2, 9);
    expect(comparison?.metrics.map(({ key }) => key)).toContain('stockLevel.p99');
    expect(result.variants[0]?.typicalRun.totals.throughputTps).toBe(1003);
    expect(result.variants[1]?.runs.map(({ seed }) => seed)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it('puts the metric of the verdict first, and turns it round for latency', () => {
    const result = summarize(sides(runs(1000), runs(1000, 0.8)), [{ ...PAIR, metric: 'p99' }], 'pairs', 0.02);
    expect(result.comparisons[0]?.metrics[0]?.key).toBe('p99');
    expect(result.comparisons[0]?.verdict).toEqual({ kind: 'faster' });
  });

  it('has no verdict from one pair, and none without a figure', () => {
    const one = summarize(sides(runs(1000, 1, 1), runs(900, 1, 1)), [PAIR], 'stored', 0.02);
    expect(one.comparisons[0]?.verdict).toEqual({ kind: 'too noisy', morePairs: 7 });
    expect(one.comparisons[0]?.metrics[0]).toMatchObject({ ratio: 0.9, interval: null });
    const nothing = summarize(sides(runs(1000), [...runs(900, 1, 7), runLike(BASE, 0)]), [PAIR], 'pairs', 0.02);
    expect(nothing.comparisons[0]?.verdict.kind).toBe('too noisy');
    expect(nothing.comparisons[0]?.metrics.map(({ key }) => key)).not.toContain('throughput');
  });

  it('says what to beware of', () => {
    const odd = runs(900, 1, 3);
    (odd[0] as RunResult).endedBy = 'memory-limit';
    (odd[1] as RunResult).consistency.passed = false;
    (odd[2] as RunResult).config.numThreads = 9;
    expect(summarize(sides(runs(1000, 1, 3), odd), [PAIR], 'stored', 0.02).notes).toEqual([
      '1 of 3 runs of B ended early, at the memory limit.',
      '1 of 3 runs of B failed a consistency condition.',
      '1 of 3 results of B have another configuration than the first.',
      expect.stringContaining('Stored results are paired'),
    ]);
  });
});

describe('differencesOf', () => {
  it('names configuration, machine and version, and nothing that every run has its own of', () => {
    const other = structuredClone(BASE);
    expect(differencesOf(BASE, other)).toEqual([]);
    other.config.seed = 99;
    other.config.jsonPath = 'x';
    other.config.transport.kind = 'tcp';
    other.config.mix = { kind: 'weights', weights: { newOrder: 1 } };
    other.host.node = 'v22.0.0';
    other.config.cluster.shards.pop();
    expect(differencesOf(BASE, other)).toEqual([
      { key: 'host.node', a: 'v20.20.2', b: 'v22.0.0' },
      { key: 'cluster.shards', a: '2', b: '1' },
      { key: 'transport.kind', a: 'auto', b: 'tcp' },
      { key: 'mix.kind', a: 'deck', b: 'weights' },
      { key: 'mix.weights.newOrder', a: 'none', b: '1' },
    ]);
  });
});

describe('fail-if', () => {
  it.each([
    ['slower:5%', [{ kind: 'slower', byPct: 5 }]],
    ['slower', [{ kind: 'slower', byPct: 0 }]],
    ['faster:0.5%, too-noisy', [{ kind: 'faster', byPct: 0.5 }, { kind: 'too-noisy' }]],
    ['slower:5', null],
    ['slower:-5%', null],
    ['', null],
    ['slower,', null],
    ['noisy', null],
  ])('reads %j', (text, expected) => {
    expect(parseFailConditions(text)).toEqual(expected);
  });

  it('fails by the verdict and the size of the difference', () => {
    const compared = (speed: number, spread: number) => {
      const b = Array.from({ length: 8 }, (_, i) => runLike(BASE, speed * (1 + (i % 2 ? spread : -spread))));
      const a = Array.from({ length: 8 }, () => runLike(BASE, 1000));
      const sides = [
        { label: 'A', describe: '', results: a },
        { label: 'B', describe: '', results: b },
      ];
      return summarize(sides, [PAIR], 'pairs', 0.02).comparisons[0] as never;
    };
    const failure = (speed: number, spread: number, text: string) =>
      failureOf(compared(speed, spread), parseFailConditions(text) ?? []);
    expect(failure(900, 0.001, 'slower:5%')).toBe('B is 10.0% slower than A, and 5% fails');
    expect(failure(960, 0.001, 'slower:5%')).toBeNull();
    expect(failure(960, 0.001, 'slower')).toBe('B is 4.0% slower than A');
    expect(failure(1100, 0.001, 'slower')).toBeNull();
    expect(failure(1100, 0.001, 'slower,faster:5%')).toContain('10.0% faster');
    expect(failure(900, 0.4, 'slower:5%')).toBeNull();
    expect(failure(900, 0.4, 'slower:5%,too-noisy')).toContain('too noisy');
  });
});
