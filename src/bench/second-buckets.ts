/**
 * Latencies of one second of one worker in few bytes, for points of the time series that join several workers. Buckets are
 * log-linear: 64 to a power of two, so that a percentile is within 0.8% of the truth.
 */
const SUB_BUCKETS = 64;
const SUB_SHIFT = 6;
/** Up to 2^41 ns, about 37 minutes; longer ones count there. */
const POWERS = 36;
const BUCKETS = SUB_BUCKETS * POWERS;

/** Non-empty buckets and how many are in each. */
export interface SparseBuckets {
  buckets: number[];
  counts: number[];
}

export class SecondBuckets {
  private readonly counts = new Uint32Array(BUCKETS);

  add(latencyNs: number): void {
    this.counts[bucketOf(latencyNs)]++;
  }

  /** What came since the last call. */
  take(): SparseBuckets {
    const sparse: SparseBuckets = { buckets: [], counts: [] };
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if (this.counts[bucket] === 0) continue;
      sparse.buckets.push(bucket);
      sparse.counts.push(this.counts[bucket]);
    }
    this.counts.fill(0);
    return sparse;
  }
}

/** Values below 64 have a bucket each; from there on the six bits after the first tell them apart. */
function bucketOf(latencyNs: number): number {
  if (latencyNs < SUB_BUCKETS) return latencyNs | 0;
  let high = 31 - Math.clz32(latencyNs);
  let scaled = latencyNs;
  if (latencyNs >= 0x80000000) {
    scaled = latencyNs / 0x10000;
    high = 31 - Math.clz32(scaled);
    const bucket = ((high + 16 - SUB_SHIFT + 1) << SUB_SHIFT) + ((scaled >>> (high - SUB_SHIFT)) & (SUB_BUCKETS - 1));
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
  }
  return ((high - SUB_SHIFT + 1) << SUB_SHIFT) + ((scaled >>> (high - SUB_SHIFT)) & (SUB_BUCKETS - 1));
}

/** Middle of a bucket in nanoseconds. */
function middleOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = (bucket >> SUB_SHIFT) - 1;
  const lowest = (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1))) * 2 ** shift;
  return lowest + 2 ** shift / 2;
}

/** Latencies of several workers or seconds together. */
export class JoinedBuckets {
  private readonly counts = new Float64Array(BUCKETS);
  private total = 0;

  add({ buckets, counts }: SparseBuckets): void {
    for (let i = 0; i < buckets.length; i++) {
      this.counts[buckets[i]] += counts[i];
      this.total += counts[i];
    }
  }

  /** The value at a percentile in nanoseconds; null where there is none. */
  percentile(percentile: number): number | null {
    if (this.total === 0) return null;
    const rank = Math.max(1, Math.ceil((percentile / 100) * this.total));
    let bucket = 0;
    for (let seen = this.counts[0]; seen < rank; seen += this.counts[bucket]) bucket++;
    return middleOf(bucket);
  }
}

/** The value at a percentile of several workers together, in nanoseconds; null where there is none. */
export function percentileOf(all: readonly SparseBuckets[], percentile: number): number | null {
  const joined = new JoinedBuckets();
  for (const latencies of all) joined.add(latencies);
  return joined.percentile(percentile);
}
