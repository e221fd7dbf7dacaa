/** Axes of charts: where a value lies between 0 and 1, and where the marks are. They know no chart and no result. */

export interface Tick {
  /** Between 0 and 1. */
  at: number;
  label: string;
}

export interface Axis {
  title: string;
  ticks: readonly Tick[];
  /** Where a value lies, 0 to 1; values beyond the ends lie at the ends. */
  place(value: number): number;
}

const STEPS = [1, 2, 5, 10] as const;
/** A factor below this needs marks between the powers of ten. */
const FEW_DECADES = 2.5;
/** Latencies below a nanosecond are none. */
const LOWEST_LOG = 1e-3;

const between = (share: number): number => (share > 0 ? Math.min(1, share) : 0);

/** The smallest of 1, 2, 5, 10, 20, ... that is at least `value`. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (STEPS.find((step) => step * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/**
 * From `low` to the next mark at or above `high`.
 * @param marks about so many
 */
export function linearAxis(
  title: string,
  [low, high]: readonly [number, number],
  marks: number,
  label: (value: number) => string,
): Axis {
  const step = niceStep(high > low ? (high - low) / marks : 1);
  const top = low + Math.max(1, Math.ceil((high - low) / step - 1e-9)) * step;
  const place = (value: number): number => between((value - low) / (top - low));
  const ticks: Tick[] = [];
  for (let i = 0; low + i * step <= top * (1 + 1e-9); i++) {
    const value = Number((low + i * step).toPrecision(12));
    ticks.push({ at: place(value), label: label(value) });
  }
  return { title, ticks, place };
}

/** From `first` to `last` exactly, with marks on the round values between. */
export function spanAxis(
  title: string,
  [first, last]: readonly [number, number],
  marks: number,
  label: (value: number) => string,
): Axis {
  const range = Math.max(last - first, Number.EPSILON);
  const step = niceStep(range / marks);
  const place = (value: number): number => between((value - first) / range);
  const ticks: Tick[] = [];
  for (let i = Math.ceil(first / step - 1e-9); i * step <= last + range * 1e-9; i++) {
    const value = Number((i * step).toPrecision(12));
    ticks.push({ at: place(value), label: label(value) });
  }
  return { title, ticks, place };
}

/** Logarithmic, from the round value at or below `low` to the one at or above `high`. */
export function logAxis(title: string, range: readonly [number, number], label: (value: number) => string): Axis {
  const low = roundValue(Math.max(range[0], LOWEST_LOG), Math.floor);
  const high = Math.max(roundValue(Math.max(range[1], LOWEST_LOG), Math.ceil), low * 10);
  const decades = Math.log10(high / low);
  const place = (value: number): number => (value <= low ? 0 : between(Math.log10(value / low) / decades));
  const between1And10 = decades > FEW_DECADES ? [1] : [1, 2, 5];
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high) + 1e-9; power++) {
    for (const step of between1And10) {
      // Parsed, not multiplied: 2e-1 is then the number that prints as 0.2.
      const value = Number(`${step}e${power}`);
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9)) continue;
      ticks.push({ at: place(value), label: label(value) });
    }
  }
  return { title, ticks, place };
}

/** The value 1, 2 or 5 times a power of ten beside `value`. */
function roundValue(value: number, towards: (value: number) => number): number {
  const power = Math.floor(Math.log10(value) + 1e-9);
  const steps = [1, 2, 5, 10].map((step) => Number(`${step}e${power}`));
  return towards === Math.floor
    ? (steps.findLast((step) => step <= value * (1 + 1e-9)) as number)
    : (steps.find((step) => step >= value * (1 - 1e-9)) as number);
}

/** How many nines a percentile has: 0 for 0, 1 for 90, 2 for 99, and so on. Only below 100. */
export const ninesOf = (percentile: number): number => -Math.log10(1 - percentile / 100);

const MARKED_PERCENTILES = ['0', '50', '90', '99', '99.9', '99.99', '99.999', '99.9999'];

/**
 * Percentiles on a logarithmic axis: as far from 90 to 99 as from 99 to 99.9. Values are nines, so that a chart can put
 * the maximum, which has no percentile, behind the last point.
 * @param highestNines where the axis ends
 */
export function percentileAxis(highestNines: number): Axis {
  const end = Math.max(highestNines, 1);
  const place = (nines: number): number => between(nines / end);
  const ticks = MARKED_PERCENTILES.filter((text) => ninesOf(Number(text)) <= end * (1 + 1e-9));
  return {
    title: 'percentile',
    ticks: ticks.map((text) => ({ at: place(ninesOf(Number(text))), label: text })),
    place,
  };
}
