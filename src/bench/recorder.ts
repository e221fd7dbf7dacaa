/**
 * Latencies and counts of one worker. Every completed transaction is recorded once, in nanoseconds with three significant
 * digits, into histograms of the current second; at the end of a second these are added to the totals and give the
 * second's point in the time series.
 *
 * hdr-histogram-js in its WASM form takes 25 ns a record here, its JavaScript form 135 ns and its packed one 1,000 ns.
 */
import * as hdr from 'hdr-histogram-js';
import type { TransactionType } from './contract.ts';
import { SecondBuckets, type SparseBuckets } from './second-buckets.ts';
import { TimeSums, type TypeTimes } from './time-sums.ts';

export const NANOSECONDS_PER_US = 1000;
/** An hour: longer waits are recorded as this. */
const HIGHEST_NS = 3_600_000_000_000;
const NS_PER_MS = 1e6;
/** A second that lacks no more than this counts as whole: main's timer and the worker's clock do not start together. */
const ALMOST_MS = 50;

/** What one worker recorded in a second that is over. */
export interface RecordedSecond {
  commits: number;
  crossShardCommits: number;
  conflictAborts: number;
  latencies: SparseBuckets;
}

/** What one worker recorded between two resets. Histograms are compressed HDR encodings, null where empty. */
export interface RecorderReport {
  types: TypeReport[];
  series: SecondReport[];
}

/** What one worker did within one second of the measurement. */
export interface SecondReport {
  /** 1 is the first second. */
  second: number;
  commits: number;
  userAborts: number;
  conflictAborts: number;
  latencies: SparseBuckets;
}

export interface TypeReport {
  commits: number;
  userAborts: number;
  conflictAborts: number;
  /** Given up because a partition was lost, or for what a lost coordinator left undecided. */
  failed: number;
  failedByDoubt: number;
  localCommits: number;
  crossShardCommits: number;
  local: string | null;
  crossShard: string | null;
  deferredCompleted: number;
  deferred: string | null;
  times: TypeTimes;
}

let webAssembly = false;

/** Prepares the histograms of this thread. Await before the first one is built. */
export async function prepareHistograms(): Promise<void> {
  await hdr.initWebAssembly();
  webAssembly = true;
}

/** A histogram as every part of the program uses it: nanoseconds, three significant digits. */
export function newHistogram(): hdr.Histogram {
  return hdr.build({
    bitBucketSize: 32,
    useWebAssembly: webAssembly,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_NS,
    numberOfSignificantValueDigits: 3,
  });
}

const encode = (histogram: hdr.Histogram): string | null =>
  histogram.totalCount === 0 ? null : hdr.encodeIntoCompressedBase64(histogram);

/** Reads what a report carries. */
export function decodeHistogram(text: string): hdr.Histogram {
  return hdr.decodeFromCompressedBase64(text, 32, webAssembly);
}

/** The histogram of the current second and of the whole measurement. */
class Track {
  readonly interval = newHistogram();
  readonly total = newHistogram();

  /** Moves the second's values to the total. */
  roll(): void {
    if (this.interval.totalCount === 0) return;
    this.total.add(this.interval);
    this.interval.reset();
  }
}

export class Recorder {
  /** Where the latencies went; whoever records one tells this, too. */
  readonly times: TimeSums;
  /** By type: outcomes since the measurement began. */
  private readonly commits: Float64Array;
  private readonly userAborts: Float64Array;
  private readonly conflictAborts: Float64Array;
  private readonly crossShardCommits: Float64Array;
  private readonly failed: Float64Array;
  private readonly failedByDoubt: Float64Array;
  /** By 2 x type + (1 where it crossed shards). */
  private readonly tracks: Track[];
  private readonly deferred: (Track | null)[];
  private readonly second = new SecondBuckets();
  private series: RecorderReport['series'] = [];
  private startMs = Number.NaN;
  private nextSecondMs = Number.POSITIVE_INFINITY;
  /** Sums when the current second began. */
  private commitsAtSecond = 0;
  private crossShardCommitsAtSecond = 0;
  private userAbortsAtSecond = 0;
  private conflictAbortsAtSecond = 0;
  private readonly secondOver: (second: RecordedSecond) => void;

  /** @param secondOver told of every second that is over, also before the measurement */
  constructor(types: readonly TransactionType[], secondOver: (second: RecordedSecond) => void = () => {}) {
    this.times = new TimeSums(types.length);
    this.secondOver = secondOver;
    this.commits = new Float64Array(types.length);
    this.userAborts = new Float64Array(types.length);
    this.conflictAborts = new Float64Array(types.length);
    this.crossShardCommits = new Float64Array(types.length);
    this.failed = new Float64Array(types.length);
    this.failedByDoubt = new Float64Array(types.length);
    this.tracks = Array.from({ length: types.length * 2 }, () => new Track());
    this.deferred = types.map((type) => (type.deferredLimitSeconds === undefined ? null : new Track()));
  }

