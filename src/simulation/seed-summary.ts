/** What many seeds came to, in a form that adds up: over seeds, threads, and runs of the command. */
import type { SeedReport } from './simulation.ts';

export interface SeedSummary {
  runs: number;
  transactions: number;
  commits: number;
  userAborts: number;
  failures: number;
  steps: number;
  conflicts: number;
  retriesMost: number;
  lockWaits: number;
  inDoubt: number;
  faults: Record<string, number>;
  disks: Record<string, number>;
}

export const emptySummary = (): SeedSummary => ({
  runs: 0,
  transactions: 0,
  commits: 0,
  userAborts: 0,
  failures: 0,
  steps: 0,
  conflicts: 0,
  retriesMost: 0,
  lockWaits: 0,
  inDoubt: 0,
  faults: {},
  disks: {},
});

/** Adds one seed to a summary. */
export function addSeed(summary: SeedSummary, report: SeedReport): void {
  addSummary(summary, { ...report, runs: 1 });
}

/** Adds `other` to `summary`. */
export function addSummary(summary: SeedSummary, other: SeedSummary): void {
  summary.runs += other.runs;
  summary.transactions += other.transactions;
  summary.commits += other.commits;
  summary.userAborts += other.userAborts;
  summary.failures += other.failures;
  summary.steps += other.steps;
  summary.conflicts += other.conflicts;
  summary.retriesMost = Math.max(summary.retriesMost, other.retriesMost);
  summary.lockWaits += other.lockWaits;
  summary.inDoubt += other.inDoubt;
  addCounts(summary.faults, other.faults);
  addCounts(summary.disks, other.disks);
}

function addCounts(counts: Record<string, number>, other: Record<string, number>): void {
  for (const [kind, count] of Object.entries(other)) counts[kind] = (counts[kind] ?? 0) + count;
}
