import { describe, expect, it } from 'vitest';
import { lawThroughput } from '../statistics/scalability-law.ts';
import { parseAxis, productOf } from './axes.ts';
import { plannedRuns } from './order.ts';
import { sampleSweep } from './testing/sample-sweeps.ts';

const axis = (name: string, ...values: (string | number)[]) => ({ name, values: values.map(String) });

describe('parseAxis', () => {
  it.each([
    ['num-threads=1,2', axis('num-threads', 1, 2)],
    ['--threads= 1 , 2 ', axis('num-threads', 1, 2)],
    ['num-shards=1', axis('shards', 1)],
    ['mix=deck;newOrder=45,payment=43', axis('mix', 'deck', 'newOrder=45,payment=43')],
    ['num-threads', null],
    ['=1,2', null],
    ['shards=', null],
    ['shards=1,,2', null],
    ['shards=1,2,1', null],
  ])('reads %j', (text, expected) => {
    expect(parseAxis(text)).toEqual(expected);
  });
});

describe('the plan', () => {
  it('has every combination, the last axis changing fastest', () => {
    expect(productOf([axis('a', 1, 2), axis('b', 'x', 'y')])).toEqual([
      { a: '1', b: 'x' },
      { a: '1', b: 'y' },
      { a: '2', b: 'x' },
      { a: '2', b: 'y' },
    ]);
    expect(productOf([])).toEqual([{}]);
  });

  it('turns every other repetition round, with one seed for each, which wrap', () => {
    const order = plannedRuns(3, 3, 2 ** 32 - 1).map(({ point, seed }) => `${point}@${seed}`);
    expect(order.join(' ')).toBe('0@4294967295 1@4294967295 2@4294967295 2@0 1@0 0@0 0@1 1@1 2@1');
  });
});

describe('summarizeSweep', () => {
  it('has medians, the lowest and the highest run, and says which runs are missing', () => {
    const sweep = sampleSweep({ axes: [axis('transport', 'shm', 'tcp')], repeat: 3, throughputOf: () => 1000 });
    const [point] = sweep.points;
    const throughputs = (point?.runs ?? [])
      .map(({ figures }) => figures['throughput'] as number)
      .toSorted((a, b) => a - b);
    expect([point?.low['throughput'], point?.median['throughput'], point?.high['throughput']]).toEqual(throughputs);
    expect(point?.median).not.toHaveProperty(['newOrder.p99']);
    expect(sweep.notes).toEqual([]);
    expect([sweep.fits, sweep.crossover]).toEqual([[], []]);
    expect(JSON.parse(JSON.stringify(sweep))).toEqual(sweep);
  });
});

