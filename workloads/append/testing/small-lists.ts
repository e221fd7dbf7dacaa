/** Lists on a few workers for tests: sessions on partitions of their own, connected by real exchanges, all on one thread. */
import { COMMITTED, type Outcome, PENDING, USER_ABORT } from '../../../src/bench/contract.ts';
import { Partition } from '../../../src/engine/partition.ts';
import { Random } from '../../../src/engine/testing/random.ts';
import { Exchange } from '../../../src/shard/exchange.ts';
import { layPlumbing } from '../../../src/shard/plumbing.ts';
import { newMix } from '../mix.ts';
import { AppendSession, LONGEST_BODY_WORDS } from '../session.ts';
import { NotedHistory } from './noted-history.ts';

export interface SmallListsOptions {
  workers?: number;
  terminals?: number;
  lists?: number;
  elementsMost?: number;
  remotePct?: number;
  userAbortPct?: number;
  seed?: number;
}

export class SmallLists {
  readonly workers;
  readonly history = new NotedHistory();
  readonly outcomes: Outcome[] = [];
  nowMs = 1000;
  private readonly random: Random;

  constructor(options: SmallListsOptions = {}) {
    const {
      workers = 3,
      terminals = 3,
      lists = 2,
      elementsMost = 8,
      remotePct = 60,
      userAbortPct = 10,
      seed = 1,
    } = options;
    this.random = new Random(seed);
    const plumbing = layPlumbing({
      shards: workers,
      workersPerShard: 1,
      localShardIds: Array.from({ length: workers }, (_, i) => i),
      mode: 'shm',
      ringCapacityBytes: 0,
      longestBodyWords: LONGEST_BODY_WORDS,
    });
    const rules = {
      totalWarehouses: workers,
      terminalsPerWarehouse: terminals,
      lists,
      mostOperations: 4,
      remotePct,
      hotPct: 0,
      userAbortPct,
    };
    this.workers = Array.from({ length: workers }, (_, index) => {
      const partition = new Partition();
      const placement = {
        shardId: index,
        workerIndex: 0,
        firstWarehouse: index + 1,
        lastWarehouse: index + 1,
        totalWarehouses: workers,
        terminalsPerWarehouse: terminals,
        seed,
      };
      const session = new AppendSession(partition, placement, rules, elementsMost, () => newMix({ kind: 'deck' }));
      session.recordHistory(this.history.of(index));
      const running = new Array<boolean>(terminals).fill(false);
      if (workers === 1) return { partition, session, exchange: null, running };
      const setup = {
        plumbing: plumbing.mailboxes[index][0],
        totalWorkers: workers,
        workersPerShard: 1,
        workerOfWarehouse: Int32Array.from({ length: workers + 1 }, (_, warehouse) => warehouse - 1),
        terminals,
        severalProcesses: false,
      };
      const clock = { now: () => this.nowMs, epochOffsetMs: 0 };
      const exchange = new Exchange(setup, session, partition, partition.access, clock, () => this.random.uniform(), {
        complete: (terminal, outcome) => this.complete(index, terminal, outcome),
        conflict: () => {},
      });
      session.connect(exchange);
      return { partition, session, exchange, running };
    });
  }

  private complete(worker: number, terminal: number, outcome: Outcome): void {
    this.workers[worker].running[terminal] = false;
    this.outcomes.push(outcome);
    this.history.end(worker, terminal, outcome === COMMITTED, outcome === USER_ABORT);
  }

  /** Runs drawn transactions of all terminals, in an order that the seed chooses, and lets them all end. */
  runMany(count: number): void {
    const { random, workers } = this;
    for (let started = 0; started < count; ) {
      const index = random.integer(0, workers.length - 1);
      const { session, exchange, running } = workers[index];
      this.nowMs += 0.01;
      exchange?.poll(this.nowMs);
      const terminal = random.integer(0, running.length - 1);
      if (!running[terminal] && random.chance(0.7)) {
        session.draw(terminal);
        running[terminal] = true;
        const outcome = exchange === null ? session.start(terminal) : exchange.start(terminal, this.nowMs);
        if (outcome !== PENDING) this.complete(index, terminal, outcome);
        started++;
      }
      if (random.chance(0.7)) exchange?.flush();
    }
    for (let turns = 0; turns < 10_000 && workers.some(({ running }) => running.includes(true)); turns++) {
      this.nowMs += 0.1;
      for (const { exchange } of workers) {
        exchange?.poll(this.nowMs);
        exchange?.flush();
      }
    }
    for (let turns = 0; turns < 5; turns++) {
      for (const { exchange } of workers) {
        exchange?.poll(this.nowMs);
        exchange?.flush();
      }
    }
  }
}
