/** Fits of the universal scalability law to a sweep over shards or threads. */
import { median } from '../statistics/location.ts';
import { pooledFreedom, pooledInterval, pooledReplicates } from '../statistics/pooled-bootstrap.ts';
import {
  fitLaw,
  type LawCoefficients,
  LEAST_DISTINCT_N,
  lawPeak,
  lawThroughput,
} from '../statistics/scalability-law.ts';
import { describeValues, groupedBy, SHARDS_AXIS, THREADS_AXIS, valuesWithout } from './axes.ts';
import type { Axis, Limits, ScalabilityFit, SweepPoint } from './sweep.ts';

const CONFIDENCE = 0.95;
/** A peak beyond so many times the highest N measured is a guess. */
const FAR_BEYOND = 2;
/** An interval of the peak whose ends differ by more than this factor says little. */
const WIDE = 2;
/** A law that misses a point by more than this, and by more than its runs differ, does not describe it. */
const LARGE_MISS = 0.1;

/** Fits over each axis that has a law; `notes` says why there is none where one would be expected. */
export function fitsOf(
  axes: readonly Axis[],
  points: readonly SweepPoint[],
  cores: number,
): { fits: ScalabilityFit[]; notes: string[] } {
  const fits: ScalabilityFit[] = [];
  const notes: string[] = [];
  for (const { name, values } of axes) {
    if (name !== SHARDS_AXIS && name !== THREADS_AXIS) continue;
    if (values.length < LEAST_DISTINCT_N) {
      notes.push(
        `No scalability law over ${name}: it takes ${LEAST_DISTINCT_N} values of it or more, and ${values.length} ` +
          `${values.length === 1 ? 'was' : 'were'} varied.`,
      );
      continue;
    }
    for (const group of groupedBy(points, (point) => describeValues(valuesWithout(point.values, [name])))) {
      const fitted = fitOver(name, group, cores);
      if (typeof fitted === 'string') notes.push(fitted);
      else fits.push(fitted);
    }
  }
  return { fits, notes };
}

function fitOver(axis: string, group: readonly SweepPoint[], cores: number): ScalabilityFit | string {
  const values = valuesWithout(group[0]?.values ?? {}, [axis]);
  const where = Object.keys(values).length === 0 ? '' : ` at ${describeValues(values)}`;
  if (!group.every(({ isClosedLoop }) => isClosedLoop)) {
    return `No scalability law over ${axis}${where}: the pacing, not the number of ${wordOf(axis)}, sets the throughput.`;
  }
  const measured = group
    .map((point) => ({
      n: Number(point.values[axis]),
      samples: point.runs.map(({ figures }) => figures['throughput'] ?? 0).filter((tps) => tps > 0),
      point,
    }))
    .filter(({ samples }) => samples.length > 0)
    .toSorted((left, right) => left.n - right.n);
  if (measured.length < LEAST_DISTINCT_N) {
    return `No scalability law over ${axis}${where}: only ${measured.length} of its values have a throughput, and it takes ${LEAST_DISTINCT_N}.`;
  }
  const counts = measured.map(({ n }) => n);
  const law = fitSamples(
    counts,
    measured.map(({ samples }) => samples),
  );
  const peak = lawPeak(law);
  const intervals = intervalsOf(
    counts,
    measured.map(({ samples }) => samples.map(Math.log)),
  );
  const fit: ScalabilityFit = {
    axis,
    values,
    ...law,
    peakN: finite(peak),
    peakTps: finite(peak === Number.POSITIVE_INFINITY ? law.lambda / law.sigma : lawThroughput(law, peak)),
    rSquared: explained(law, measured),
    intervals,
    measured: measured.map(({ n, samples }) => ({ n, tps: median(samples) })),
    remarks: [],
  };
  const crowded = measured.find(({ point }) => point.shards * point.threads > cores);
  return { ...fit, remarks: remarksOn(fit, measured, crowded?.n ?? null, cores) };
}

const fitSamples = (counts: readonly number[], samples: readonly (readonly number[])[]): LawCoefficients =>
  fitLaw(samples.flatMap((group, i) => group.map((x) => ({ n: counts[i] as number, x }))));

