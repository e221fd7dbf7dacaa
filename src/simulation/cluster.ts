/** A whole cluster in one thread: members, transports and the lines between shards, as a plan wants them. */
import type { PartitionPlacement, WorkloadModule, WorkloadSession } from '../bench/contract.ts';
import { Partition } from '../engine/partition.ts';
import { type LocalPlumbing, layPlumbing } from '../shard/plumbing.ts';
import { RoutingTable } from '../shard/routing-table.ts';
import { Doorbell } from '../transport/doorbell.ts';
import type { Admission } from './admission.ts';
import { Links } from './links.ts';
import { Member, type Surroundings } from './member.ts';
import type { SimulationPlan } from './plan.ts';
import { SimulatedTransport } from './simulated-transport.ts';
import type { Trace } from './trace.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a member's structures take on top of the load before the first transaction. */
const LEAST_HEADROOM_BYTES = 13_000;

export class SimulatedCluster {
  readonly plan: SimulationPlan;
  readonly trace: Trace;
  readonly clock = new VirtualClock();
  readonly members: Member[] = [];
  /** By shard; undefined where its workers need none. */
  readonly transports: (SimulatedTransport | undefined)[] = [];
  readonly links: Links;
  readonly admission: Admission;
  /** By worker: wakes it as main does. */
  private readonly doorbells: Doorbell[] = [];

  constructor(plan: SimulationPlan, workload: WorkloadModule, trace: Trace) {
    this.plan = plan;
    this.trace = trace;
    this.admission = { left: plan.transactions, started: 0 };
    const { shards, workersPerShard, warehousesPerShard, processOf, trouble } = plan;
    const isLinked = (from: number, to: number) =>
      from !== to && (plan.linksEverywhere || processOf[from] !== processOf[to]);
    this.links = new Links(shards, trouble.linkFramesMost, isLinked);
    const routing = new RoutingTable(shards, warehousesPerShard, workersPerShard);
    const workerOfWarehouse = new Int32Array(routing.warehouseCount + 1);
    for (let warehouse = 1; warehouse <= routing.warehouseCount; warehouse++) {
      workerOfWarehouse[warehouse] = routing.shardOf(warehouse) * workersPerShard + routing.workerOf(warehouse);
    }
    const surroundings: Surroundings = {
      plan,
      clock: this.clock,
      trace,
      admission: this.admission,
      typeNames: workload.transactionTypes.map(({ key }) => key),
      counterNames: workload.counterNames,
    };
    const totalWorkers = shards * workersPerShard;
    for (const localShardIds of shardsByProcess(processOf)) {
      const plumbing = this.lay(localShardIds, workload.longestFragmentWords);
      let shared: unknown = null;
      localShardIds.forEach((shardId, place) => {
        const transport = plumbing.transports[place];
        this.transports[shardId] = this.links.lines.some(({ fromShard }) => fromShard === shardId)
          ? new SimulatedTransport(shardId, transport, this.links)
          : undefined;
        for (let workerIndex = 0; workerIndex < workersPerShard; workerIndex++) {
          const { first, last } = routing.warehousesOf(shardId, workerIndex);
          const placement: PartitionPlacement = {
            shardId,
            workerIndex,
            firstWarehouse: first,
            lastWarehouse: last,
            totalWarehouses: routing.warehouseCount,
            terminalsPerWarehouse: plan.terminalsPerWarehouse,
            seed: plan.seed,
          };
          const isFirst = place === 0 && workerIndex === 0;
          const loaded = this.load(workload, placement, isFirst ? undefined : { shared });
          if (isFirst) shared = loaded.shared;
          const mailbox = plumbing.mailboxes[place][workerIndex];
          const setup = {
            plumbing: mailbox,
            totalWorkers,
            workersPerShard,
            workerOfWarehouse,
            terminals: loaded.terminals,
            severalProcesses: localShardIds.length < shards,
          };
          this.doorbells.push(new Doorbell(mailbox.doorbell));
          const { partition, session } = loaded;
          this.members.push(new Member(surroundings, placement, partition, session, totalWorkers === 1 ? null : setup));
        }
      });
    }
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

  /** @param adopted absent for the first worker of a process, which loads what all of them share */
  private load(
    workload: WorkloadModule,
    placement: PartitionPlacement,
    adopted?: { shared: unknown },
  ): { partition: Partition; session: WorkloadSession; shared: unknown; terminals: number } {
    const { inputs, trouble } = this.plan;
    const open = (limitBytes: number) => {
      const partition = new Partition(limitBytes);
      const session = workload.open(partition, placement, inputs.mix, inputs.options);
      const shared = adopted === undefined ? session.loadShared().shared : adopted.shared;
      session.load(() => {}, adopted === undefined ? null : shared);
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
