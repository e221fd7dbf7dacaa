/**
 * What the workers of all processes measured and found, brought together: every process checks its partitions, the leader
 * judges all of them and keeps the reports for the totals, and everybody hears the verdict. Main thread.
 */
import type { RunConfig } from '../config/run-config.ts';
import type { WorkloadModule } from './contract.ts';
import { type ProcessFindings, readFindings, readVerdict, type Verdict, withoutSeries } from './findings-codec.ts';
import { decodePartial, encodePartial } from './partial-codec.ts';
import type { Peers } from './peers.ts';
import type { ClusterResult, ConditionResult, ConsistencyResult } from './result.ts';
import type { MeasuredReport } from './worker-messages.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface Findings {
  /** Of the workers that the totals cover; `shardIds` names the shard of each. */
  reports: MeasuredReport[];
  shardIds: number[];
  cluster: ClusterResult;
  consistency: ConsistencyResult;
}

export async function gatherFindings(
  config: RunConfig,
  pool: WorkerPool,
  peers: Peers,
  reports: MeasuredReport[],
  workload: WorkloadModule,
): Promise<Findings> {
  const { cluster } = peers;
  const startedMs = performance.now();
  const partials = config.check
    ? (await pool.ask(() => ({ kind: 'check' }), 'checked')).map((answer) => answer.partial)
    : null;
  // A load or a recovery has no reports.
  const shardIds = reports.length === 0 ? [] : shardOfWorkers(config);
  const alone = cluster.processes === 1 && peers.lostShards.length === 0;
  const mine = withoutSeries({
    reports,
    shardIds,
    partials: alone ? null : (partials?.map(encodePartial) ?? null),
  });
  const frame = { shards: config.cluster.shards.length, transactionTypes: workload.transactionTypes.length };
  let all: ProcessFindings[] = [mine];
  const judge = (found: ReadonlyMap<number, unknown>): Verdict => {
    all = [...found.entries()]
      .sort(([a], [b]) => a - b)
      .map(([, findings]) => (findings === mine ? mine : readFindings(findings, frame)));
    const processes = found.size;
    if (partials === null) return { conditions: [], processes };
    const everyPartial = alone ? partials : all.flatMap((each) => (each.partials ?? []).map(decodePartial));
    const allThere = everyPartial.length === config.cluster.shards.length * config.numThreads;
    const conditions = workload.judge(everyPartial, allThere && !inDoubt(all));
    return { conditions: allThere ? conditions.map(withDoubt) : conditions, processes };
  };
  const verdict = readVerdict(await cluster.agree<unknown, unknown>('findings', mine, judge));
  peers.finish();
  // Who became the leader after the verdict has the verdict and not the reports.
  const leads = cluster.isLeader && all.length === verdict.processes;
  return {
    reports: leads ? all.flatMap((each) => (each === mine ? reports : each.reports)) : reports,
    shardIds: leads ? all.flatMap((each) => each.shardIds) : shardIds,
    cluster: { processes: verdict.processes, scope: leads ? 'whole' : 'local', lostShards: [...peers.lostShards] },
    consistency: {
      passed: passedOf(verdict.conditions),
      checkSeconds: config.check ? (performance.now() - startedMs) / 1000 : 0,
      conditions: verdict.conditions,
    },
  };
}

/** A workload knows that something is missing: here no partition is, and the reason is another one. */
const withDoubt = (condition: ConditionResult): ConditionResult =>
  condition.checkable === false ? { ...condition, reason: 'what a lost coordinator had begun is in doubt' } : condition;

/** Whether a partition holds writes of which nobody knows whether they are committed. */
const inDoubt = (all: readonly ProcessFindings[]): boolean =>
  all.some(({ reports }) => reports.some((report) => (report.exchange['inDoubt'] ?? 0) > 0));

function passedOf(conditions: readonly ConditionResult[]): boolean | null {
  const failed = conditions.some((condition) => !condition.passed && condition.checkable !== false);
  if (failed) return false;
  const all = conditions.length > 0 && conditions.every((condition) => condition.passed);
  return all ? true : null;
}

/** By local worker. */
const shardOfWorkers = ({ localShardIds, numThreads }: RunConfig): number[] =>
  localShardIds.flatMap((shardId) => new Array<number>(numThreads).fill(shardId));
