import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../config/run-config.ts';
import type { PartialCheck, WorkloadModule } from './contract.ts';
import { type Findings, gatherFindings } from './findings.ts';
import type { Peers } from './peers.ts';
import type { ConditionResult } from './result.ts';
import { type Process, ProcessNet } from './testing/process-net.ts';
import type { MeasuredReport } from './worker-messages.ts';
import type { WorkerPool } from './worker-pool.ts';

const THREADS = 2;

/** What a worker measured, as far as anybody looks at it here. */
const report = (shardId: number, thread: number, inDoubt = 0): MeasuredReport => ({
  measuredSeconds: 1,
  counters: { shardId, thread },
  recorded: { types: [], series: [SECOND] },
  endedByMemory: false,
  engineBytes: 0,
  deferredQueueMost: 0,
  parks: 0,
  committed: 0,
  spent: { messagesMs: 0, idleMs: 0 },
  exchange: inDoubt > 0 ? { inDoubt } : {},
});

const SECOND = { second: 1, commits: 1, userAborts: 0, conflictAborts: 0, latencies: { buckets: [7], counts: [1] } };

/** A partition's own findings: not a number, so that nothing but a faithful way brings it to the judge. */
const partial = (shardId: number, thread: number): PartialCheck => ({
  conditions: [],
  sums: { PLACE: { keys: Float64Array.of(shardId, thread), values: Float64Array.of(Number.NaN, shardId) } },
});

const condition = (id: string, state: Partial<ConditionResult>): ConditionResult => ({
  id,
  title: id,
  passed: true,
  checkedRows: 1,
  violationCount: 0,
  violations: [],
  ...state,
});

interface Judged {
  partials: readonly PartialCheck[];
  complete: boolean;
}

/** Processes that gather their findings; the shards of the cluster are theirs together. */
class Gathering {
  readonly net: ProcessNet;
  readonly judged: Judged[] = [];
  readonly findings = new Map<number, Findings>();
  readonly faults = new Map<number, unknown>();
  readonly finished: number[] = [];
  /** Shards that each process has lost. */
  readonly lost = new Map<number, number[]>();
  conditions: (judged: Judged) => ConditionResult[] = ({ complete }) => [
    condition('local', {}),
    condition('spanning', complete ? {} : { passed: false, checkable: false, reason: 'a partition is lost' }),
  ];
  private readonly config: Pick<RunConfig, 'cluster' | 'numThreads' | 'check'>;
  private readonly inDoubt: number;

  constructor(shards: number[][], { check = true, clusterShards = shards.flat().length, inDoubt = 0 } = {}) {
    this.net = new ProcessNet(shards);
    this.net.onLost = ({ name }, shardId) => this.lost.set(name, [...(this.lost.get(name) ?? []), shardId]);
    const addresses = Array.from({ length: clusterShards }, (_, shardId) => ({ shardId, host: 'h', port: shardId }));
    this.config = {
      cluster: { source: null, shards: addresses, warehousesPerShard: 2 },
      numThreads: THREADS,
      check,
    };
    this.inDoubt = inDoubt;
  }

  /** Lets a process gather; asking its workers takes a turn of the event loop. */
  start({ name, shardIds, cluster }: Process): void {
    const workers = shardIds.flatMap((shardId) => [0, 1].map((thread) => ({ shardId, thread })));
    const pool = {
      ask: () => {
        expect(this.config.check).toBe(true);
        return Promise.resolve(workers.map(({ shardId, thread }) => ({ partial: partial(shardId, thread) })));
      },
    };
    const lost = this.lost;
    const peers = {
      cluster,
      get lostShards() {
        return lost.get(name) ?? [];
      },
      finish: () => this.finished.push(name),
    };
    const judge = (partials: readonly PartialCheck[], complete: boolean) => {
      this.judged.push({ partials, complete });
      return this.conditions({ partials, complete });
    };
    const reports = workers.map(({ shardId, thread }, i) => report(shardId, thread, i === 0 ? this.inDoubt : 0));
    void gatherFindings(
      { ...this.config, localShardIds: [...shardIds] } as unknown as RunConfig,
      pool as unknown as WorkerPool,
      peers as unknown as Peers,
      reports,
      { judge, transactionTypes: [] } as unknown as WorkloadModule,
    ).then(
      (findings) => this.findings.set(name, findings),
      (fault) => this.faults.set(name, fault),
    );
  }

