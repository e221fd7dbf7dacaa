import { describe, expect, it } from 'vitest';
import { lawThroughput } from '../../statistics/scalability-law.ts';
import type { Crossover } from '../../sweep/sweep.ts';
import { sampleMaxRate, sampleSweep } from '../../sweep/testing/sample-sweeps.ts';
import { maxRateCsv, sweepCsv } from './csv.ts';
import { renderMaxRate } from './max-rate-report.ts';
import { renderSweep } from './sweep-report.ts';
import { crossoverText, edgesText } from './words.ts';

const STYLE = { colour: false, width: 100 };
const axis = (name: string, ...values: (string | number)[]) => ({ name, values: values.map(String) });

describe('the text report of a sweep', () => {
  const sweep = sampleSweep({
    axes: [axis('num-threads', 1, 2, 4)],
    repeat: 3,
    throughputOf: ({ 'num-threads': n }) => lawThroughput({ lambda: 1000, sigma: 0.1, kappa: 0.01 }, Number(n)),
  });

  it('has a row for each point, the law with its intervals, and stays within its width', () => {
    const text = renderSweep(sweep, STYLE);
    expect(text).toMatch(/^Sweep: num-threads 1, 2, 4\n {2}options +--runtime=1\n/);
    expect(text).toMatch(/\n {2}4 +2,\d{3} +2,\d{3} +2,\d{3} +2\.\d\d .* 6\.10 +3\n/);
    expect(text).toMatch(/sigma, not done side by side +0\.\d+ +0(\.\d+)? to 0\.\d+\n/);
    expect(text).toMatch(/point of diminishing return +\d+\.\d threads a shard +\d+\.\d to (\d+\.\d|\d+|none)\n/);
    expect(text).toContain('Three coefficients from three values');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('has a line for each run as CSV, quoted where values hold commas', () => {
    const lines = sweepCsv(sweep).trimEnd().split('\r\n');
    expect(lines).toHaveLength(10);
    expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1);
    const mixed = sampleSweep({ axes: [axis('mix', 'deck', 'a=1,b="2"')], repeat: 1, throughputOf: () => 1 });
    expect(sweepCsv(mixed)).toContain('\r\n"a=1,b=""2""",1,1,');
  });
});

describe('the text report of a search', () => {
  it('has the edge, and every rate with its runs', () => {
    const text = renderMaxRate(sampleMaxRate(), STYLE);
    expect(text).toContain('The highest rate lies between 4,204 tx/s, which holds, and 4,585 tx/s, which does not\n');
    expect(text).toMatch(/\n {2}4,204 +4,204, 4,204, 4,204 +1\.90 ms, 2\.60 ms, 1\.95 ms +holds \(2 of 3\)\n/);
    expect(text).toMatch(/\n {2}5,000 +5,000 +9\.00 ms +fails\n/);
    expect(maxRateCsv(sampleMaxRate()).split('\r\n')[2]).toMatch(/^2,2500,2500,newOrder\.p99,900,true,true,2,1,1,1,/);
  });

  it.each([
    [{ low: null, high: null, isSettled: false }, 'no rate was tried'],
    [{ low: null, high: 5, isSettled: false }, 'no rate holds; 5.0 tx/s does not'],
    [{ low: 5, high: null, isSettled: false }, '5.0 tx/s holds; none that does not was found'],
    [{ low: 5, high: 6, isSettled: false }, 'which does not; not settled'],
  ])('says what is known: %j', (edges, expected) => {
    expect(edgesText(edges)).toContain(expected);
  });
});

describe('crossoverText', () => {
  const crossover: Crossover = {
    axis: 'remote-item-pct',
    shards: 4,
    values: { transport: 'tcp' },
    verdict: 'crossing',
    sharePct: 37.24,
    interval: { low: 31, high: null },
    measured: [
      { sharePct: 0, ratio: 3 },
      { sharePct: 50, ratio: 0.9 },
    ],
  };

  it.each([
    [
      {},
      'At transport tcp: 4 shards are no faster than one from remote-item-pct 37.2% on (95% interval: 31% to above 50%)',
    ],
    [
      { verdict: 'faster at every share', sharePct: null, interval: { low: null, high: null } },
      'At transport tcp: 4 shards are faster than one at every remote-item-pct measured, 0% to 50%',
    ],
    [
      { verdict: 'faster at no share', sharePct: null, interval: { low: null, high: 4 } },
      'faster than one at no remote-item-pct measured, 0% to 50% (but a crossing is not excluded; 95% interval: below 0% to 4%)',
    ],
    [{ verdict: 'faster at no share', sharePct: null, interval: null }, '0% to 50% (one run of each)'],
  ] as [Partial<Crossover>, string][])('says %j', (change, expected) => {
    expect(crossoverText({ ...crossover, ...change })).toContain(expected);
  });
});
