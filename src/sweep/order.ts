/** In which order the points of a sweep run. */

export interface PlannedRun {
  point: number;
  repetition: number;
  seed: number;
}

/** Seeds have 32 bits, and follow each other round the end. */
const SEEDS = 2 ** 32;

/**
 * Each repetition runs all points, every other one backwards, so that what a machine gains or loses over time falls on all
 * alike; the points of one repetition have the same seed.
 */
export function plannedRuns(points: number, repeat: number, seed: number): PlannedRun[] {
  return Array.from({ length: repeat }, (_, repetition) =>
    Array.from({ length: points }, (__, place) => ({
      point: repetition % 2 === 0 ? place : points - 1 - place,
      repetition,
      seed: (seed + repetition) % SEEDS,
    })),
  ).flat();
}
