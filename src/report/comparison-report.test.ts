import { describe, expect, it } from 'vitest';
import type { RunResult } from '../bench/result.ts';
import { summarize } from '../compare/summarize.ts';
import { runLike } from '../compare/testing/sample-runs.ts';
import { renderComparison } from './comparison-report.ts';
import { sampleResult } from './testing/sample-result.ts';

const BASE = sampleResult();

function report(speed: number, spread: number, pairs = 8, width = 100): string {
  const runs = (of: (i: number) => number): RunResult[] =>
    Array.from({ length: pairs }, (_, i) => runLike(BASE, of(i)));
  const tcp = runs((i) => speed * (1 + (i % 2 ? spread : -spread)));
  for (const { config } of tcp) config.transport.kind = 'tcp';
  const result = summarize(
    [
      { label: 'A', describe: 'defaults', results: runs(() => 1000) },
      { label: 'B', describe: '--transport tcp', results: tcp },
    ],
    [{ a: 0, b: 1, title: 'B beside A', metric: 'throughput' }],
    'pairs',
    0.02,
  );
  return renderComparison(result, { colour: false, width });
}

/** The report as one line, however it was wrapped. */
const joined = (text: string): string => text.replace(/\s+/g, ' ');

describe('renderComparison', () => {
  it('says first what was compared and what it comes to', () => {
    const text = report(900, 0.001);
    expect(text).toMatch(/^Comparison: B beside A\n {2}A +defaults \(8 runs\)\n {2}B +--transport tcp \(8 runs\)\n/);
    expect(joined(text)).toContain('B is slower than A: 0.900 times its throughput (0.899 to 0.901), 8 pairs');
    expect(text).toMatch(/differs in +transport\.kind auto -> tcp\n/);
    expect(text).toMatch(/throughput +1,000 tx\/s +900\.0 tx\/s +0\.900 +0\.899 to 0\.901\n/);
    expect(text).toMatch(/New-Order p99 .* 1\.000 +1\.000 to 1\.000\n/);
  });

  it.each([
    [1100, 0.001, 8, 'B is faster than A: 1.100 times its throughput'],
    [1000, 0.001, 8, 'no difference found: B has, beside A, 1.000 times its throughput'],
    [1000, 0.3, 8, /too noisy: B has, beside A, .* [0-9,]+ more pairs needed for ±2%/],
    [
      900,
      0,
      1,
      'no verdict yet: B has, beside A, 0.900 times its throughput (too few pairs), 1 pair; 7 more pairs needed',
    ],
  ])('has a sentence for %d ± %d in %d pairs', (speed, spread, pairs, expected) => {
    expect(joined(report(speed, spread, pairs))).toMatch(
      expected instanceof RegExp ? expected : new RegExp(escaped(expected)),
    );
  });

  it('stays within its width', () => {
    for (const line of report(900, 0.01, 8, 80).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
