import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochBoard } from '../../durability/epoch-board.ts';
import { ShardLog } from '../../durability/shard-log.ts';
import { MemoryDisk } from '../../durability/testing/memory-disk.ts';
import { Partition } from '../../engine/partition.ts';
import { int32, type TableDefinition } from '../../engine/schema.ts';
import { Random } from '../../engine/testing/random.ts';
import type { Transaction } from '../../engine/transaction.ts';
import { LogWriter } from '../../shard/log-writer/log-writer.ts';
import { createDoorbell, Doorbell } from '../../transport/doorbell.ts';
import { createRing } from '../../transport/ring-layout.ts';
import { UNACKNOWLEDGED_MOST } from './acknowledgements.ts';
import { WorkerDurability } from './worker-durability.ts';

const ROW = {
  name: 'ROW',
  columns: { NUMBER: int32 },
  indexes: { byNumber: { kind: 'hash', key: [{ column: 'NUMBER', range: 1_000_000 }] } },
} satisfies TableDefinition;

const FOLDER = '/data/shard-0';
/** Of `beginTurn`: what a turn may add. */
const TURN_MOST = 4096;

/** A worker with its partition, and the log writer of its shard, in one thread. */
class DurableWorker {
  readonly board = EpochBoard.create(1, 1);
  readonly disk = new MemoryDisk();
  readonly worker: WorkerDurability;
  readonly writer: LogWriter;
  readonly acknowledged: { receipt: number; answeredMs: number }[] = [];
  private readonly partition = new Partition();
  private readonly listener = {
    acknowledged: (...answer: [number, number, boolean, number, number, number]) => {
      this.acknowledged.push({ answeredMs: answer[4], receipt: answer[5] });
    },
  };
  private readonly transaction: Transaction;
  private transactions = 0;

  constructor({ awaits = false, ringWords = 1 << 16 } = {}) {
    this.partition.createTable(ROW);
    this.transaction = this.partition.newTransaction();
    this.board.tick = 1;
    this.disk.makeFolder(FOLDER);
    const log = new ShardLog(this.disk, FOLDER, { shardId: 0, shards: 1, workers: 1, fingerprint: 'f' }, 0, 0);
    log.startFile();
    const ring = createRing(ringWords);
    const doorbell = createDoorbell();
    this.worker = new WorkerDurability(
      {
        board: { memory: this.board.memory, shards: 1 },
        worker: 0,
        ring,
        writerDoorbell: createDoorbell(),
        driverDoorbell: createDoorbell(),
        doorbell,
        awaits,
      },
      this.partition,
    );
    const sources = [{ worker: 0, workerOfShard: 0, ring, doorbell: new Doorbell(doorbell) }];
    this.writer = new LogWriter(log, this.board, 0, sources, 0);
  }

  /** Commits and answers. @returns the epoch that it belongs to */
  transact(): number {
    const [table] = this.partition.tables;
    const { transaction } = this;
    const row = table.allocate();
    table.putInt32(row, table.keyColumn('NUMBER'), this.transactions);
    transaction.insert(table, row);
    transaction.commit();
    this.answer();
    return this.worker.clock.current;
  }

  /** A read-only transaction is answered. */
  answer(): void {
    this.worker.add(0, 0, false, 0, this.transactions, this.transactions++);
  }

  endTurn(): void {
    this.worker.endTurn(this.listener);
  }

  /** A step of the log writer, which is the whole cluster. */
  write(): void {
    this.writer.step();
    this.board.advanceClusterDurable();
  }
}

const receiptsOf = ({ acknowledged }: DurableWorker): number[] => acknowledged.map(({ receipt }) => receipt);

