/**
 * Sweeps, main file of the folder: runs over the product of varied options, or searches for the highest rate at each point
 * of it, as the data that every report of a sweep is rendered from. The main thread plans, keeps and summarizes; whoever
 * calls supplies the runs. It starts no process, renders nothing and knows no option but the few whose effect has a law:
 * shards, threads, and the remote share.
 */
import type { RunResult } from '../bench/result.ts';

/** Raised when a key of the JSON changes its meaning or disappears. */
export const SWEEP_SCHEMA_VERSION = 1;

/** `plan`: every run was made. `fault`: a run failed, and what is there was made before it. */
export type SweepEnd = 'plan' | 'interrupt' | 'fault';

/** An option that is varied, in the order given. */
export interface Axis {
  /** As it is called in `--vary`: `shards`, `num-threads`. */
  name: string;
  values: string[];
}

/** By axis the value. */
export type AxisValues = Record<string, string>;

/** Under the names of the sweep: what a point comes to. */
export interface PointFacts {
  values: AxisValues;
  shards: number;
  /** Worker threads in each shard. */
  threads: number;
  /** In each shard. */
  warehouses: number;
  /** Whether terminals start again at once; else the throughput is what was asked for. */
  isClosedLoop: boolean;
}

/** What a sweep uses of a run's result. */
export interface SweepRun {
  seed: number;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedBy: RunResult['endedBy'];
  /** Null where it was not checked. */
  consistent: boolean | null;
  /** `throughput` in tx/s, `tpmC`, `crossShardPct`, latency in microseconds: `p99`, `newOrder.p99`; null where it has none. */
  figures: Record<string, number | null>;
}

export interface RepeatedRun extends SweepRun {
  /** From 0. */
  repetition: number;
}

export interface SweepPoint extends PointFacts {
  /** By repetition; those that are missing were not made. */
  runs: RepeatedRun[];
  /** By figure, over the runs that have it. */
  median: Record<string, number>;
  low: Record<string, number>;
  high: Record<string, number>;
}

/** Null where it lies beyond everything: a peak that is never reached, a share outside what was measured. */
export interface Limits {
  low: number | null;
  high: number | null;
}

/** The universal scalability law over one axis, at one combination of the others. */
export interface ScalabilityFit {
  axis: string;
  /** Of the other axes. */
  values: AxisValues;
  /** Throughput of one, in tx/s. */
  lambda: number;
  /** Share of the work that cannot be done side by side. */
  sigma: number;
  /** What each pair costs to agree. */
  kappa: number;
  /** Where throughput is highest; null where it never falls. */
  peakN: number | null;
  /** In tx/s; without a peak the limit, which is null where there is none either. */
  peakTps: number | null;
  /** Share of the variance that the law explains. */
  rSquared: number;
  /** Hold the coefficients with 95% each; null where no point was repeated. */
  intervals: { lambda: Limits; sigma: Limits; kappa: Limits; peakN: Limits } | null;
  /** N measured, ascending, with the median throughput. */
  measured: { n: number; tps: number }[];
  /** What to beware of, one sentence each. */
  remarks: string[];
}

/** From which remote share on several shards are no faster than one, at one combination of the other axes. */
export interface Crossover {
  /** The axis of the share: `remote-item-pct`. */
  axis: string;
  shards: number;
  /** Of the other axes. */
  values: AxisValues;
  verdict: 'crossing' | 'faster at every share' | 'faster at no share';
  /** Interpolated; null without a crossing. */
  sharePct: number | null;
  /** Holds the share with 95%; null where no point was repeated. A null limit lies beyond the shares measured. */
  interval: Limits | null;
  /** Ascending; `ratio` is the throughput of the shards to that of one, by repetition, geometric mean. */
  measured: { sharePct: number; ratio: number }[];
}

/** What was asked for. */
export interface SweepConfig {
  axes: Axis[];
  /** Options of all runs, as one would type them. */
  options: string[];
  repeat: number;
  /** Of the first repetition; each further one has the next. */
  seed: number;
}

/** What `dbtest sweep --json` writes. */
export interface SweepResult {
  kind: 'sweep';
  schemaVersion: number;
  dbtestVersion: string;
  endedBy: SweepEnd;
  host: RunResult['host'];
  config: SweepConfig;
  points: SweepPoint[];
  fits: ScalabilityFit[];
  crossover: Crossover[];
  /** What a reader must know to trust the figures, one sentence each. */
  notes: string[];
}

/** One run of a search. */
export interface RateRun extends SweepRun {
  /** Offered transactions a second; null for the closed loop that a search starts from. */
  rate: number | null;
  /** Completed transactions a second, user aborts included. */
  achievedTps: number;
  /** Of the threshold's metric; null where the run has none. */
  measured: number | null;
  /** Whether the run kept up with the rate. */
  keptUp: boolean;
  /** Whether the threshold was kept. */
  isWithin: boolean;
}

/** What is known of one rate. */
export interface RateStep {
  rate: number;
  holds: boolean;
  /** How many runs kept the threshold and the rate, and how many did not. */
  kept: number;
  missed: number;
}

/** The search at one point. */
export interface MaxRate extends PointFacts {
  /** The highest rate that holds; null where none does. */
  low: number | null;
  /** The lowest rate that does not; null where none was found. */
  high: number | null;
  /** Whether the two are as close as asked for, and both were settled by repeated runs. */
  isSettled: boolean;
  /** Ascending by rate. */
  steps: RateStep[];
  /** In the order made. */
  runs: RateRun[];
}

/** What `dbtest sweep --find-max-rate --json` writes. */
export interface MaxRateResult {
  kind: 'max-rate';
  schemaVersion: number;
  dbtestVersion: string;
  endedBy: SweepEnd;
  host: RunResult['host'];
  config: SweepConfig & {
    /** As given: `newOrder.p99<2ms`. */
    threshold: string;
    /** Name of its metric, its limit, and the unit of the limit and of what is measured. */
    metric: string;
    limit: number;
    unit: string;
    /** How close the two rates shall be, as a percentage of the lower one. */
    precisionPct: number;
    /** Share of the offered rate that a run must complete. */
    leastAchievedPct: number;
  };
  points: MaxRate[];
  notes: string[];
}
