/**
 * Random schedules: at each step the seed chooses who goes on, a worker's turn or the delivery of a frame. After the last
 * start a calm phase must end everything. The same plan gives the same history.
 */
import { Random } from '../../engine/testing/random.ts';
import { FAILED, type Outcome } from '../contract.ts';
import { describeProgram, type Program } from './program.ts';
import { firstAccounts, ProgramSource } from './random-programs.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

export interface SchedulePlan {
  seed: number;
  shards: number;
  workersPerShard: number;
  terminals: number;
  /** Accounts of each worker. */
  keys: number;
  /** Programs that are started. */
  programs: number;
  /** Between two turns of the clock; a long one lets pauses end at once. */
  stepMs: number;
  /** Whether the run ends by draining, with programs under way. */
  drains: boolean;
  severalProcesses: boolean;
}

export interface ScheduleReport {
  /** What went wrong, in the order in which it was seen; empty where nothing did. */
  faults: string[];
  steps: number;
  retriesMost: number;
  conflicts: number;
  /** Fragments that waited for a younger one. */
  fragmentWaits: number;
  /** Times that a transaction waited for a lock of its own partition. */
  lockWaits: number;
  sums: number;
  outcomes: Map<Outcome, number>;
}

/** Starts, turns and deliveries that a run may take before its calm phase. */
const STEPS_MOST = 50_000;
const CALM_TURNS_MOST = 5_000;

/**
 * Runs one plan.
 * @param mutate makes the cluster wrong on purpose before it starts
 * @param trace receives one line a step
 */
export function runSchedule(
  plan: SchedulePlan,
  mutate: (cluster: SimulatedCluster) => void = () => {},
  trace: (line: string) => void = () => {},
): ScheduleReport {
  const workers = plan.shards * plan.workersPerShard;
  const cluster = new SimulatedCluster({ ...plan, accounts: firstAccounts(workers, plan.keys) });
  mutate(cluster);
  const random = new Random(plan.seed);
  const source = new ProgramSource(random, workers, plan.keys);
  const faults: string[] = [];
  let steps = 0;
  try {
    for (let left = plan.programs; left > 0 && steps < STEPS_MOST; steps++) {
      left -= step(cluster, plan, random, (home) => source.next(home), trace);
    }
    if (plan.drains) cluster.drain();
    trace('calm');
    if (!cluster.settle(CALM_TURNS_MOST, random)) faults.push('does not come to rest');
    faults.push(...cluster.faultsAtRest());
  } catch (error) {
    faults.push(...cluster.oracle.violations, `threw ${error instanceof Error ? error.message : String(error)}`);
  }
  const outcomes = new Map<Outcome, number>();
  for (const { outcome } of cluster.completions) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  if (outcomes.has(FAILED)) faults.push('a transaction failed without a reason');
  const most = (of: (index: number) => number) => Math.max(...cluster.members.map((_, index) => of(index)));
  const sum = (of: (index: number) => number) => cluster.members.reduce((total, _, index) => total + of(index), 0);
  return {
    faults,
    steps,
    retriesMost: most((i) => cluster.members[i].exchange.coordinator.counters.retriesMost),
    conflicts: sum((i) => cluster.members[i].exchange.coordinator.counters.conflicts),
    fragmentWaits: sum((i) => cluster.members[i].exchange.participant.counters.fragmentWaits),
    lockWaits: sum((i) => cluster.members[i].exchange.coordinator.counters.lockWaits),
    sums: cluster.oracle.sums,
    outcomes,
  };
}

/**
 * One step.
 * @param firstTerminal those before it start nothing
 * @returns how many programs it started
 */
export function step(
  cluster: SimulatedCluster,
  plan: SchedulePlan,
  random: Random,
  next: (home: number) => Program,
  trace: (line: string) => void,
  firstTerminal = 0,
): number {
  cluster.nowMs += random.uniform() * plan.stepMs;
  const busy = cluster.links.busy();
  if (busy.length > 0 && random.chance(0.6)) {
    const [from, to] = random.pick(busy);
    const delivered = cluster.links.deliver(from, to);
    trace(`deliver ${from} -> ${to}${delivered ? '' : ': no room'}`);
    return 0;
  }
  const member = random.pick(cluster.members.filter((each) => !each.isLost));
  let started = 0;
  trace(`turn of ${member.worker}`);
  if (random.chance(0.8)) member.poll();
  const idle = member.running.flatMap((running, terminal) => (running || terminal < firstTerminal ? [] : [terminal]));
  if (idle.length > 0 && random.chance(0.5)) {
    const program = next(member.worker);
    const terminal = random.pick(idle);
    const outcome = member.start(terminal, program);
    trace(`start ${member.worker}.${terminal} ${describeProgram(program)}: ${outcome}`);
    started++;
  }
  member.runDeferred();
  if (random.chance(0.8)) member.exchange.flush();
  cluster.links.collect();
  return started;
}
