/**
 * The log of one shard as its writer sees it: files of blocks in a folder, one of which grows. Runs on the shard's log
 * writer thread, which hands it whole records; knows no ring, no engine and no clock.
 *
 * A fault of the disk ends the log for good: nothing is appended after it, least of all a sync that is tried again.
 */
import { assert } from '../assert.ts';
import type { Disk, DiskFile } from './disk.ts';
import {
  type BlockKind,
  CUT,
  EPOCH_CLOSED,
  FILE_HEADER,
  HEADER_BYTES,
  PADDING,
  padded,
  paddingPayloadBytes,
  RECORDS,
  sealBlock,
  UNIT_BYTES,
} from './log-layout.ts';

/** Whose log a file is. What does not match the run is refused. */
export interface LogIdentity {
  shardId: number;
  shards: number;
  workers: number;
  /** Digest of what the tables and their contents depend on: workload, warehouses, seed, scale. */
  fingerprint: string;
}

const FIRST_BUFFER_BYTES = 1 << 20;
const MOST_PADDING_BYTES = HEADER_BYTES + UNIT_BYTES;

/** Names sort as their numbers do. */
export const logFileName = (number: number): string => `log-${String(number).padStart(8, '0')}.dblog`;

export class ShardLog {
  /** Bytes of all files since the start, headers included. */
  writtenBytes = 0;
  /** Bytes of the file that grows. */
  fileBytes = 0;
  syncs = 0;
  /** Of any record so far, or of what is closed. A snapshot of it makes every file needless that is complete by now. */
  highestEpoch: number;
  private readonly disk: Disk;
  private readonly folder: string;
  private readonly identity: LogIdentity;
  private file: DiskFile | null = null;
  private buffer: Uint8Array;
  private buffered = 0;
  private nextBlock: number;
  private closedEpoch: number;
  private failed = false;

  /**
   * @param nextBlock the number of the first block: one more than the last that the shard's files hold
   * @param closedEpoch epochs up to this are closed already
   */
  constructor(disk: Disk, folder: string, identity: LogIdentity, nextBlock: number, closedEpoch: number) {
    this.disk = disk;
    this.buffer = disk.allocate(FIRST_BUFFER_BYTES);
    this.folder = folder;
    this.identity = identity;
    this.nextBlock = nextBlock;
    this.closedEpoch = closedEpoch;
    this.highestEpoch = closedEpoch;
  }

  /** Number of the next block: what a snapshot names as its place in the log, and what names the next file. */
  get next(): number {
    return this.nextBlock;
  }

  /**
   * Starts a new file; what is appended from now on stands there. The one before is complete and durable.
   * @throws OperatingFault FILE
   */
  startFile(): void {
    this.guarded(() => {
      if (this.file !== null) {
        this.flush();
        this.file.sync();
        this.file.close();
      }
      this.fileBytes = 0;
      this.file = this.disk.createLog(`${this.folder}/${logFileName(this.nextBlock)}`);
      this.append(FILE_HEADER, 0, this.closedEpoch, new TextEncoder().encode(JSON.stringify(this.identity)));
      this.flush();
      this.file.sync();
      this.disk.syncFolder(this.folder);
    });
  }

  /**
   * Appends records of one worker, each with its header (`log-layout.ts`).
   * @param epoch the highest among them
   */
  appendRecords(worker: number, epoch: number, records: Uint8Array): void {
    assert(epoch > this.closedEpoch, 'a closed epoch takes no records');
    if (epoch > this.highestEpoch) this.highestEpoch = epoch;
    this.guarded(() => this.append(RECORDS, worker, epoch, records));
  }

  /**
   * Closes every epoch up to `epoch` and makes it durable.
   * @throws OperatingFault FILE: the process must end, since what the file holds is not known any more
   */
  closeEpoch(epoch: number): void {
    assert(epoch >= this.closedEpoch, 'epochs close in order');
    this.guarded(() => {
      this.append(EPOCH_CLOSED, 0, epoch, NO_BYTES);
      this.flush();
      const { file } = this;
      assert(file !== null, 'a file is open');
      file.sync();
      this.syncs++;
    });
    this.closedEpoch = epoch;
    if (epoch > this.highestEpoch) this.highestEpoch = epoch;
  }

  /**
   * Discards, durably, every record so far whose epoch is above `epoch`: a second crash does not revive it. Epochs go on
   * above `highestEpoch`, the highest that any record has.
   */
  cut(epoch: number, highestEpoch: number): void {
    this.guarded(() => {
      this.append(CUT, 0, epoch, NO_BYTES);
      this.append(EPOCH_CLOSED, 0, highestEpoch, NO_BYTES);
      this.flush();
      const { file } = this;
      assert(file !== null, 'a file is open');
      file.sync();
    });
    this.closedEpoch = highestEpoch;
    this.highestEpoch = highestEpoch;
  }

  close(): void {
    this.file?.close();
    this.file = null;
  }

  private append(kind: BlockKind, worker: number, epoch: number, payload: Uint8Array): void {
    const sizeBytes = HEADER_BYTES + padded(payload.length);
    if (this.buffered + sizeBytes + MOST_PADDING_BYTES > this.buffer.length) this.flush();
    if (sizeBytes + MOST_PADDING_BYTES > this.buffer.length) {
      this.buffer = this.disk.allocate(2 * sizeBytes + MOST_PADDING_BYTES);
    }
    this.place(kind, worker, epoch, payload);
  }

  private place(kind: BlockKind, worker: number, epoch: number, payload: Uint8Array): void {
    const sizeBytes = HEADER_BYTES + padded(payload.length);
    const at = this.buffered;
    this.buffer.fill(0, at + sizeBytes - 8, at + sizeBytes);
    this.buffer.set(payload, at + HEADER_BYTES);
    sealBlock(this.buffer, at, { kind, payloadBytes: payload.length, worker, number: this.nextBlock++, epoch });
    this.buffered += sizeBytes;
  }

  private flush(): void {
    assert(this.file !== null, 'a file is open');
    const paddingBytes = paddingPayloadBytes(this.buffered);
    if (paddingBytes >= 0) this.place(PADDING, 0, this.closedEpoch, ZEROS.subarray(0, paddingBytes));
    this.file.append(this.buffer, this.buffered);
    this.writtenBytes += this.buffered;
    this.fileBytes += this.buffered;
    this.buffered = 0;
  }

  private guarded(body: () => void): void {
    assert(!this.failed, 'a log that failed takes nothing more');
    this.failed = true;
    body();
    this.failed = false;
  }
}

const NO_BYTES = new Uint8Array(0);
const ZEROS = new Uint8Array(UNIT_BYTES);
