/** Small banks for tests: sessions on partitions of their own, connected by real exchanges and rings, all on one thread. */
import { COMMITTED, FAILED, type Outcome, PENDING } from '../../../src/bench/contract.ts';
import type { ConditionResult } from '../../../src/bench/result.ts';
import { Partition } from '../../../src/engine/partition.ts';
import { Random } from '../../../src/engine/testing/random.ts';
import { Exchange } from '../../../src/shard/exchange.ts';
import { layPlumbing } from '../../../src/shard/plumbing.ts';
import { judge } from '../checks/judge.ts';
import { COUNTER, type COUNTER_NAMES } from '../counters.ts';
import type { Terminal } from '../inputs.ts';
import { newMix } from '../mix.ts';
import { BODY_WORDS } from '../procedures/bank.ts';
import { BankSession } from '../session.ts';

export interface SmallBankOptions {
  /** Workers with one warehouse each. */
  workers?: number;
  terminals?: number;
  accounts?: number;
  remoteTransferPct?: number;
  userAbortPct?: number;
  /** Weights by key; without them the deck. */
  weights?: Record<string, number>;
  seed?: number;
}

interface Worker {
  partition: Partition;
  session: BankSession;
  /** Null where there is one worker. */
  exchange: Exchange | null;
  running: boolean[];
}

export class SmallBank {
  readonly workers: Worker[] = [];
  readonly outcomes: { worker: number; terminal: number; outcome: Outcome }[] = [];
  nowMs = 1000;
  private readonly random: Random;

  constructor(options: SmallBankOptions = {}) {
    const { workers = 2, terminals = 2, accounts = 4, remoteTransferPct = 50, userAbortPct = 10, seed = 1 } = options;
    this.random = new Random(seed);
    const plumbing = layPlumbing({
      shards: workers,
      workersPerShard: 1,
      localShardIds: Array.from({ length: workers }, (_, i) => i),
      mode: 'shm',
      ringCapacityBytes: 0,
      longestBodyWords: BODY_WORDS,
    });
    const rules = { accounts, totalWarehouses: workers, remoteTransferPct, userAbortPct };
    for (let index = 0; index < workers; index++) {
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
      const { weights } = options;
      const mix = weights === undefined ? { kind: 'deck' as const } : { kind: 'weights' as const, weights };
      const session = new BankSession(partition, placement, rules, () => newMix(mix));
      session.load(() => {});
      const running = new Array<boolean>(terminals).fill(false);
      const worker: Worker = { partition, session, exchange: null, running };
      this.workers.push(worker);
      if (workers === 1) continue;
      const clock = { now: () => this.nowMs, epochOffsetMs: 0 };
      const setup = {
        plumbing: plumbing.mailboxes[index][0],
        totalWorkers: workers,
        workersPerShard: 1,
        workerOfWarehouse: Int32Array.from({ length: workers + 1 }, (_, warehouse) => warehouse - 1),
        terminals,
        severalProcesses: false,
      };
      const exchange = new Exchange(setup, session, partition, partition.access, clock, () => this.random.uniform(), {
        complete: (terminal, outcome) => this.complete(index, terminal, outcome),
        conflict: () => {},
      });
      session.connect(exchange);
      worker.exchange = exchange;
    }
  }

  private complete(worker: number, terminal: number, outcome: Outcome): void {
    this.workers[worker].running[terminal] = false;
    this.outcomes.push({ worker, terminal, outcome });
  }

  /** Starts what the terminal's input says. */
  start(worker: number, terminal: number): void {
    const { session, exchange, running } = this.workers[worker];
    running[terminal] = true;
    const outcome = exchange === null ? session.start(terminal) : exchange.start(terminal, this.nowMs);
    if (outcome !== PENDING) this.complete(worker, terminal, outcome);
  }

  /** Runs one transaction with this input, and nothing beside it. */
  run(worker: number, input: Partial<Terminal>): Outcome {
    Object.assign(this.workers[worker].session.terminals[0], input);
    this.start(worker, 0);
    this.settle();
    return this.outcomes.at(-1)?.outcome ?? FAILED;
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
        this.start(index, terminal);
        started++;
      }
      if (random.chance(0.7)) exchange?.flush();
    }
    this.settle();
  }

  private settle(): void {
    for (let turns = 0; this.workers.some(({ running }) => running.includes(true)) && turns < 10_000; turns++) {
      this.nowMs += 0.1;
      this.turnAll();
    }
    for (let turns = 0; turns < 5; turns++) this.turnAll();
  }

  private turnAll(): void {
    for (const { exchange } of this.workers) {
      exchange?.poll(this.nowMs);
      exchange?.flush();
    }
  }

  /** Balances of a warehouse by account. */
  balances(warehouse: number): Map<number, number> {
    const { accounts } = this.workers[warehouse - 1].session.bank;
    const found = new Map<number, number>();
    for (let row = 0; row < accounts.table.rowBound; row++) {
      if (accounts.table.isLive(row)) found.set(accounts.table.getInt32(row, accounts.id), accounts.balanceOf(row));
    }
    return found;
  }

  /** A counter, summed over all workers. */
  count(name: (typeof COUNTER_NAMES)[number]): number {
    return this.workers.reduce((sum, { session }) => sum + session.counters[COUNTER[name]], 0);
  }

  verdicts(): ConditionResult[] {
    return judge(
      this.workers.map(({ session }) => session.check()),
      true,
    );
  }

  /** Ids of the conditions that do not hold. */
  failures(): string[] {
    return this.verdicts().flatMap(({ id, passed }) => (passed ? [] : [id]));
  }

  commits(): number {
    return this.outcomes.filter(({ outcome }) => outcome === COMMITTED).length;
  }
}
