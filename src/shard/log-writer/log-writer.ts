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
import { HEADER_WORDS, WORD_BYTES } from '../../transport/ring-layout.ts';

/** A block ends with the record that passes this: it bounds what a block's damage takes with it, and the log's buffer. */
const BLOCK_WORDS = 1 << 15;

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
  readonly bytes: Uint8Array;
  readonly doorbell: Doorbell;

  constructor({ worker, workerOfShard, ring, doorbell }: LogSource) {
    this.worker = worker;
    this.workerOfShard = workerOfShard;
    this.ring = new RingConsumer(ring);
    this.bytes = new Uint8Array(ring);
    this.doorbell = doorbell;
  }
}

export class LogWriter {
  records = 0;
  private readonly log: ShardLog;
  private readonly board: EpochBoard;
  private readonly shard: number;
  private readonly sources: Source[];
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

  /**
   * Hands what lies together in the ring over at once, as it lies: frames are records. What was there at the start, and no
   * more: a worker that keeps up would else keep the epoch open for ever.
   */
  private drain({ ring, bytes, workerOfShard, doorbell }: Source): void {
    let start = 0;
    let end = 0;
    let epoch = 0;
    let wordsLeft = ring.capacityWords;
    for (let at = ring.next(); at >= 0; at = wordsLeft > 0 ? ring.next() : -1) {
      const frameWords = HEADER_WORDS + ring.payloadWords;
      const frame = (at >> 1) - HEADER_WORDS;
      const recordEpoch = ring.float64s[frame + RECORD_EPOCH];
      if (recordEpoch <= this.durable) assert(false, 'no record comes for an epoch that is closed');
      if (frame !== end || end - start > BLOCK_WORDS) {
        this.append(workerOfShard, epoch, bytes, start, end);
        start = frame;
        epoch = 0;
      }
      end = frame + frameWords;
      if (recordEpoch > epoch) epoch = recordEpoch;
      wordsLeft -= frameWords;
      this.records++;
    }
    this.append(workerOfShard, epoch, bytes, start, end);
    if (ring.release()) doorbell.ringForRoom();
  }

  /** @param start in words of the ring's memory, as `end` */
  private append(worker: number, epoch: number, bytes: Uint8Array, start: number, end: number): void {
    if (end > start) this.log.appendRecords(worker, epoch, bytes.subarray(start * WORD_BYTES, end * WORD_BYTES));
  }
}
