/**
 * Comparison of configurations, main file of the folder: what is measured, in which order, and what it comes to, as the data
 * that every report of a comparison is rendered from. The main thread runs it between runs. It starts no process, reads no
 * file and knows no workload: whoever calls it supplies the runs.
 */
import type { RunResult } from '../bench/result.ts';
import type { Better, Verdict } from '../statistics/verdict.ts';

/** Raised when a key of the JSON changes its meaning or disappears. */
export const COMPARISON_SCHEMA_VERSION = 1;

/** Why no more pairs were run. */
export type ComparisonEnd = 'pairs' | 'precision' | 'most-pairs' | 'interrupt' | 'fault' | 'stored';

/** One run of a variant: what the comparison uses of its result. */
export interface VariantRun {
  seed: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedBy: RunResult['endedBy'];
  /** Null where it was not checked. */
  consistent: boolean | null;
  /** By the keys of `MetricComparison`; null where the run has no such figure. */
  figures: Record<string, number | null>;
}

/** A configuration and its runs. */
export interface Variant {
  /** `A`, `B`, ... */
  label: string;
  /** What it is: the options of its runs, or the files. */
  describe: string;
  /** In the order of the pairs. */
  runs: VariantRun[];
  /** The whole result of the run whose throughput is nearest to the median, for curves; with its configuration. */
  typicalRun: RunResult;
}

/** One figure of both variants. */
export interface MetricComparison {
  /** `throughput`, `p99`, `newOrder.p99`. */
  key: string;
  title: string;
  unit: 'tx/s' | 'us';
  better: Better;
  /** Medians over the runs. */
  medianA: number;
  medianB: number;
  /** B to A, see `pairedRatio`. */
  ratio: number;
  /** Holds the ratio with at least 95%; null with too few pairs. */
  interval: { low: number; high: number } | null;
}

/** Two variants beside each other. */
export interface Comparison {
  /** Labels. */
  a: string;
  b: string;
  title: string;
  pairs: number;
  /** Key of the metric that the verdict is about. */
  metric: string;
  /** What B is beside A. */
  verdict: Verdict;
  /** The verdict's metric first. Figures that a run lacks are left out. */
  metrics: MetricComparison[];
  /** Configuration keys in which the variants differ: `numThreads`, A's value, B's. */
  differences: { key: string; a: string; b: string }[];
}

/** What `dbtest compare --json` writes. */
export interface ComparisonResult {
  kind: 'comparison';
  schemaVersion: number;
  dbtestVersion: string;
  endedBy: ComparisonEnd;
  /** Half-width of the interval that the verdict asks for, as a percentage of the ratio. */
  precisionPct: number;
  host: RunResult['host'];
  variants: Variant[];
  comparisons: Comparison[];
  /** What a reader must know to trust the figures, one sentence each. */
  notes: string[];
}
