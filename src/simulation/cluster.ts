/** A whole cluster in one thread: members, transports and the lines between shards, as a plan wants them. */
import type { PartitionPlacement, WorkloadModule, WorkloadSession } from '../bench/contract.ts';
import { Partition } from '../engine/partition.ts';
import type { MailboxPlumbing } from '../shard/mailbox.ts';
import { type LocalPlumbing, layPlumbing } from '../shard/plumbing.ts';
import { RoutingTable } from '../shard/routing-table.ts';
import { createDoorbell, Doorbell } from '../transport/doorbell.ts';
import type { Admission } from './admission.ts';
import type { DurableProcesses, Storage } from './disks/durable-processes.ts';
import { Links } from './links.ts';
import { type DurableStarter, Member, type Surroundings } from './member.ts';
import type { SimulationPlan } from './plan.ts';
import type { Random } from './random.ts';
import type { RecordedHistory } from './recorded-history.ts';
import { SimulatedTransport } from './simulated-transport.ts';
import type { Trace } from './trace.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a member's structures take on top of the load before the first transaction. */
const LEAST_HEADROOM_BYTES = 13_000;

/** A worker's partition, before the worker runs. */
interface Opened {
  placement: PartitionPlacement;
  partition: Partition;
  session: WorkloadSession;
  terminals: number;
  plumbing: MailboxPlumbing;
  severalProcesses: boolean;
}

/** What a cluster has in common with those that it was before its crashes. */
export interface Run {
  plan: SimulationPlan;
  workload: WorkloadModule;
  trace: Trace;
  clock: VirtualClock;
  admission: Admission;
  /** By worker. */
  histories: (RecordedHistory | null)[];
  storage: Storage | null;
}

/** Fills a partition in place of a load: the session has its tables, and those that all share. */
export type Filler = (session: WorkloadSession, partition: Partition, placement: PartitionPlacement) => void;

export class SimulatedCluster {
  readonly run: Run;
  readonly plan: SimulationPlan;
  readonly trace: Trace;
  readonly clock: VirtualClock;
  readonly members: Member[] = [];
  /** By shard; undefined where its workers need none. */
  readonly transports: (SimulatedTransport | undefined)[] = [];
  readonly links: Links;
  readonly admission: Admission;
  /** Null where nothing is durable. */
  durable: DurableProcesses | null = null;
  /** Something of it is lost: transactions may fail. */
  isDamaged = false;
  /** How often it has begun anew. */
  readonly life: number;
  /** By worker: wakes it as main does. */
  private readonly doorbells: Doorbell[] = [];
  private readonly opened: Opened[] = [];
  private readonly routing: RoutingTable;

  /** Opens its partitions; `start` makes its workers. */
  constructor(run: Run, life = 0, fill: Filler | null = null) {
    const { plan, workload } = run;
    this.run = run;
    this.life = life;
    this.plan = plan;
    this.trace = run.trace;
    this.clock = run.clock;
    this.admission = run.admission;
    const { shards, workersPerShard, warehousesPerShard, processOf, trouble } = plan;
    const isLinked = (from: number, to: number) =>
      from !== to && (plan.linksEverywhere || processOf[from] !== processOf[to]);
    this.links = new Links(shards, trouble.linkFramesMost, isLinked);
    this.routing = new RoutingTable(shards, warehousesPerShard, workersPerShard);
    for (const localShardIds of shardsByProcess(processOf)) {
      const plumbing = this.lay(localShardIds, workload.longestFragmentWords);
      let shared: unknown = null;
      localShardIds.forEach((shardId, place) => {
        const transport = plumbing.transports[place];
        this.transports[shardId] = this.links.lines.some(({ fromShard }) => fromShard === shardId)
          ? new SimulatedTransport(shardId, transport, this.links)
          : undefined;
        for (let workerIndex = 0; workerIndex < workersPerShard; workerIndex++) {
          const placement = this.placementOf(shardId, workerIndex);
          const isFirst = place === 0 && workerIndex === 0;
          const loaded = this.load(workload, placement, fill, isFirst ? undefined : { shared });
          if (isFirst) shared = loaded.shared;
          const mailbox = plumbing.mailboxes[place][workerIndex];
          this.doorbells.push(new Doorbell(mailbox.doorbell));
          this.opened.push({
            ...loaded,
            placement,
            plumbing: mailbox,
            severalProcesses: localShardIds.length < shards,
          });
        }
      });
    }
  }

  /** By worker. */
  get sessions(): WorkloadSession[] {
    return this.opened.map(({ session }) => session);
  }

  /** By worker. */
  get partitions(): Partition[] {
    return this.opened.map(({ partition }) => partition);
  }