describe('the scalability law of a sweep', () => {
  const law = { lambda: 10_000, sigma: 0.1, kappa: 0.02 };

  it('is fitted at each combination of the other axes, and its intervals hold what made the data', () => {
    const axes = [axis('shards', 1, 2, 4, 8), axis('transport', 'shm', 'tcp')];
    const throughputOf = ({ shards = '', transport }: Record<string, string>) =>
      lawThroughput(law, Number(shards)) * (transport === 'tcp' ? 0.6 : 1);
    const { fits } = sampleSweep({ axes, repeat: 3, throughputOf });
    expect(fits.map(({ axis: name, values }) => [name, values])).toEqual([
      ['shards', { transport: 'shm' }],
      ['shards', { transport: 'tcp' }],
    ]);
    for (const fit of fits) {
      expect(fit.peakN).toBeCloseTo(Math.sqrt(0.9 / 0.02), 0);
      const { sigma, kappa, peakN } = fit.intervals as NonNullable<typeof fit.intervals>;
      expect(sigma.low).toBeLessThan(law.sigma);
      expect(sigma.high).toBeGreaterThan(law.sigma);
      expect(kappa.low).toBeLessThan(law.kappa);
      expect(kappa.high).toBeGreaterThan(law.kappa);
      expect((peakN.high as number) / (peakN.low as number)).toBeLessThan(2);
      expect(fit.rSquared).toBeGreaterThan(0.95);
      expect(fit.measured.map(({ n }) => n)).toEqual([1, 2, 4, 8]);
      expect(fit.remarks).toEqual([
        expect.stringContaining('From shards=8 on there are more worker threads than the 4 cores'),
      ]);
    }
  });

  const remarksOf = (counts: number[], throughputOf: (n: number) => number, repeat = 3, noise = 0.01) =>
    sampleSweep({
      axes: [axis('shards', ...counts)],
      repeat,
      noise,
      throughputOf: ({ shards }) => throughputOf(Number(shards)),
    }).fits[0]?.remarks.join(' ');

  it('says what it does not say', () => {
    expect(remarksOf([1, 2, 3, 4], (n) => 1000 * n)).toMatch(/No point of diminishing return|far beyond/);
    expect(remarksOf([1, 2, 3, 4], (n) => lawThroughput({ ...law, kappa: 0.001 }, n), 3, 0.0001)).toContain(
      '"not reached"',
    );
    expect(remarksOf([1, 2, 3, 4], (n) => lawThroughput(law, n), 1)).toContain('every point was run once');
    expect(remarksOf([1, 2, 3, 4], (n) => lawThroughput({ ...law, kappa: 0.1 }, n), 3, 0.1)).toContain(
      'too wide to rely on',
    );
    expect(remarksOf([1, 2, 4], (n) => lawThroughput(law, n))).toContain('Three coefficients from three values');
    expect(remarksOf([1, 2, 3, 4], (n) => (n === 3 ? 400 : 1000 * n))).toContain('does not describe these points');
  });

  it('is refused with too few values, and where the throughput is set', () => {
    const two = sampleSweep({ axes: [axis('num-threads', 1, 2)], repeat: 1, throughputOf: () => 1 });
    expect(two.fits).toEqual([]);
    expect(two.notes).toEqual([
      'No scalability law over num-threads: it takes 3 values of it or more, and 2 were varied.',
    ]);
    const rated = sampleSweep({
      axes: [axis('shards', 1, 2, 3)],
      repeat: 1,
      throughputOf: () => 1,
      isClosedLoop: false,
    });
    expect(rated.notes).toEqual([expect.stringContaining('the pacing, not the number of shards, sets the throughput')]);
    const dead = sampleSweep({
      axes: [axis('shards', 1, 2, 3)],
      repeat: 1,
      throughputOf: ({ shards }) => (shards === '3' ? 0 : 1),
    });
    expect(dead.notes).toEqual([expect.stringContaining('only 2 of its values have a throughput')]);
  });
});

describe('the remote share at which shards are no faster than one', () => {
  const crossover = (ratioOf: (share: number) => number, repeat = 3, shares = [0, 1, 5, 25, 100]) =>
    sampleSweep({
      axes: [axis('shards', 1, 4), axis('remote-item-pct', ...shares)],
      repeat,
      throughputOf: ({ shards, 'remote-item-pct': share }) => (shards === '1' ? 1000 : 1000 * ratioOf(Number(share))),
    }).crossover;

  it('is interpolated between the shares measured, with an interval', () => {
    // A transaction takes 1/3 of the time without remote items, and as long as with one shard at 40%.
    const [found] = crossover((share) => 1 / (1 / 3 + (2 / 3) * (share / 40)));
    expect(found).toMatchObject({ axis: 'remote-item-pct', shards: 4, values: {}, verdict: 'crossing' });
    expect(found?.sharePct).toBeGreaterThan(38);
    expect(found?.sharePct).toBeLessThan(42);
    expect(found?.interval?.low).toBeLessThan(found?.sharePct as number);
    expect(found?.interval?.high).toBeGreaterThan(found?.sharePct as number);
    expect(found?.measured.map(({ sharePct }) => sharePct)).toEqual([0, 1, 5, 25, 100]);
  });

  it('is said to lie outside what was measured', () => {
    expect(crossover(() => 2)[0]).toMatchObject({
      verdict: 'faster at every share',
      sharePct: null,
      interval: { low: null, high: null },
    });
    expect(crossover(() => 0.5)[0]).toMatchObject({ verdict: 'faster at no share', sharePct: null });
    expect(crossover(() => 2, 1)[0]?.interval).toBeNull();
  });

  it('needs one shard and several, and a share that is varied', () => {
    expect(crossover(() => 2, 2, [5])).toEqual([]);
    const axes = [axis('shards', 2, 4), axis('remote-item-pct', 0, 50)];
    expect(sampleSweep({ axes, repeat: 2, throughputOf: () => 1 }).crossover).toEqual([]);
    const bank = [axis('shards', 1, 2, 4), axis('remote-transfer-pct', 0, 50), axis('transport', 'shm', 'tcp')];
    expect(sampleSweep({ axes: bank, repeat: 2, throughputOf: () => 1 }).crossover).toHaveLength(4);
  });
});