describe('a worker of a durable run', () => {
  it('acknowledges what is on the disk and nothing else, read-only answers too', () => {
    const shard = new DurableWorker();
    shard.transact();
    shard.answer();
    shard.endTurn();
    shard.write();
    shard.endTurn();
    // Its epoch is open still.
    expect([receiptsOf(shard), shard.worker.unacknowledged]).toEqual([[], 2]);
    shard.board.tick = 2;
    shard.worker.beginTurn();
    shard.transact();
    shard.endTurn();
    expect(receiptsOf(shard)).toEqual([]);
    shard.write();
    shard.endTurn();
    expect([receiptsOf(shard), shard.worker.unacknowledged]).toEqual([[0, 1], 1]);
  });

  it('waits for the other shards of the cluster', () => {
    const shard = new DurableWorker();
    shard.transact();
    shard.board.tick = 2;
    shard.worker.beginTurn();
    shard.endTurn();
    shard.writer.step();
    expect(shard.board.localDurable).toBe(1);
    shard.endTurn();
    expect(receiptsOf(shard)).toEqual([]);
    shard.board.raiseClusterDurable(1);
    shard.endTurn();
    expect(receiptsOf(shard)).toEqual([0]);
  });

  it('hands over before it says that an epoch is over', () => {
    const shard = new DurableWorker();
    shard.transact();
    shard.board.tick = 2;
    shard.worker.beginTurn();
    expect(shard.board.closed(0)).toBe(0);
    shard.endTurn();
    expect(shard.board.closed(0)).toBe(1);
    shard.write();
    expect(shard.writer.records).toBe(1);
  });

  it('acknowledges what it committed before it slept, and nothing commits in an epoch that ended meanwhile', () => {
    const shard = new DurableWorker();
    const first = shard.transact();
    shard.endTurn();
    expect(shard.worker.sleep(5)).toBe(5);
    shard.board.tick = 9;
    shard.write();
    expect([first, shard.board.clusterDurable]).toEqual([1, 8]);
    shard.worker.wake();
    expect(shard.transact()).toBe(9);
    shard.endTurn();
    expect(receiptsOf(shard)).toEqual([0]);
  });

  it('admits nothing while too many answers wait', () => {
    const shard = new DurableWorker();
    expect(shard.worker.beginTurn()).toBe(true);
    for (let i = 0; i < UNACKNOWLEDGED_MOST - TURN_MOST; i++) shard.answer();
    expect(shard.worker.beginTurn()).toBe(true);
    shard.answer();
    expect(shard.worker.beginTurn()).toBe(false);
    // The tick is looked at none the less: the epoch ends, and the answers go.
    shard.board.tick = 2;
    expect(shard.worker.beginTurn()).toBe(false);
    shard.endTurn();
    shard.write();
    shard.endTurn();
    expect(shard.worker.beginTurn()).toBe(true);
    const { turnsHeldBack, unacknowledgedMost } = shard.worker.counters;
    expect([turnsHeldBack, unacknowledgedMost]).toEqual([2, UNACKNOWLEDGED_MOST - TURN_MOST + 1]);
  });

  it('admits nothing and keeps its epoch open while records wait for room', () => {
    const shard = new DurableWorker({ ringWords: 1 << 11 });
    let commits = 0;
    while (shard.worker.beginTurn()) {
      expect(commits++).toBeLessThan(10_000);
      for (let i = 0; i < 10; i++) shard.transact();
      shard.endTurn();
    }
    shard.board.tick = 2;
    expect(shard.worker.beginTurn()).toBe(false);
    shard.endTurn();
    expect(shard.board.closed(0)).toBe(0);
    // It looks again soon, and the epoch does not end without it.
    expect(shard.worker.sleep(20)).toBeLessThan(1);
    expect(shard.board.closed(0)).toBe(0);
    while (shard.worker.unacknowledged > 0) {
      shard.write();
      shard.worker.beginTurn();
      shard.endTurn();
    }
    expect(shard.worker.beginTurn()).toBe(true);
    expect(shard.writer.records).toBe(shard.acknowledged.length);
    expect(shard.worker.counters.records).toBe(shard.acknowledged.length);
  });

  it.each([true, false])('asks for the end of the epoch where each group is awaited: %s', (awaits) => {
    const shard = new DurableWorker({ awaits });
    shard.endTurn();
    expect(shard.board.isAwaited).toBe(false);
    shard.transact();
    shard.endTurn();
    expect(shard.board.isAwaited).toBe(awaits);
  });

  it('never acknowledges what its log writer has not made durable, and everything in order, whatever happens when', () => {
    let told = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        const random = new Random(seed);
        const shard = new DurableWorker({ ringWords: 1 << 11 });
        const epochs: number[] = [];
        let asleep = false;
        const awake = () => {
          if (asleep) shard.worker.wake();
          asleep = false;
        };
        for (let step = 0; step < 150; step++) {
          const draw = random.uniform();
          if (draw < 0.15) shard.board.tick++;
          else if (draw < 0.35) shard.writer.step();
          else if (draw < 0.4) shard.board.advanceClusterDurable();
          else if (draw < 0.5) {
            awake();
            asleep = shard.worker.sleep(1) === 1;
          } else {
            awake();
            if (shard.worker.beginTurn()) {
              for (let n = random.integer(0, 8); n > 0; n--) epochs.push(shard.transact());
            }
            shard.endTurn();
          }
          const durable = epochs.filter((epoch) => epoch <= shard.board.shardDurable(0)).length;
          expect(shard.acknowledged.length).toBeLessThanOrEqual(durable);
        }
        expect(receiptsOf(shard)).toEqual(shard.acknowledged.map((_, i) => i));
        told += shard.acknowledged.length;
      }),
      { seed: 1, numRuns: 100 },
    );
    expect(told).toBeGreaterThan(5000);
  });
});