  async run(): Promise<this> {
    for (const process of this.net.alive) this.start(process);
    await this.settle();
    return this;
  }

  /** Lets everything arrive. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      this.net.deliverAll();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  of(name: number): Findings {
    return this.findings.get(name) ?? expect.fail(`process ${name} has found nothing`);
  }
}

const names = ({ reports }: Findings): unknown[] =>
  reports.map(({ counters: { shardId, thread } }) => `${shardId}.${thread}`);
const places = ({ partials }: Judged): number[][] => partials.map(({ sums }) => [...(sums['PLACE']?.keys ?? [])]);

describe('gatherFindings', () => {
  it('judges the partitions of a process that is alone, all of them', async () => {
    const gathering = await new Gathering([[0, 1]]).run();
    expect(gathering.judged.map(places)).toEqual([
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
    ]);
    expect(gathering.judged[0]?.complete).toBe(true);
    const findings = gathering.of(0);
    expect(names(findings)).toEqual(['0.0', '0.1', '1.0', '1.1']);
    expect(findings.shardIds).toEqual([0, 0, 1, 1]);
    expect(findings.cluster).toEqual({ processes: 1, scope: 'whole', lostShards: [] });
    expect(findings.consistency).toMatchObject({ passed: true, conditions: [{ id: 'local' }, { id: 'spanning' }] });
    expect(gathering.finished).toEqual([0]);
  });

  it('has the leader judge the partitions of all processes, and tell the others', async () => {
    const gathering = await new Gathering([[0, 3], [1], [2]]).run();
    expect(gathering.judged).toHaveLength(1);
    const [judged] = gathering.judged as [Judged];
    expect(judged.complete).toBe(true);
    const shards = [0, 3, 1, 2].flatMap((shardId) => [0, 1].map((thread) => partial(shardId, thread)));
    expect(judged.partials).toStrictEqual(shards);

    const leading = gathering.of(0);
    expect(names(leading)).toEqual(['0.0', '0.1', '3.0', '3.1', '1.0', '1.1', '2.0', '2.1']);
    expect(leading.shardIds).toEqual([0, 0, 3, 3, 1, 1, 2, 2]);
    expect(leading.cluster).toEqual({ processes: 3, scope: 'whole', lostShards: [] });
    for (const name of [1, 2]) {
      const following = gathering.of(name);
      expect(names(following)).toEqual([`${name}.0`, `${name}.1`]);
      expect(following.shardIds).toEqual([name, name]);
      expect(following.cluster).toEqual({ processes: 3, scope: 'local', lostShards: [] });
      expect(following.consistency.conditions).toEqual(leading.consistency.conditions);
      expect(following.consistency.passed).toBe(true);
    }
  });

  it('keeps the series of its own shards, and sends them to nobody', async () => {
    const gathering = await new Gathering([[0], [1]]).run();
    const seconds = (name: number) => gathering.of(name).reports.map(({ recorded }) => recorded.series.length);
    expect([seconds(0), seconds(1)]).toEqual([
      [1, 1, 0, 0],
      [1, 1],
    ]);
  });

  it('refuses what another process says that does not fit the run', async () => {
    const gathering = new Gathering([[0], [1]]);
    const { net } = gathering;
    gathering.start(net.process(0));
    await new Promise((resolve) => setImmediate(resolve));
    const data = { reports: [{ measuredSeconds: 'long' }], shardIds: [1], partials: null };
    net.process(0).cluster.receive(1, JSON.stringify({ kind: 'report', step: 'findings', data }));
    await gathering.settle();
    expect(gathering.faults.get(0)).toMatchObject({ code: 'TRANSPORT', exitStatus: 5 });
  });

  it('refuses a verdict that is none', async () => {
    const gathering = new Gathering([[0], [1]]);
    const { net } = gathering;
    gathering.start(net.process(1));
    await new Promise((resolve) => setImmediate(resolve));
    const data = { conditions: [{ id: 7 }], processes: 2 };
    net.process(1).cluster.receive(0, JSON.stringify({ kind: 'verdict', step: 'findings', data }));
    await gathering.settle();
    expect(gathering.faults.get(1)).toMatchObject({ code: 'TRANSPORT', exitStatus: 5 });
  });

  it('has no verdict where nothing is checked, but all reports', async () => {
    const gathering = await new Gathering([[0], [1]], { check: false }).run();
    expect(gathering.judged).toEqual([]);
    for (const name of [0, 1]) {
      expect(gathering.of(name).consistency).toEqual({ passed: null, checkSeconds: 0, conditions: [] });
    }
    expect(names(gathering.of(0))).toEqual(['0.0', '0.1', '1.0', '1.1']);
  });

  it('says that the partitions are not all there when a process was lost before', async () => {
    const gathering = new Gathering([[0], [1], [2]]);
    gathering.net.kill(2);
    gathering.net.deliverAll();
    await gathering.run();
    expect(gathering.judged.map(({ partials, complete }) => [partials.length, complete])).toEqual([[4, false]]);
    for (const name of [0, 1]) {
      const { consistency, cluster } = gathering.of(name);
      expect(consistency.passed).toBeNull();
      expect(consistency.conditions[1]).toMatchObject({ checkable: false, reason: 'a partition is lost' });
      expect([cluster.processes, cluster.lostShards]).toEqual([2, [2]]);
    }
  });

  it('says so, too, for a process that is the only one left', async () => {
    const gathering = new Gathering([[0], [1]]);
    gathering.net.kill(0);
    gathering.net.deliverAll();
    await gathering.run();
    expect(gathering.judged.map(({ partials, complete }) => [partials.length, complete])).toEqual([[2, false]]);
    expect(gathering.judged[0]?.partials).toStrictEqual([partial(1, 0), partial(1, 1)]);
    expect(gathering.of(1).consistency.passed).toBeNull();
  });

  it('keeps what a process found that is lost afterwards', async () => {
    const gathering = new Gathering([[0], [1], [2]]);
    gathering.start(gathering.net.process(2));
    await gathering.settle();
    gathering.net.kill(2);
    await gathering.run();
    expect(gathering.judged.map(({ partials, complete }) => [partials.length, complete])).toEqual([[6, true]]);
    expect(gathering.of(0).shardIds).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('has no verdict on what spans partitions while a partition holds something in doubt', async () => {
    for (const shards of [[[0, 1]], [[0], [1]]]) {
      const gathering = await new Gathering(shards, { inDoubt: 1 }).run();
      expect(gathering.judged.map(({ complete }) => complete)).toEqual([false]);
      expect(gathering.of(0).consistency.passed).toBeNull();
      const reasons = gathering.of(0).consistency.conditions.map(({ reason }) => reason);
      expect(reasons).toEqual([undefined, 'what a lost coordinator had begun is in doubt']);
    }
  });

  it.each<[boolean | null, Partial<ConditionResult>[]]>([
    [true, [{}, {}]],
    [false, [{}, { passed: false }]],
    [false, [{ passed: false, checkable: false }, { passed: false }]],
    [null, [{ passed: false, checkable: false }, {}]],
    [null, []],
  ])('makes %j of conditions in the states %j', async (passed, states) => {
    const gathering = new Gathering([[0], [1]]);
    gathering.conditions = () => states.map((state, i) => condition(String(i), state));
    await gathering.run();
    for (const name of [0, 1]) expect(gathering.of(name).consistency.passed).toBe(passed);
  });

  it('calls only that whole which covers all: a leader that heard its verdict from others does not', async () => {
    const gathering = new Gathering([[0], [1], [2]]);
    const { net } = gathering;
    for (const process of net.processes) gathering.start(process);
    await new Promise((resolve) => setImmediate(resolve));
    for (const name of [1, 2]) net.deliver(name, 0);
    // The verdict reaches process 2 alone, which hands it on to process 1, the next leader.
    net.kill(0, { 1: 0, 2: 1 });
    await gathering.settle();
    for (const name of [1, 2]) {
      expect(names(gathering.of(name))).toEqual([`${name}.0`, `${name}.1`]);
      expect(gathering.of(name).cluster).toEqual({ processes: 3, scope: 'local', lostShards: [0] });
      expect(gathering.of(name).consistency.passed).toBe(true);
    }
  });
});