  /** Begins the measurement: forgets everything before. */
  restart(nowMs: number): void {
    const { commits, userAborts, conflictAborts, crossShardCommits, failed, failedByDoubt } = this;
    for (const counts of [commits, userAborts, conflictAborts, crossShardCommits, failed, failedByDoubt]) {
      counts.fill(0);
    }
    for (const track of [...this.tracks, ...this.deferred]) {
      track?.interval.reset();
      track?.total.reset();
    }
    this.times.reset();
    this.second.take();
    this.series = [];
    this.commitsAtSecond = 0;
    this.crossShardCommitsAtSecond = 0;
    this.userAbortsAtSecond = 0;
    this.conflictAbortsAtSecond = 0;
    this.startMs = nowMs;
    this.nextSecondMs = nowMs + 1000;
  }

  commit(type: number, crossShard: boolean, latencyMs: number): void {
    this.commits[type]++;
    if (crossShard) this.crossShardCommits[type]++;
    this.answer(type, crossShard, latencyMs);
  }

  userAbort(type: number, crossShard: boolean, latencyMs: number): void {
    this.userAborts[type]++;
    this.answer(type, crossShard, latencyMs);
  }

  /** An attempt that was undone and will be made again. */
  conflictAbort(type: number): void {
    this.conflictAborts[type]++;
  }

  /** A transaction that was given up. It has no latency: nobody answered. */
  failure(type: number, byDoubt: boolean): void {
    if (byDoubt) this.failedByDoubt[type]++;
    else this.failed[type]++;
  }

  /** The terminal's answer; for a queued transaction the only thing recorded until `deferredCommit`. */
  answer(type: number, crossShard: boolean, latencyMs: number): void {
    const track = this.tracks[2 * type + (crossShard ? 1 : 0)];
    const latencyNs = nanoseconds(latencyMs);
    track.interval.recordValue(latencyNs);
    this.second.add(latencyNs);
  }

  /** The deferred execution of a queued transaction; this is its commit. */
  deferredCommit(type: number, latencyMs: number): void {
    this.commits[type]++;
    this.deferred[type]?.interval.recordValue(nanoseconds(latencyMs));
  }

  /** Whether the current second is over. */
  secondIsOver(nowMs: number): boolean {
    return nowMs >= this.nextSecondMs;
  }

  /** When the current second ends. */
  get secondEndMs(): number {
    return this.nextSecondMs;
  }

  /** Ends every second that is over. */
  roll(nowMs: number): void {
    while (this.secondIsOver(nowMs)) {
      this.addPoint();
      this.nextSecondMs += 1000;
    }
  }

  private addPoint(): void {
    for (const track of this.tracks) track.roll();
    for (const track of this.deferred) track?.roll();
    const commits = total(this.commits);
    const crossShardCommits = total(this.crossShardCommits);
    const userAborts = total(this.userAborts);
    const conflictAborts = total(this.conflictAborts);
    const second: RecordedSecond = {
      commits: commits - this.commitsAtSecond,
      crossShardCommits: crossShardCommits - this.crossShardCommitsAtSecond,
      conflictAborts: conflictAborts - this.conflictAbortsAtSecond,
      latencies: this.second.take(),
    };
    this.series.push({
      second: Math.round((this.nextSecondMs - this.startMs) / 1000),
      commits: second.commits,
      userAborts: userAborts - this.userAbortsAtSecond,
      conflictAborts: second.conflictAborts,
      latencies: second.latencies,
    });
    this.commitsAtSecond = commits;
    this.crossShardCommitsAtSecond = crossShardCommits;
    this.userAbortsAtSecond = userAborts;
    this.conflictAbortsAtSecond = conflictAborts;
    this.secondOver(second);
  }

  /** Ends the measurement at `nowMs`. A last second that is far from over gives no point in the series. */
  report(nowMs: number): RecorderReport {
    this.roll(nowMs);
    if (this.nextSecondMs - nowMs <= ALMOST_MS) this.addPoint();
    for (const track of [...this.tracks, ...this.deferred]) track?.roll();
    const types = Array.from(this.commits, (commits, type) => ({
      commits,
      userAborts: this.userAborts[type],
      conflictAborts: this.conflictAborts[type],
      failed: this.failed[type],
      failedByDoubt: this.failedByDoubt[type],
      localCommits: commits - this.crossShardCommits[type],
      crossShardCommits: this.crossShardCommits[type],
      local: encode(this.tracks[2 * type].total),
      crossShard: encode(this.tracks[2 * type + 1].total),
      deferredCompleted: this.deferred[type]?.total.totalCount ?? 0,
      deferred: this.deferred[type] === null ? null : encode((this.deferred[type] as Track).total),
      times: this.times.of(type),
    }));
    return { types, series: this.series };
  }
}

const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);

function nanoseconds(latencyMs: number): number {
  const value = Math.floor(latencyMs * NS_PER_MS);
  return value < 0 ? 0 : value > HIGHEST_NS ? HIGHEST_NS : value;
}
