import { describe, expect, it } from 'vitest';
import type { ComparisonResult } from '../../../compare/comparison.ts';
import { sampleComparison } from '../../../compare/testing/sample-comparison.ts';
import { figureText, metricCells, ratioText, renderComparison, verdictLine } from '../../comparison-report.ts';
import { renderComparisonPage } from './comparison-page.ts';
import { scaleOf } from './ratio-interval.ts';

const RESULT = sampleComparison(10, 0.9, true);
const PAGE = renderComparisonPage(RESULT);

const textOf = (html: string): string =>
  html
    .replace(/<(style|script|title)[ >][\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');

const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Rows of all tables of the page as their cells. */
const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) =>
    [...(row as string).matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => textOf(cell as string).trim()),
  );

describe('the page of a comparison', () => {
  it('asks for nothing, and lets nothing else run', () => {
    expect(PAGE).toMatch(/^<!doctype html>\n/);
    expect(PAGE).toContain('default-src &#39;none&#39;');
    expect(PAGE).not.toMatch(/(src|href)=["']?(?!#|"#)/);
    expect(PAGE).not.toMatch(/ style=|<link|@import|url\(/);
    const ids = [...PAGE.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of PAGE.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  it('agrees with the console and with the data', () => {
    const console = squeezed(renderComparison(RESULT, { colour: false, width: 200 }));
    const page = textOf(PAGE);
    const rows = rowsOf(PAGE);
    for (const comparison of RESULT.comparisons) {
      const verdict = verdictLine(comparison, RESULT.precisionPct);
      const [main] = comparison.metrics;
      expect(verdict).toContain(ratioText(main?.ratio as number));
      for (const text of [verdict, comparison.title]) {
        expect(console).toContain(text);
        expect(page).toContain(text);
      }
      for (const metric of comparison.metrics) {
        const cells = metricCells(metric);
        expect(cells[1]).toBe(figureText(metric, metric.medianA));
        expect(console).toContain(cells.join(' '));
        expect(rows.map((row) => row.slice(0, cells.length))).toContainEqual(cells);
      }
    }
    for (const { label, describe: what, runs } of RESULT.variants) {
      expect(console).toContain(`${label} ${what} (${runs.length} runs)`);
      expect(page).toContain(`${label} ${what} (${runs.length} runs)`);
    }
    for (const note of RESULT.notes) {
      expect(console).toContain(note);
      expect(page).toContain(note);
    }
  });

  it('draws both curves, the figures of each pair and their ratio', () => {
    for (const id of ['pairs-0-throughput', 'ratio-0', 'curves-0', 'curves-0-0', 'curves-1', 'ratio-1']) {
      expect(PAGE).toContain(`id="${id}"`);
    }
    const curves = PAGE.slice(PAGE.indexOf('id="curves-0"'));
    expect(curves.slice(0, curves.indexOf('</ul>'))).toMatch(/<span>A<\/span>[\s\S]*<span>B<\/span>/);
    expect(PAGE).toContain(`aria-label="${ratioText(RESULT.comparisons[0]?.metrics[0]?.ratio as number)}, interval`);
    expect(rowsOf(PAGE).filter(([pair, seed]) => pair === seed)).toHaveLength(10);
  });

  it('draws the latency of each pair where the verdict is about it', () => {
    const rated = structuredClone(RESULT);
    const [comparison] = rated.comparisons;
    comparison?.metrics.sort((left, right) => Number(right.key === 'p99') - Number(left.key === 'p99'));
    const page = renderComparisonPage(rated);
    expect(page).toContain('id="pairs-0-throughput"');
    expect(page).toContain('id="pairs-0-p99"');
    expect(page).toContain('Latency p99 of B / A');
  });

  it.each<[string, (copy: ComparisonResult) => void]>([
    ['a single pair', () => undefined],
    [
      'nothing to compare',
      ({ comparisons, variants }) => {
        for (const comparison of comparisons) comparison.metrics = [];
        for (const { runs } of variants) for (const run of runs) run.figures = { throughput: null };
      },
    ],
    [
      'no curves',
      ({ variants }) => {
        for (const { typicalRun } of variants) {
          typicalRun.totals.latencyUs = null;
          delete typicalRun.totals.latencyCurve;
          delete typicalRun.totals.transactions;
        }
      },
    ],
    [
      'names that are markup',
      ({ variants }) => {
        for (const variant of variants) variant.describe = '<script>alert(1)</script>|</pre>';
      },
    ],
  ])('stands %s', (_, change) => {
    const copy = sampleComparison(1);
    change(copy);
    const page = renderComparisonPage(copy);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(page).not.toContain('<script>alert');
    expect(textOf(page)).toMatch(/no verdict/);
  });
});

describe('the scale of intervals', () => {
  it('holds them all, and is held by none that is all noise', () => {
    const metric = (low: number, high: number) => ({ ratio: (low + high) / 2, interval: { low, high } }) as never;
    expect(scaleOf([metric(0.99, 1.01)])).toBe(1.05);
    expect(scaleOf([metric(0.5, 1.2)])).toBe(2);
    expect(scaleOf([metric(0.01, 40)])).toBe(3);
    expect(scaleOf([])).toBe(1.05);
  });
});
