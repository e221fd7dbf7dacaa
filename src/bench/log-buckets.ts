/**
 * Log-spaced buckets of an HDR histogram, for drawing it. Runs in the main thread after the measurement; it knows no
 * report: the widths of columns and bars are not decided here.
 */
import {
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
  JsHistogram,
  type WasmHistogram,
} from 'hdr-histogram-js';
import type { LatencyBucket } from './result.ts';

/** Bars that are still read at a glance. */
const MOST_BUCKETS = 20;

/** Bucket starts within a decade, finest first. */
const STEPS: readonly (readonly number[])[] = [
  [1, 1.2, 1.5, 1.7, 2, 2.5, 3, 4, 5, 6, 7, 8.5],
  [1, 1.5, 2, 3, 5, 7],
  [1, 2, 5],
  [1, 3],
  [1],
];

/** A slot of the histogram that holds something; `us` is its middle, exact to the histogram's resolution. */
interface Slot {
  us: number;
  count: number;
}

/**
 * The histogram as contiguous buckets from the one that holds the smallest value to the one that holds the largest. The
 * finest round edges that give at most twenty buckets are taken. Counts sum to `totalCount`; a value within the
 * histogram's resolution of an edge may count on either side of it. Values of 0 have a first bucket that starts at 0.
 * @param histogram in its JavaScript or WebAssembly form
 * @param unitsPerUs recorded units in a microsecond: 1000 where the histogram holds nanoseconds
 */
export function logBuckets(histogram: Histogram, unitsPerUs: number): LatencyBucket[] {
  if (histogram.totalCount === 0) return [];
  const slots = occupiedSlots(histogram, unitsPerUs);
  const positive = slots.filter((slot) => slot.us > 0);
  const zeros = slots.reduce((sum, slot) => (slot.us > 0 ? sum : sum + slot.count), 0);
  const first = positive[0];
  const last = positive[positive.length - 1];
  if (first === undefined || last === undefined) return [{ fromUs: 0, toUs: 1 / unitsPerUs, count: zeros }];
  const edges = chooseEdges(first.us, last.us);
  const buckets: LatencyBucket[] = zeros === 0 ? [] : [{ fromUs: 0, toUs: edges[0] as number, count: zeros }];
  let next = 0;
  for (let i = 1; i < edges.length; i++) {
    const bucket = { fromUs: edges[i - 1] as number, toUs: edges[i] as number, count: 0 };
    for (let slot = positive[next]; slot !== undefined && slot.us < bucket.toUs; slot = positive[++next]) {
      bucket.count += slot.count;
    }
    buckets.push(bucket);
  }
  return buckets;
}

/** Edges of the finest step that covers low..high in at most `MOST_BUCKETS` buckets; the last edge lies above `high`. */
function chooseEdges(low: number, high: number): number[] {
  let edges: number[] = [];
  for (const steps of STEPS) {
    edges = edgesAround(low, high, steps);
    if (edges.length - 1 <= MOST_BUCKETS) break;
  }
  return edges;
}

function edgesAround(low: number, high: number, steps: readonly number[]): number[] {
  const edges: number[] = [];
  for (let decade = Math.floor(Math.log10(low)) - 1; ; decade++) {
    for (const step of steps) {
      // Parsed, not multiplied: 1.5e-1 is then the number that prints as 0.15.
      const edge = Number(`${step}e${decade}`);
      if (edge <= low) edges[0] = edge;
      else edges.push(edge);
      if (edge > high) return edges;
    }
  }
}

/** Slots with a count, ascending. Only the JavaScript form can be walked, so the other one is converted. */
function occupiedSlots(histogram: Histogram, unitsPerUs: number): Slot[] {
  const walkable = histogram instanceof JsHistogram ? histogram : asJsHistogram(histogram);
  const slots: Slot[] = [];
  for (let index = 0; index < walkable.countsArrayLength; index++) {
    const count = walkable.getCountAtIndex(index);
    if (count === 0) continue;
    const from = walkable.valueFromIndex(index);
    slots.push({ us: (from + walkable.highestEquivalentValue(from)) / 2 / unitsPerUs, count });
  }
  return slots;
}

function asJsHistogram(histogram: Histogram): JsHistogram {
  const encoded = encodeIntoCompressedBase64(histogram as WasmHistogram);
  return decodeFromCompressedBase64(encoded, 64, false) as JsHistogram;
}
