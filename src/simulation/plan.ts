/** What one seed decides before anything runs: the cluster, its workload's inputs, and the trouble that it will have. */
import type { SimulatedInputs, SimulatedWorkload } from './contract.ts';
import { chooseDurability, type DurablePlan, describeDurability } from './disks/durable-plan.ts';
import { Random } from './random.ts';

/** Streams of `Random`, by use. */
export const STREAM = {
  plan: 1,
  steps: 2,
  trouble: 3,
  durability: 4,
  disks: 5,
  workers: 100,
  terminals: 1000,
} as const;

export type LossKind = 'none' | 'process' | 'link';

export interface Trouble {
  /** Percent of steps in which somebody begins to stand still, and for how many steps at most. */
  stallPct: number;
  stallStepsMost: number;
  /** Percent of wakes that come late. */
  lateWakePct: number;
  /** Percent of wakes that are lost. */
  lostWakePct: number;
  /** Percent of steps in which somebody is woken for nothing. */
  spuriousWakePct: number;
  /** Whether some get their turns far less often than others. */
  uneven: boolean;
  /** What is lost, and after how many starts. */
  loss: LossKind;
  lossAfter: number;
  /** Frames that wait for a link before it takes no more. */
  linkFramesMost: number;
  /** Room that partitions have beyond what they are loaded with; null where there is enough. */
  headroomBytes: number | null;
}

export interface SimulationPlan {
  workload: string;
  seed: number;
  shards: number;
  workersPerShard: number;
  warehousesPerShard: number;
  terminalsPerWarehouse: number;
  /** By shard: the process that it runs in. */
  processOf: number[];
  /** Whether shards of one process use links, too. */
  linksEverywhere: boolean;
  /** Whether rings are as small as they can be. */
  smallestRings: boolean;
  maySpin: boolean;
  /** Transactions that are started. */
  transactions: number;
  startsPerTurn: number;
  /** Longest time between two steps, milliseconds. */
  stepMs: number;
  /** Whether the run ends with transactions under way, as a real one does, or when all have come to their end. */
  endsBusy: boolean;
  inputs: SimulatedInputs;
  trouble: Trouble;
  /** Null where nothing is durable: then the cluster has one life. */
  durable: DurablePlan | null;
}

/** Most room beyond the load, where there is little: for a few rows, for a table that grows, for several. */
const HEADROOMS_BYTES = [1_000, 20_000, 100_000];
const TRANSACTIONS_LEAST = 60;
const TRANSACTIONS_MOST = 260;
/** Percent of the seeds whose cluster is durable, where its workload can be. */
const DURABLE_PCT = 40;

/**
 * The plan of a seed: the same for the same names and numbers.
 * @param mayHaveDisks whether some seeds are durable, where the workload can be
 */
export function makePlan(name: string, workload: SimulatedWorkload, seed: number, mayHaveDisks = true): SimulationPlan {
  const random = new Random(seed, STREAM.plan);
  const shards = random.pick([1, 2, 2, 3, 3, 4]);
  const workersPerShard = random.pick(shards === 1 ? [2, 2, 2, 3, 1] : [1, 1, 2]);
  const warehousesPerShard = workersPerShard + (random.chance(25) ? 1 : 0);
  const processes = random.uniform(1, shards);
  const processOf = Array.from({ length: shards }, (_, shard) => Math.floor((shard * processes) / shards));
  const storm = random.chance(35);
  const inputs = workload.choose(random, storm);
  const transactions = random.uniform(TRANSACTIONS_LEAST, TRANSACTIONS_MOST);
  const plan = {
    workload: name,
    seed,
    shards,
    workersPerShard,
    warehousesPerShard,
    terminalsPerWarehouse: random.uniform(1, inputs.terminalsMost),
    processOf,
    linksEverywhere: random.chance(40),
    smallestRings: random.chance(70),
    maySpin: random.chance(50),
    transactions,
    startsPerTurn: random.uniform(1, 8),
    stepMs: random.pick([0.002, 0.01, 0.05, 0.3]),
    endsBusy: random.chance(50),
    inputs,
    trouble: chooseTrouble(random, processes, transactions),
  };
  return mayHaveDisks && workload.workload.isRecoverable === true ? withDisks(plan) : { ...plan, durable: null };
}

/** Draws from a stream of its own, so that a cluster without disks is the same with and without this. */
function withDisks(plan: Omit<SimulationPlan, 'durable'>): SimulationPlan {
  const random = new Random(plan.seed, STREAM.durability);
  if (!random.chance(DURABLE_PCT)) return { ...plan, durable: null };
  const { shards, processOf, transactions, stepMs } = plan;
  const durable = chooseDurability(random, shards, Math.max(...processOf) + 1, transactions, stepMs);
  // What is lost comes back: crashes take the place of other losses.
  return { ...plan, durable, trouble: { ...plan.trouble, loss: 'none', headroomBytes: null } };
}

function chooseTrouble(random: Random, processes: number, transactions: number): Trouble {
  const loss: LossKind = processes > 1 && random.chance(45) ? random.pick(['process', 'process', 'link']) : 'none';
  return {
    stallPct: random.pick([0, 0.3, 2]),
    stallStepsMost: random.pick([50, 400, 2000]),
    lateWakePct: random.pick([0, 20, 80]),
    lostWakePct: random.pick([0, 0, 0, 2]),
    spuriousWakePct: random.pick([0, 0, 1]),
    uneven: random.chance(50),
    loss,
    lossAfter: random.uniform(1, transactions),
    linkFramesMost: random.pick([2, 10, 1000]),
    headroomBytes: random.chance(5) ? random.uniform(0, random.pick(HEADROOMS_BYTES)) : null,
  };
}

/** One line about a plan. */
export function describePlan(plan: SimulationPlan): string {
  const { shards, workersPerShard, warehousesPerShard, terminalsPerWarehouse, processOf, trouble } = plan;
  const processes = Math.max(...processOf) + 1;
  const loss = trouble.loss === 'none' ? '' : `, a ${trouble.loss} is lost after ${trouble.lossAfter} starts`;
  return (
    `${plan.workload} seed ${plan.seed}: ${shards} shards x ${workersPerShard} workers in ${processes} processes` +
    `${plan.linksEverywhere ? ', links everywhere' : ''}, ${warehousesPerShard} warehouses a shard, ` +
    `${terminalsPerWarehouse} terminals a warehouse, ${plan.transactions} transactions, ` +
    `${plan.smallestRings ? 'smallest' : 'large'} rings${loss}${trouble.headroomBytes === null ? '' : ', little memory'}` +
    `${plan.durable === null ? '' : `; ${describeDurability(plan.durable)}`}`
  );
}