/** @param logarithms of the throughputs, by N: their spread is about the same whatever the throughput */
function intervalsOf(counts: readonly number[], logarithms: readonly number[][]): ScalabilityFit['intervals'] {
  const freedom = pooledFreedom(logarithms);
  const laws = pooledReplicates(logarithms, (drawn) =>
    fitSamples(
      counts,
      drawn.map((group) => group.map(Math.exp)),
    ),
  );
  if (laws.length === 0) return null;
  const limits = (figure: (law: LawCoefficients) => number): Limits => {
    const { low, high } = pooledInterval(laws.map(figure), freedom, CONFIDENCE);
    return { low: finite(low), high: finite(high) };
  };
  return {
    lambda: limits(({ lambda }) => lambda),
    sigma: limits(({ sigma }) => sigma),
    kappa: limits(({ kappa }) => kappa),
    peakN: limits(lawPeak),
  };
}

function explained(law: LawCoefficients, measured: readonly { n: number; samples: number[] }[]): number {
  const all = measured.flatMap(({ samples }) => samples);
  const mean = all.reduce((sum, tps) => sum + tps, 0) / all.length;
  const total = all.reduce((sum, tps) => sum + (tps - mean) ** 2, 0);
  const left = measured.reduce(
    (sum, { n, samples }) => sum + samples.reduce((of, tps) => of + (tps - lawThroughput(law, n)) ** 2, 0),
    0,
  );
  return total > 0 ? 1 - left / total : 0;
}

function remarksOn(
  fit: ScalabilityFit,
  measured: readonly { n: number; samples: number[] }[],
  crowdedFrom: number | null,
  cores: number,
): string[] {
  const { axis, peakN, intervals } = fit;
  const highest = measured.at(-1)?.n ?? 1;
  const remarks: string[] = [];
  if (peakN === null) {
    remarks.push(
      `No point of diminishing return: the fitted throughput does not fall, and ${axis}=${highest} was the most measured.`,
    );
  } else if (peakN > FAR_BEYOND * highest) {
    remarks.push(
      `The point of diminishing return lies far beyond ${axis}=${highest}, the most measured: take it for "not reached", not for a forecast.`,
    );
  }
  if (intervals === null) remarks.push('No interval: every point was run once; --repeat 2 or more gives one.');
  else if (peakN !== null && isWide(intervals.peakN)) {
    remarks.push(
      'The interval of the point of diminishing return is too wide to rely on; more repetitions or longer runs narrow it.',
    );
  }
  if (measured.length === LEAST_DISTINCT_N) {
    remarks.push(
      'Three coefficients from three values: the curve passes near them whatever they are; a fourth would test the law.',
    );
  }
  const worst = worstMiss(fit, measured);
  if (worst !== null) {
    remarks.push(
      `The law does not describe these points well: at ${axis}=${worst.n} it is ${(100 * Math.abs(worst.miss)).toFixed(0)}% ` +
        `${worst.miss > 0 ? 'above' : 'below'} what was measured.`,
    );
  }
  if (crowdedFrom !== null) {
    remarks.push(
      `From ${axis}=${crowdedFrom} on there are more worker threads than the ${cores} cores of this machine: the fit then tells of the cores, not of dbtest.`,
    );
  }
  return remarks;
}

const isWide = ({ low, high }: Limits): boolean => low === null || high === null || high > WIDE * low;

function worstMiss(
  law: LawCoefficients,
  measured: readonly { n: number; samples: number[] }[],
): { n: number; miss: number } | null {
  const misses = measured
    .map(({ n, samples }) => {
      const middle = median(samples);
      const spread = samples.length < 2 ? 0 : (Math.max(...samples) - Math.min(...samples)) / middle;
      return { n, miss: lawThroughput(law, n) / middle - 1, spread };
    })
    .filter(({ miss, spread }) => Math.abs(miss) > LARGE_MISS && Math.abs(miss) > spread)
    .toSorted((left, right) => Math.abs(right.miss) - Math.abs(left.miss));
  return misses[0] ?? null;
}

const wordOf = (axis: string): string => (axis === SHARDS_AXIS ? 'shards' : 'threads');

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
