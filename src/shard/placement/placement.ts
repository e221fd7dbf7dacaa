/**
 * Which thread runs on which CPUs, on Linux and without a native module.
 *
 *   main thread    readCpuTopology, readCpuListOption, planPlacement; applyPlacement and lowerPriority
 *                  once every thread has reported its thread id and before it loads data
 *   each thread    nameThread and ownThreadId (`thread-name.ts`), first of all
 *
 * The folder knows threads by kind, shard and number only: neither their code nor what they own. No placement moves
 * memory: Linux takes a page from the node of the thread that touches it first, and each worker allocates its own
 * partition, so a worker that is bound before it loads has its memory at its side.
 *
 * Processes on one host know nothing of each other's CPUs: each one that pins needs a `--cpu-list` of its own.
 */
import { assert } from '../../assert.ts';
import { formatCpuList } from './cpu-list.ts';
import type { CpuTopology } from './cpu-topology.ts';

export interface PlacedThread {
  kind: 'worker' | 'transport';
  shardId: number;
  /** Within its kind and shard. */
  index: number;
}

export interface Assignment extends PlacedThread {
  /** At least one, all of one NUMA node. */
  cpus: number[];
}

export interface PlacementRequest {
  threads: readonly PlacedThread[];
  /** What `readCpuTopology` returned. */
  topology: CpuTopology | null;
  /** One CPU a thread. Otherwise each may use all CPUs of its node, and with one node nothing is bound. */
  pin: boolean;
  /** Only with `pin`: the CPUs to use, all of them allowed; earlier ones are taken first. Null for all, ascending. */
  cpuList: readonly number[] | null;
}

export interface Placement {
  /** In the order of the threads; none when nothing is to be bound. */
  assignments: Assignment[];
  /** One line for the log. */
  remark: string | null;
}

export const PINNING_UNAVAILABLE = 'threads are not bound to CPUs: that is possible on Linux only, with /proc mounted';

/** CPUs of one node that are handed out in turn. */
interface Pool {
  cpus: number[];
  workers: number;
  workersPlaced: number;
  transportsPlaced: number;
}

/**
 * Shards take the nodes in turn, and all threads of a shard stay on its node. Pinned workers take the node's CPUs in
 * turn; then transports share what no worker took, or go on in turn when workers took all.
 */
export function planPlacement({ threads, topology, pin, cpuList }: PlacementRequest): Placement {
  assert(pin || cpuList === null, 'a list of CPUs is for pinned threads');
  if (topology === null) return { assignments: [], remark: pin ? PINNING_UNAVAILABLE : null };
  if (!pin && topology.nodes.length === 1) return { assignments: [], remark: null };

  const pools = poolsOf(topology, cpuList ?? topology.allowedCpus);
  const poolOfShard = spreadShards(threads, pools);
  for (const { kind, shardId } of threads) if (kind === 'worker') poolOfShard(shardId).workers++;
  const assignments = threads.map(({ kind, shardId, index }) => {
    const pool = poolOfShard(shardId);
    return { kind, shardId, index, cpus: pin ? [nextCpu(pool, kind)] : [...pool.cpus] };
  });
  return { assignments, remark: remarkOn(pools) };
}

/** One pool a node, by the first CPU of the list that is on it. */
function poolsOf({ allowedCpus, nodes }: CpuTopology, cpus: readonly number[]): Pool[] {
  assert(cpus.length > 0, 'there is a CPU to use');
  const pools = new Map<number, Pool>();
  for (const cpu of cpus) {
    assert(allowedCpus.includes(cpu), `CPU ${cpu} is one that this process may use`);
    const node = nodes.findIndex((candidate) => candidate.cpus.includes(cpu));
    const pool = pools.get(node) ?? { cpus: [], workers: 0, workersPlaced: 0, transportsPlaced: 0 };
    pools.set(node, pool);
    pool.cpus.push(cpu);
  }
  return [...pools.values()];
}

/**
 * Shards in the order of their ids, from the node that the lowest id's turn would be if all shards before it were here
 * too: processes with one shard each on one host then do not all choose the first node.
 */
function spreadShards(threads: readonly PlacedThread[], pools: readonly Pool[]): (shardId: number) => Pool {
  const shardIds = [...new Set(threads.map(({ shardId }) => shardId))].sort((a, b) => a - b);
  return (shardId) => pools[(shardIds[0] + shardIds.indexOf(shardId)) % pools.length];
}

function nextCpu(pool: Pool, kind: PlacedThread['kind']): number {
  const { cpus, workers } = pool;
  if (kind === 'worker') return cpus[pool.workersPlaced++ % cpus.length];
  const transport = pool.transportsPlaced++;
  const free = cpus.length - workers;
  return cpus[free > 0 ? workers + (transport % free) : (workers + transport) % cpus.length];
}

function remarkOn(pools: readonly Pool[]): string | null {
  const crowded = pools.filter(({ cpus, workers }) => workers > cpus.length);
  if (crowded.length === 0) return null;
  const shares = crowded.map(({ cpus, workers }) => `${workers} workers share CPU ${formatCpuList(cpus)}`);
  const reason = pools.length > 1 ? ', since a shard stays on one NUMA node' : '';
  return `${shares.join('; ')}${reason}`;
}
