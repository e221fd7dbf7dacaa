/**
 * The embedded engine under the isolation tests: partitions with a session each, joined by real exchanges, stepped in
 * the test's own thread under a clock that moves only where everybody pauses.
 *
 * A transaction of one partition runs from start to end on its thread and cannot be stopped. One over several is
 * stopped when its fragments are prepared, before its own part (which is its commit point) or after it.
 */
import { assert } from '../../../../src/assert.ts';
import { layPlumbing } from '../../../../src/shard/plumbing.ts';
import { SimulatedLinks } from '../../../../src/shard/testing/simulated-links.ts';
import { openDatabase, RUN_INSTANT_MS, TINY_SCALE } from '../../testing/database.ts';
import workload from '../../workload.ts';
import type {
  Inputs,
  IsolationDriver,
  Observation,
  RunningTransaction,
  StopPoint,
  TransactionType,
} from '../driver.ts';
import { EmbeddedData } from './embedded-data.ts';
import { EmbeddedWorker, type Started } from './embedded-worker.ts';
import { HoldingExchange } from './holding-exchange.ts';

export interface EmbeddedOptions {
  /** Whether the partitions are two shards joined by a link, or one shard's joined by rings. */
  paths: 'links' | 'rings';
  /** What keeps a stopped transaction where it is: the answers have not arrived, or the decision has not. */
  held: 'answers' | 'decisions';
  /** Partitions, of one warehouse each; 2 where it is not said. */
  partitions?: number;
  /** Puts something wrong into the workers before anything runs. */
  spoil?: (workers: readonly EmbeddedWorker[]) => void;
}

/** Ends of pauses that the others are given before one of them is said to try again and again. */
const PAUSES_MOST = 20;
const TURNS_MOST = 10_000;

export class EmbeddedDriver implements IsolationDriver {
  readonly homeWarehouseId = 1;
  readonly awayWarehouseId = 2;
  readonly items = TINY_SCALE.items;
  readonly fixedPricesReason = 'ITEM is shared by all partitions and cannot change while it is in use';
  readonly stored: EmbeddedData;
  readonly workers: readonly EmbeddedWorker[];
  private readonly options: EmbeddedOptions;
  private readonly links: SimulatedLinks | null;
  private readonly stopped = new Set<Started>();
  private nowMs = 1;

  constructor(options: EmbeddedOptions) {
    const { paths, partitions = 2, spoil } = options;
    this.options = options;
    const shards = paths === 'links' ? partitions : 1;
    const workersPerShard = partitions / shards;
    const plumbing = layPlumbing({
      shards,
      workersPerShard,
      localShardIds: Array.from({ length: shards }, (_, shard) => shard),
      mode: paths === 'links' ? 'tcp' : 'shm',
      ringCapacityBytes: 0,
      longestBodyWords: workload.longestFragmentWords,
    });
    this.links = paths === 'links' ? new SimulatedLinks(plumbing.transports, workersPerShard) : null;
    this.workers = openWorkers(partitions);
    const clock = { now: () => this.nowMs, epochOffsetMs: RUN_INSTANT_MS };
    this.workers.forEach((each, worker) => {
      const { partition, session } = each.database;
      const setup = {
        plumbing: plumbing.mailboxes[Math.floor(worker / workersPerShard)][worker % workersPerShard],
        totalWorkers: partitions,
        workersPerShard,
        workerOfWarehouse: Int32Array.from({ length: partitions + 1 }, (_, warehouse) => warehouse - 1),
        terminals: session.terminals.length,
        severalProcesses: false,
      };
      each.connect(new HoldingExchange(setup, each.stepped, partition, partition.access, clock, () => 0.5, each));
    });
    this.stored = new EmbeddedData(this.workers);
    spoil?.(this.workers);
  }

  async begin<Type extends TransactionType>(
    warehouseId: number,
    type: Type,
    input: Inputs[Type],
    stopAt: StopPoint | null,
  ): Promise<RunningTransaction<Type>> {
    const typed = { type, input } as Parameters<EmbeddedWorker['start']>[0];
    const started = this.workers[warehouseId - 1].start(typed, stopAt, this.nowMs);
    if (stopAt !== null) this.stopped.add(started);
    return {
      observe: async () => this.observe(started) as Observation<Type>,
      goOn: async () => this.goOn(started),
    };
  }

  async close(): Promise<void> {}

  private observe(started: Started): Observation<TransactionType> {
    this.settle();
    if (this.standsStill(started)) return { kind: 'stopped' };
    if (started.completed !== null) return { kind: 'completed', ...started.completed };
    return { kind: started.conflicts > 0 ? 'retries' : 'waits' };
  }

  private standsStill(started: Started): boolean {
    if (!this.stopped.has(started)) return false;
    const { worker, terminal } = started;
    const isDecisionHeld = this.workers.some(({ exchange }) => exchange.holdsDecisionOf(worker));
    return isDecisionHeld || this.workers[worker].exchange.isPrepared(terminal);
  }

  private goOn(started: Started): void {
    if (!this.stopped.delete(started)) return;
    const { worker, terminal } = started;
    this.workers[worker].exchange.releaseAnswers(terminal);
    for (const { exchange } of this.workers) exchange.releaseDecision(worker);
  }

  /** Lets all get as far as they get. */
  private settle(): void {
    let pauses = 0;
    for (let turns = 0; turns < TURNS_MOST; turns++) {
      if (this.turn()) continue;
      const dueMs = Math.min(...this.workers.map(({ exchange }) => exchange.coordinator.nextDueMs));
      if (dueMs === Number.POSITIVE_INFINITY || pauses++ === PAUSES_MOST) return;
      this.nowMs = dueMs;
    }
    assert(false, 'workers come to rest');
  }

  private turn(): boolean {
    let isBusy = false;
    for (const each of this.workers) {
      if (each.exchange.poll(this.nowMs)) isBusy = true;
      if (each.runDeferred(RUN_INSTANT_MS + Math.floor(this.nowMs))) isBusy = true;
      each.exchange.flush();
    }
    this.links?.collect();
    for (const [from, to] of this.links?.busy() ?? []) if (this.links?.deliver(from, to)) isBusy = true;
    if (this.options.held === 'answers') return isBusy;
    for (const { worker, terminal } of this.stopped) {
      if (!this.workers[worker].exchange.isPrepared(terminal)) continue;
      for (const { exchange } of this.workers) exchange.holdDecision(worker, terminal);
      this.workers[worker].exchange.releaseAnswers(terminal);
      isBusy = true;
    }
    return isBusy;
  }
}

function openWorkers(partitions: number): EmbeddedWorker[] {
  const options = { scale: TINY_SCALE, totalWarehouses: partitions };
  const first = openDatabase(options);
  const items = first.tables.item.table.share();
  return Array.from({ length: partitions }, (_, worker) => {
    const database = worker === 0 ? first : openDatabase({ ...options, firstWarehouse: worker + 1, items });
    return new EmbeddedWorker(worker, database);
  });
}
