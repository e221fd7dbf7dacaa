/**
 * The worker's side of durability: every commit becomes a record in the ring to the shard's log writer, a frame as the log
 * stores it. Runs on the worker's thread, allocates nothing and never waits; a full ring spills, and the worker admits no
 * more work meanwhile.
 */
import type { EpochClock } from '../../durability/epoch-clock.ts';
import { RECORD_EPOCH, RECORD_HEADER_WORDS, RECORD_TYPE } from '../../durability/log-layout.ts';
import { RedoEncoder, type WordViews } from '../../durability/redo-encoder.ts';
import type { Table } from '../../engine/table.ts';
import type { CommitListener } from '../../engine/transaction.ts';
import type { WriteSet } from '../../engine/write-set.ts';
import type { Doorbell } from '../../transport/doorbell.ts';
import { Outbox } from '../../transport/outbox.ts';
import { HEADER_WORDS } from '../../transport/ring-layout.ts';

/** The word of a record that is the frame's header. */
const FRAME_WORDS = HEADER_WORDS;
const PAYLOAD_HEADER_WORDS = RECORD_HEADER_WORDS - FRAME_WORDS;
const NOT_DECIDED_HERE = 0;

export class RedoOutbox implements CommitListener {
  /** Bytes of all records so far. */
  recordBytes = 0;
  records = 0;
  private readonly outbox: Outbox;
  private readonly encoder: RedoEncoder;
  private readonly clock: EpochClock;
  private readonly writer: Doorbell;
  private views: WordViews = { float64s: new Float64Array(0), int32s: new Int32Array(0), bytes: new Uint8Array(0) };
  private decidedEpoch = NOT_DECIDED_HERE;

  /**
   * @param ring to the log writer, from `createRing`
   * @param writer the log writer's doorbell
   * @param tables all tables of the partition, by id
   */
  constructor(ring: SharedArrayBuffer, writer: Doorbell, tables: readonly Table[], clock: EpochClock) {
    this.outbox = new Outbox(ring);
    this.writer = writer;
    this.encoder = new RedoEncoder(tables);
    this.clock = clock;
  }

  /** The commits until `endFragment` are of a transaction that another worker decided in this epoch. */
  beginFragment(epoch: number): void {
    this.decidedEpoch = epoch;
  }

  endFragment(): void {
    this.decidedEpoch = NOT_DECIDED_HERE;
  }

  committing(writeSet: WriteSet): void {
    const { encoder, outbox } = this;
    const words = encoder.measure(writeSet);
    const at = (outbox.claim(PAYLOAD_HEADER_WORDS + words, RECORD_TYPE) >> 1) - FRAME_WORDS;
    const views = this.viewsOf(outbox.float64s, outbox.int32s);
    views.float64s[at + RECORD_EPOCH] = this.decidedEpoch === NOT_DECIDED_HERE ? this.clock.current : this.decidedEpoch;
    encoder.encode(writeSet, views, at + RECORD_HEADER_WORDS);
    this.records++;
    this.recordBytes += (RECORD_HEADER_WORDS + words) * 8;
  }

  /**
   * Hands over what was committed, and says which epochs are over. Due once a turn.
   * @returns false while records wait for room: nothing more should be admitted
   */
  flush(): boolean {
    this.outbox.flush();
    if (this.outbox.backlogWords > 0) {
      this.writer.ring();
      return false;
    }
    if (this.clock.publish()) this.writer.ring();
    return true;
  }

  /** Before the worker sleeps. @returns false when it must not, since records wait */
  sleep(): boolean {
    if (!this.flush()) return false;
    this.clock.sleep();
    return true;
  }

  /** The outbox has two memories, the ring and the backlog: views are made when it changes between them. */
  private viewsOf(float64s: Float64Array, int32s: Int32Array): WordViews {
    if (float64s !== this.views.float64s) {
      const bytes = new Uint8Array(float64s.buffer, float64s.byteOffset, float64s.byteLength);
      this.views = { float64s, int32s, bytes };
    }
    return this.views;
  }
}
