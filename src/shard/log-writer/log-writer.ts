/**
 * What a shard's log writer does in one step: it takes the workers' records from their rings, appends them, and closes the
 * epochs that are over in all of them. Runs on a thread of its own, so that no worker ever waits for the disk; knows no
 * clock: its thread says when.
 */
import { assert } from '../../assert.ts';
import type { EpochBoard } from '../../durability/epoch-board.ts';
import { RECORD_EPOCH } from '../../durability/log-layout.ts';
import type { ShardLog } from '../../durability/shard-log.ts';
import type { Doorbell } from '../../transport/doorbell.ts';
import { RingConsumer } from '../../transport/ring-consumer.ts';
import { HEADER_WORDS } from '../../transport/ring-layout.ts';

/** Records of one worker that go into one block. */
const BLOCK_BYTES = 1 << 18;

export interface LogSource {
  /** Worker within the process, as the board counts. */
  worker: number;
  /** Worker within the shard, as the log counts. */
  workerOfShard: number;
  ring: SharedArrayBuffer;
  /** The worker's own, which waits for room when its records have spilled. */
  doorbell: Doorbell;
}

class Source {
  readonly worker: number;
  readonly workerOfShard: number;
  readonly ring: RingConsumer;
  readonly doorbell: Doorbell;

  constructor({ worker, workerOfShard, ring, doorbell }: LogSource) {
    this.worker = worker;
    this.workerOfShard = workerOfShard;
    this.ring = new RingConsumer(ring);
    this.doorbell = doorbell;
  }
}

export class LogWriter {
  records = 0;
  private readonly log: ShardLog;
  private readonly board: EpochBoard;
  private readonly shard: number;
  private readonly sources: Source[];
  private readonly block = new Uint8Array(BLOCK_BYTES);
  private durable: number;

  /**
   * @param shard within the process, as the board counts
   * @param durable every epoch up to this is durable already
   */
  constructor(log: ShardLog, board: EpochBoard, shard: number, sources: readonly LogSource[], durable: number) {
    this.log = log;
    this.board = board;
    this.shard = shard;
    this.sources = sources.map((source) => new Source(source));
    this.durable = durable;
    board.setShardDurable(shard, durable);
  }

  /**
   * Takes everything that is there and makes durable what is over.
   * @returns whether an epoch became durable
   * @throws OperatingFault FILE: the process must end
   */
  step(): boolean {
    // First what is over, then the records: a worker hands over before it says so.
    let closed = Number.POSITIVE_INFINITY;
    for (const { worker } of this.sources) closed = Math.min(closed, this.board.closed(worker));
    for (const source of this.sources) this.drain(source);
    if (closed <= this.durable) return false;
    this.log.closeEpoch(closed);
    this.durable = closed;
    this.board.setShardDurable(this.shard, closed);
    return true;
  }

  /** Every epoch up to this is durable in this shard. */
  get durableEpoch(): number {
    return this.durable;
  }

  /** Whether `step` would make an epoch durable. Records alone can wait: who finds its ring full rings. */
  hasWork(): boolean {
    let closed = Number.POSITIVE_INFINITY;
    for (const { worker } of this.sources) closed = Math.min(closed, this.board.closed(worker));
    return closed > this.durable;
  }

  private drain({ ring, workerOfShard, doorbell }: Source): void {
    let filled = 0;
    let epoch = 0;
    const append = () => {
      if (filled > 0) this.log.appendRecords(workerOfShard, epoch, this.block.subarray(0, filled));
      filled = 0;
      epoch = 0;
    };
    // What was there at the start, and no more: a worker that keeps up would else keep the epoch open for ever.
    let wordsLeft = ring.capacityWords;
    for (let at = ring.next(); at >= 0; at = wordsLeft > 0 ? ring.next() : -1) {
      wordsLeft -= ring.payloadWords + HEADER_WORDS;
      const sizeBytes = ring.payloadWords * 8;
      const start = ring.int32s.byteOffset + at * 4;
      const record = new Uint8Array(ring.int32s.buffer, start, sizeBytes);
      const recordEpoch = ring.float64s[(at >> 1) + RECORD_EPOCH];
      assert(recordEpoch > this.durable, 'no record comes for an epoch that is closed');
      this.records++;
      if (filled + sizeBytes > BLOCK_BYTES) append();
      if (sizeBytes > BLOCK_BYTES) {
        this.log.appendRecords(workerOfShard, recordEpoch, record);
        continue;
      }
      this.block.set(record, filled);
      filled += sizeBytes;
      epoch = Math.max(epoch, recordEpoch);
    }
    append();
    if (ring.release()) doorbell.ringForRoom();
  }
}