  /** Makes the workers. @param beginDurable absent where nothing is durable */
  start(beginDurable?: (doorbells: SharedArrayBuffer[]) => DurableProcesses): void {
    const { plan, routing, opened } = this;
    const { shards, workersPerShard } = plan;
    const { workload, histories } = this.run;
    const surroundings: Surroundings = {
      plan,
      clock: this.clock,
      trace: this.trace,
      admission: this.admission,
      typeNames: workload.transactionTypes.map(({ key }) => key),
      counterNames: workload.counterNames,
      histories,
      life: this.life,
    };
    const workerOfWarehouse = new Int32Array(routing.warehouseCount + 1);
    for (let warehouse = 1; warehouse <= routing.warehouseCount; warehouse++) {
      workerOfWarehouse[warehouse] = routing.shardOf(warehouse) * workersPerShard + routing.workerOf(warehouse);
    }
    const totalWorkers = shards * workersPerShard;
    const isAlone = totalWorkers === 1;
    const durable = beginDurable?.(opened.map(({ plumbing }) => (isAlone ? createDoorbell() : plumbing.doorbell)));
    this.durable = durable ?? null;
    for (const { placement, partition, session, terminals, plumbing, severalProcesses } of opened) {
      const setup = { plumbing, totalWorkers, workersPerShard, workerOfWarehouse, terminals, severalProcesses };
      const start: DurableStarter =
        durable === undefined ? null : (worker, sleeper) => durable.startOf(worker, sleeper);
      this.members.push(new Member(surroundings, placement, partition, session, isAlone ? null : setup, start));
    }
  }

  /** An empty partition as a worker has it before its load, with what all of them share. */
  newPartition(shard: number, workerIndex: number): Partition {
    const { plan, run } = this;
    const partition = new Partition();
    const { mix, options } = plan.inputs;
    run.workload.open(partition, this.placementOf(shard, workerIndex), mix, options).loadShared();
    return partition;
  }

  private placementOf(shardId: number, workerIndex: number): PartitionPlacement {
    const { plan, routing } = this;
    const { first, last } = routing.warehousesOf(shardId, workerIndex);
    return {
      shardId,
      workerIndex,
      firstWarehouse: first,
      lastWarehouse: last,
      totalWarehouses: routing.warehouseCount,
      terminalsPerWarehouse: plan.terminalsPerWarehouse,
      seed: plan.seed,
    };
  }

  /** A process ends without a word; what it has sent to others may still arrive. */
  vanish(process: number, random: Random): void {
    const { plan, members, transports, links, durable } = this;
    const { processOf } = plan;
    this.isDamaged = true;
    for (const member of members) if (processOf[member.shard] === process) member.isLost = true;
    processOf.forEach((each, shard) => {
      const transport = transports[shard];
      if (each === process && transport !== undefined) transport.isLost = true;
    });
    for (const line of links.lines) {
      const sends = processOf[line.fromShard] === process;
      const hears = processOf[line.toShard] === process;
      if (sends || hears) links.break(line, random.uniform(0, line.frames.length), !hears);
    }
    durable?.vanish(process);
  }

  /** Sets the phase that a member's main wants, and wakes it, as the pool of real workers does. */
  setPhase(member: Member, phase: Parameters<Member['control']['setPhase']>[0]): void {
    member.control.setPhase(phase);
    this.doorbells[member.worker].ring();
  }

  /** The members that are there. */
  get living(): Member[] {
    return this.members.filter(({ isLost }) => !isLost);
  }

  processOf(member: Member): number {
    return this.plan.processOf[member.shard];
  }

  private lay(localShardIds: readonly number[], longestBodyWords: number): LocalPlumbing {
    const { shards, workersPerShard, linksEverywhere, smallestRings } = this.plan;
    return layPlumbing({
      shards,
      workersPerShard,
      localShardIds,
      mode: linksEverywhere ? 'tcp' : 'auto',
      ringCapacityBytes: smallestRings ? 0 : 16_384,
      longestBodyWords,
    });
  }

  /**
   * @param fill absent for a load
   * @param adopted absent for the first worker of a process, which loads what all of them share
   */
  private load(
    workload: WorkloadModule,
    placement: PartitionPlacement,
    fill: Filler | null,
    adopted?: { shared: unknown },
  ): { partition: Partition; session: WorkloadSession; shared: unknown; terminals: number } {
    const { inputs, trouble } = this.plan;
    const open = (limitBytes: number) => {
      const partition = new Partition(limitBytes);
      const session = workload.open(partition, placement, inputs.mix, inputs.options);
      const shared = adopted === undefined ? session.loadShared().shared : adopted.shared;
      const others = adopted === undefined ? null : shared;
      if (fill === null) session.load(() => {}, others);
      else {
        session.adoptShared(others);
        fill(session, partition, placement);
      }
      const terminals = (placement.lastWarehouse - placement.firstWarehouse + 1) * placement.terminalsPerWarehouse;
      return { partition, session, shared, terminals };
    };
    const loaded = open(Number.POSITIVE_INFINITY);
    if (trouble.headroomBytes === null) return loaded;
    // A worker ends as soon as its tables could not grow.
    const growthBytes = loaded.partition.tables.reduce((sum, table) => sum + table.pendingGrowthBytes, 0);
    return open(loaded.partition.usedBytes + growthBytes + LEAST_HEADROOM_BYTES + trouble.headroomBytes);
  }
}

/** @returns the shards of each process */
function shardsByProcess(processOf: readonly number[]): number[][] {
  const lists: number[][] = [];
  processOf.forEach((process, shard) => {
    while (lists.length <= process) lists.push([]);
    lists[process].push(shard);
  });
  return lists;
}
