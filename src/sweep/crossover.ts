/** From which remote share on several shards are no faster than one. */
import { pooledFreedom, pooledInterval, pooledReplicates } from '../statistics/pooled-bootstrap.ts';
import { describeValues, groupedBy, isRemoteShare, SHARDS_AXIS, valuesWithout } from './axes.ts';
import type { Axis, Crossover, SweepPoint } from './sweep.ts';

const CONFIDENCE = 0.95;
const LEAST_SHARES = 2;

/** For each remote share that is varied together with shards, one of them 1. */
export function crossoversOf(axes: readonly Axis[], points: readonly SweepPoint[]): Crossover[] {
  const shards = axes.find(({ name }) => name === SHARDS_AXIS);
  if (shards === undefined || !shards.values.some((value) => Number(value) === 1)) return [];
  const several = shards.values.map(Number).filter((count) => count > 1);
  return axes
    .filter(({ name }) => isRemoteShare(name))
    .flatMap(({ name }) =>
      groupedBy(
        points.filter(({ isClosedLoop }) => isClosedLoop),
        ({ values }) => describeValues(valuesWithout(values, [SHARDS_AXIS, name])),
      ).flatMap((group) => several.flatMap((count) => crossoverOf(name, count, group) ?? [])),
    );
}

function crossoverOf(axis: string, shards: number, group: readonly SweepPoint[]): Crossover | null {
  const at = (count: number, share: string) =>
    group.find(({ values }) => Number(values[SHARDS_AXIS]) === count && values[axis] === share);
  const shares = [...new Set(group.map(({ values }) => values[axis] as string))];
  const measured = shares
    .map((share) => ({ sharePct: Number(share), logRatios: logRatiosOf(at(shards, share), at(1, share)) }))
    .filter(({ logRatios }) => logRatios.length > 0)
    .toSorted((left, right) => left.sharePct - right.sharePct);
  if (measured.length < LEAST_SHARES) return null;
  const sharePcts = measured.map(({ sharePct }) => sharePct);
  const groups = measured.map(({ logRatios }) => logRatios);
  const crossing = crossingOf(sharePcts, groups);
  const replicates = pooledReplicates(groups, (drawn) => crossingOf(sharePcts, drawn));
  const limits = replicates.length === 0 ? null : pooledInterval(replicates, pooledFreedom(groups), CONFIDENCE);
  return {
    axis,
    shards,
    values: valuesWithout(group[0]?.values ?? {}, [SHARDS_AXIS, axis]),
    verdict: verdictOf(crossing),
    sharePct: finite(crossing),
    interval: limits === null ? null : { low: finite(limits.low), high: finite(limits.high) },
    measured: measured.map(({ sharePct, logRatios }) => ({ sharePct, ratio: Math.exp(mean(logRatios)) })),
  };
}

/** By repetition, so that the drift of the machine cancels. */
function logRatiosOf(several: SweepPoint | undefined, single: SweepPoint | undefined): number[] {
  return (several?.runs ?? []).flatMap(({ repetition, figures }) => {
    const beside = single?.runs.find((run) => run.repetition === repetition);
    const [x, one] = [figures['throughput'] ?? 0, beside?.figures['throughput'] ?? 0];
    return x > 0 && one > 0 ? [Math.log(x / one)] : [];
  });
}

/**
 * The first share at which the ratio is down at 1. Between two shares the inverse ratio is taken for linear: a remote
 * access costs a transaction the same time whatever their share.
 * @returns minus infinity where the ratio is at most 1 at the first share, infinity where it is above 1 at all
 */
function crossingOf(sharePcts: readonly number[], logRatios: readonly (readonly number[])[]): number {
  const inverse = logRatios.map((samples) => Math.exp(-mean(samples)));
  const place = inverse.findIndex((value) => value >= 1);
  if (place < 0) return Number.POSITIVE_INFINITY;
  if (place === 0) return Number.NEGATIVE_INFINITY;
  const [before, after] = [inverse[place - 1] as number, inverse[place] as number];
  const [from, to] = [sharePcts[place - 1] as number, sharePcts[place] as number];
  return from + ((1 - before) / (after - before)) * (to - from);
}

function verdictOf(crossing: number): Crossover['verdict'] {
  if (Number.isFinite(crossing)) return 'crossing';
  return crossing > 0 ? 'faster at every share' : 'faster at no share';
}

const mean = (samples: readonly number[]): number => samples.reduce((sum, value) => sum + value, 0) / samples.length;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
