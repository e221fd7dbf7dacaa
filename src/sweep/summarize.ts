/** Makes the data of a sweep of its runs. */
import type { RunResult } from '../bench/result.ts';
import { dbtestVersion } from '../config/version.ts';
import { median } from '../statistics/location.ts';
import { crossoversOf } from './crossover.ts';
import { fitsOf } from './scalability.ts';
import {
  type PointFacts,
  type RepeatedRun,
  SWEEP_SCHEMA_VERSION,
  type SweepConfig,
  type SweepEnd,
  type SweepPoint,
  type SweepResult,
  type SweepRun,
} from './sweep.ts';

/** @param runs by point */
export function summarizeSweep(
  config: SweepConfig,
  facts: readonly PointFacts[],
  runs: readonly (readonly RepeatedRun[])[],
  host: RunResult['host'],
  endedBy: SweepEnd,
): SweepResult {
  const points = facts.map((each, i) => pointOf(each, runs[i] ?? []));
  const { fits, notes } = fitsOf(config.axes, points, host.cores);
  return {
    kind: 'sweep',
    schemaVersion: SWEEP_SCHEMA_VERSION,
    dbtestVersion: dbtestVersion(),
    endedBy,
    host,
    config,
    points,
    fits,
    crossover: crossoversOf(config.axes, points),
    notes: [...notes, ...notesOnRuns(runs.flat()), ...missingNotes(points, config.repeat)],
  };
}

function pointOf(facts: PointFacts, runs: readonly RepeatedRun[]): SweepPoint {
  const byRepetition = runs.toSorted((left, right) => left.repetition - right.repetition);
  const keys = [...new Set(runs.flatMap(({ figures }) => Object.keys(figures)))];
  const samples = keys.flatMap((key): [string, number[]][] => {
    const values = byRepetition.flatMap(({ figures }) => figures[key] ?? []);
    return values.length === 0 ? [] : [[key, values]];
  });
  const each = (figure: (values: number[]) => number): Record<string, number> =>
    Object.fromEntries(samples.map(([key, values]) => [key, figure(values)]));
  return {
    ...facts,
    runs: byRepetition,
    median: each(median),
    low: each((values) => Math.min(...values)),
    high: each((values) => Math.max(...values)),
  };
}

/** What is to be said of runs of whatever kind. */
export function notesOnRuns(runs: readonly SweepRun[]): string[] {
  const notes: string[] = [];
  const early = runs.filter(({ endedBy }) => endedBy === 'memory-limit').length;
  if (early > 0) notes.push(`${early} of ${runs.length} runs ended early, at the memory limit.`);
  return notes;
}

function missingNotes(points: readonly SweepPoint[], repeat: number): string[] {
  const made = points.reduce((sum, { runs }) => sum + runs.length, 0);
  const planned = points.length * repeat;
  return made === planned ? [] : [`${made} of the ${planned} planned runs were made.`];
}
