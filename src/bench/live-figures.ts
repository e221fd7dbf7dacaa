/**
 * The last second of every local shard, for whoever watches a run: joins what the workers tell of each second that is over.
 * Runs on the main thread, once a second. Workers tell it whether anybody watches or not, so that watching changes no result.
 */
import { NANOSECONDS_PER_US, type RecordedSecond } from './recorder.ts';
import type { SecondFigures, ShardFigures } from './run-events.ts';
import { JoinedBuckets, type SparseBuckets } from './second-buckets.ts';
import { share, sum } from './sum.ts';

/** A worker that tells nothing for so many steps in a row stands still; before that it is only late. */
const LATE_STEPS = 2;

/** A worker as it is shown. */
interface Shown {
  /** What it told since the last step: nothing, a second, or two where the one before was late. */
  told: RecordedSecond[];
  /** What it told before the last step that found something; empty when it stands still, null before its first second. */
  latest: RecordedSecond[] | null;
  emptySteps: number;
}

export class LiveFigures {
  private readonly shardIds: readonly number[];
  private readonly workers: readonly Shown[];

  /** @param shardIds by worker, as the pool has them */
  constructor(shardIds: readonly number[]) {
    this.shardIds = shardIds;
    this.workers = shardIds.map(() => ({ told: [], latest: null, emptySteps: 0 }));
  }

  /** A second of a worker is over. */
  add(worker: number, second: RecordedSecond): void {
    this.workers[worker].told.push(second);
  }

  /** Another second is over. */
  advance(): void {
    for (const worker of this.workers) advance(worker);
  }

  /**
   * The figures as of the last step.
   * @param engineBytes by worker, now
   */
  read(engineBytes: readonly number[]): { shards: ShardFigures[]; total: SecondFigures } {
    const shards = [...new Set(this.shardIds)].map((shardId) => ({
      shardId,
      ...this.figuresOf((_, i) => this.shardIds[i] === shardId, engineBytes),
    }));
    return { shards, total: this.figuresOf(() => true, engineBytes) };
  }

  private figuresOf(
    belongs: (value: unknown, worker: number) => boolean,
    engineBytes: readonly number[],
  ): SecondFigures {
    const bytes = sum(engineBytes.filter(belongs));
    const known = this.workers.filter(belongs).flatMap(({ latest }) => (latest === null ? [] : [latest]));
    if (known.length === 0) {
      return {
        throughputTps: null,
        latencyUs: null,
        conflictAbortsTps: null,
        crossShardPct: null,
        engineBytes: bytes,
      };
    }
    const perSecond = (count: (second: RecordedSecond) => number): number =>
      sum(known.map((seconds) => sum(seconds.map(count)) / Math.max(1, seconds.length)));
    const commits = perSecond((second) => second.commits);
    const crossShardCommits = perSecond((second) => second.crossShardCommits);
    return {
      throughputTps: commits,
      latencyUs: latencyUs(known.flat().map(({ latencies }) => latencies)),
      conflictAbortsTps: perSecond((second) => second.conflictAborts),
      crossShardPct: commits === 0 ? null : share(crossShardCommits, commits),
      engineBytes: bytes,
    };
  }
}

function advance(worker: Shown): void {
  if (worker.told.length > 0) {
    worker.latest = worker.told;
    worker.told = [];
    worker.emptySteps = 0;
  } else if (worker.latest !== null && ++worker.emptySteps >= LATE_STEPS) worker.latest = [];
}

function latencyUs(all: readonly SparseBuckets[]): SecondFigures['latencyUs'] {
  const joined = new JoinedBuckets();
  for (const latencies of all) joined.add(latencies);
  const p50 = joined.percentile(50);
  const p99 = joined.percentile(99);
  return p50 === null || p99 === null ? null : { p50: p50 / NANOSECONDS_PER_US, p99: p99 / NANOSECONDS_PER_US };
}
