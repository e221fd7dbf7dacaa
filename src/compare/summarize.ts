/** Makes the data of a comparison of the results of its runs. */
import { assert } from '../assert.ts';
import type { RunResult } from '../bench/result.ts';
import { dbtestVersion } from '../config/version.ts';
import { median } from '../statistics/location.ts';
import { morePairsFor } from '../statistics/pair-plan.ts';
import { judge, type Verdict } from '../statistics/verdict.ts';
import {
  COMPARISON_SCHEMA_VERSION,
  type Comparison,
  type ComparisonEnd,
  type ComparisonResult,
  type MetricComparison,
  type Variant,
} from './comparison.ts';
import { differencesOf, sameConfiguration } from './differences.ts';
import { figuresOf, type MetricDefinition, metricsOf } from './figures.ts';
import { keptRate, noteOnRates } from './rates.ts';
import { type ComparedPair, estimateRatio } from './schedule.ts';

export interface VariantResults {
  label: string;
  describe: string;
  /** At least one; where variants are compared, they have the same number, in the order of the pairs. */
  results: readonly RunResult[];
}

/** @param precision half-width that a verdict asks for; 0.02 is plus or minus 2% */
export function summarize(
  variants: readonly VariantResults[],
  compared: readonly ComparedPair[],
  endedBy: ComparisonEnd,
  precision: number,
): ComparisonResult {
  const first = variants[0]?.results[0];
  assert(first !== undefined, 'a comparison needs runs');
  return {
    kind: 'comparison',
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    dbtestVersion: dbtestVersion(),
    endedBy,
    precisionPct: Number((precision * 100).toPrecision(6)),
    host: first.host,
    variants: variants.map(variantOf),
    comparisons: compared.map((pair) => compareVariants(variants, pair, precision)),
    notes: [...notesOnRates(variants, compared), ...notesOn(variants, endedBy)],
  };
}

function variantOf({ label, describe, results }: VariantResults): Variant {
  return {
    label,
    describe,
    runs: results.map((result) => ({
      seed: result.seed,
      startedAt: result.startedAt,
      endedBy: result.endedBy,
      consistent: result.consistency.passed,
      figures: figuresOf(result),
    })),
    typicalRun: typicalOf(results),
  };
}

function typicalOf(results: readonly RunResult[]): RunResult {
  const middle = median(results.map(({ totals }) => totals.throughputTps));
  const distance = ({ totals }: RunResult): number => Math.abs(totals.throughputTps - middle);
  return results.reduce((nearest, result) => (distance(result) < distance(nearest) ? result : nearest));
}

function compareVariants(variants: readonly VariantResults[], pair: ComparedPair, precision: number): Comparison {
  const a = variants[pair.a] as VariantResults;
  const b = variants[pair.b] as VariantResults;
  assert(a.results.length === b.results.length, 'variants that are compared have as many runs');
  const [typicalA, typicalB] = [typicalOf(a.results), typicalOf(b.results)];
  const definitions = metricsOf(typicalA);
  const main = definitions.find(({ key }) => key === pair.metric);
  assert(main !== undefined, `there is no metric ${pair.metric}`);
  const ordered = [main, ...definitions.filter((definition) => definition !== main)];
  const metrics = ordered.flatMap((definition) => compareMetric(definition, a.results, b.results) ?? []);
  return {
    a: a.label,
    b: b.label,
    title: pair.title,
    pairs: a.results.length,
    metric: pair.metric,
    verdict: verdictOf(metrics[0], main, a.results.length, precision),
    metrics,
    differences: differencesOf(typicalA, typicalB),
  };
}

function compareMetric(
  definition: MetricDefinition,
  a: readonly RunResult[],
  b: readonly RunResult[],
): MetricComparison | null {
  const estimate = estimateRatio(a, b, definition.key);
  if (estimate === null) return null;
  const medianOf = (results: readonly RunResult[]) =>
    median(results.map((result) => figuresOf(result)[definition.key] as number));
  const { ratio, interval } = estimate;
  return { ...definition, medianA: medianOf(a), medianB: medianOf(b), ratio, interval };
}

function verdictOf(
  metric: MetricComparison | undefined,
  main: MetricDefinition,
  pairs: number,
  precision: number,
): Verdict {
  // A run without a single transaction has no ratio; more pairs may have one.
  if (metric?.key !== main.key) {
    return { kind: 'too noisy', morePairs: morePairsFor({ pairs, ratio: 1, interval: null }, precision) };
  }
  return judge({ pairs, ratio: metric.ratio, interval: metric.interval }, main.better, precision);
}

function notesOnRates(variants: readonly VariantResults[], compared: readonly ComparedPair[]): string[] {
  const sideOf = (position: number) => {
    const { label, results } = variants[position] as VariantResults;
    return { label, config: (results[0] as RunResult).config };
  };
  return compared.flatMap(({ a, b }) => noteOnRates(sideOf(a), sideOf(b)) ?? []);
}

function notesOn(variants: readonly VariantResults[], endedBy: ComparisonEnd): string[] {
  const notes: string[] = [];
  for (const { label, results } of variants) {
    const [first] = results;
    if (first === undefined) continue;
    const early = results.filter((result) => result.endedBy === 'memory-limit').length;
    if (early > 0) notes.push(`${early} of ${results.length} runs of ${label} ended early, at the memory limit.`);
    const behind = results.filter((result) => !keptRate(result)).length;
    if (behind > 0)
      notes.push(
        `${behind} of ${results.length} runs of ${label} fell behind their rate: starts that were overdue at the end are in no figure.`,
      );
    const failed = results.filter(({ consistency }) => consistency.passed === false).length;
    if (failed > 0) notes.push(`${failed} of ${results.length} runs of ${label} failed a consistency condition.`);
    const others = results.filter((result) => !sameConfiguration(first, result)).length;
    if (others > 0)
      notes.push(`${others} of ${results.length} results of ${label} have another configuration than the first.`);
  }
  if (endedBy === 'stored') {
    notes.push(
      'Stored results are paired by the time they started; only runs that alternated share the drift of the machine.',
    );
  }
  return notes;
}
