/**
 * A partition's snapshot as a file: a piece that says whose it is, then pieces in the order in which the engine gives them
 * (`engine/image.ts`), then one that says how many there were, each with its size and a CRC-32. Runs on whichever thread
 * owns the partition.
 *
 *   bytes  0  size of the payload, uint32     4  what it is, uint32     8  CRC-32 of both and the payload, uint32     12  0
 *         16  payload, padded to 8 bytes
 *
 * The machine computes a CRC-32 at several gigabytes a second, so that opening a snapshot costs little more than reading it.
 */
import { crc32 } from 'node:zlib';
import type { ImageSink, ImageSource } from '../engine/image.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import type { Disk, DiskFile } from './disk.ts';
import { padded } from './log-layout.ts';
import type { LogIdentity } from './shard-log.ts';

const HEADER_BYTES = 16;
const NUMBERS = 1;
const BYTES = 2;
const END = 3;
const LABEL = 4;
const LABEL_BYTES_MOST = 1 << 16;
const NUMBERS_MOST = 256;
const BUFFER_BYTES = 1 << 20;

/** Whose snapshot a file is, in words that a person can compare. */
export const snapshotLabel = (
  { shardId, shards, workers, fingerprint }: LogIdentity,
  epoch: number,
  workerOfShard: number,
): string => `shard ${shardId} of ${shards}, worker ${workerOfShard} of ${workers}, epoch ${epoch}, ${fingerprint}`;

/** Of no bytes the library gives 0 and forgets what came before. */
function checksum(header: Uint8Array, payload: Uint8Array): number {
  const begun = crc32(header.subarray(0, 8));
  return payload.length === 0 ? begun : crc32(payload, begun);
}

/** Writes a file that does not exist yet; it is durable after `end`, under this name once its folder is synced. */
export class SnapshotWriter implements ImageSink {
  writtenBytes = 0;
  private readonly file: DiskFile;
  private readonly numbers = new Float64Array(NUMBERS_MOST);
  private waiting = 0;
  private readonly buffer = new Uint8Array(BUFFER_BYTES);
  private readonly view = new DataView(this.buffer.buffer);
  private buffered = 0;
  private pieces = 0;

  /**
   * @param label whose it is, in words that its reader compares
   * @throws OperatingFault FILE, here and in every call
   */
  constructor(disk: Disk, path: string, label = '') {
    this.file = disk.create(path);
    this.piece(LABEL, new TextEncoder().encode(label));
  }

  number(value: number): void {
    this.numbers[this.waiting++] = value;
    if (this.waiting === NUMBERS_MOST) this.flushNumbers();
  }

  bytes(bytes: Uint8Array): void {
    this.flushNumbers();
    this.piece(BYTES, bytes);
  }

  /** Completes the file and makes it durable. */
  end(): void {
    this.flushNumbers();
    this.numbers[0] = this.pieces;
    this.piece(END, new Uint8Array(this.numbers.buffer, 0, 8));
    this.flush();
    this.file.sync();
    this.file.close();
  }

  private flushNumbers(): void {
    if (this.waiting === 0) return;
    const bytes = new Uint8Array(this.numbers.buffer, 0, 8 * this.waiting);
    this.waiting = 0;
    this.piece(NUMBERS, bytes);
  }

  private piece(kind: number, payload: Uint8Array): void {
    this.pieces++;
    if (this.buffered + HEADER_BYTES > BUFFER_BYTES) this.flush();
    const at = this.buffered;
    this.view.setUint32(at, payload.length, true);
    this.view.setUint32(at + 4, kind, true);
    this.view.setUint32(at + 8, checksum(this.buffer.subarray(at, at + 8), payload), true);
    this.view.setUint32(at + 12, 0, true);
    this.buffered += HEADER_BYTES;
    this.append(payload);
    this.append(PADDING.subarray(0, padded(payload.length) - payload.length));
  }

  private append(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      if (this.buffered === BUFFER_BYTES) this.flush();
      const length = Math.min(bytes.length - from, BUFFER_BYTES - this.buffered);
      this.buffer.set(bytes.subarray(from, from + length), this.buffered);
      this.buffered += length;
      from += length;
    }
  }

  private flush(): void {
    this.file.append(this.buffer, this.buffered);
    this.writtenBytes += this.buffered;
    this.buffered = 0;
  }
}

const PADDING = new Uint8Array(8);

/** Reads a snapshot; memory goes from the file straight to where it belongs. */
export class SnapshotReader implements ImageSource {
  readonly label: string;
  private readonly disk: Disk;
  private readonly path: string;
  private readonly sizeBytes: number;
  private readonly header = new Uint8Array(HEADER_BYTES);
  private readonly headerView = new DataView(this.header.buffer);
  private readonly numbers = new Float64Array(NUMBERS_MOST);
  private waiting = 0;
  private nextNumber = 0;
  private at = 0;
  private pieces = 0;

  /** @throws OperatingFault FILE; DAMAGED, here and in every call: the file is cut off, changed, or of other tables */
  constructor(disk: Disk, path: string) {
    this.disk = disk;
    this.path = path;
    this.sizeBytes = disk.sizeBytes(path);
    if (this.sizeBytes === 0) throw this.damaged('the file is empty');
    const labelBytes = this.begin(LABEL);
    if (labelBytes > LABEL_BYTES_MOST) throw this.damaged('the piece has an impossible size');
    const label = new Uint8Array(labelBytes);
    this.take(label);
    this.label = new TextDecoder().decode(label);
  }

  number(): number {
    if (this.nextNumber === this.waiting) {
      const sizeBytes = this.begin(NUMBERS);
      if (sizeBytes === 0 || sizeBytes > 8 * NUMBERS_MOST || sizeBytes % 8 !== 0)
        throw this.damaged('the piece has an impossible size');
      this.take(new Uint8Array(this.numbers.buffer, 0, sizeBytes));
      this.waiting = sizeBytes / 8;
      this.nextNumber = 0;
    }
    // What an element of doubles gives is a double to V8, whatever its value: fields that it went to would stay slow for good.
    const value = this.numbers[this.nextNumber++];
    const small = value | 0;
    return small === value ? small : value;
  }

  bytes(target: Uint8Array): void {
    if (this.nextNumber !== this.waiting) throw this.damaged('the pieces are not those of these tables');
    if (this.begin(BYTES) !== target.length) throw this.damaged('the piece is not of the size that these tables have');
    this.take(target);
  }

  /** The image is complete: whether the file is, too. */
  end(): void {
    const { pieces } = this;
    if (this.begin(END) !== 8) throw this.damaged('the end is damaged');
    this.take(new Uint8Array(this.numbers.buffer, 0, 8));
    if (this.numbers[0] !== pieces || this.at !== this.sizeBytes)
      throw this.damaged('the file does not end where it should');
  }

  private begin(kind: number): number {
    if (this.disk.read(this.path, this.at, this.header, HEADER_BYTES) < HEADER_BYTES)
      throw this.damaged('the file is cut off');
    const sizeBytes = this.headerView.getUint32(0, true);
    if (this.headerView.getUint32(4, true) !== kind) throw this.damaged('another piece was expected');
    return sizeBytes;
  }

  private take(target: Uint8Array): void {
    const got = this.disk.read(this.path, this.at + HEADER_BYTES, target, target.length);
    if (got < target.length) throw this.damaged('the file is cut off');
    if (checksum(this.header, target) !== this.headerView.getUint32(8, true))
      throw this.damaged('the checksum does not match');
    this.at += HEADER_BYTES + padded(target.length);
    this.pieces++;
  }

  private damaged(what: string): OperatingFault {
    return new OperatingFault(
      'DAMAGED',
      EXIT.usage,
      `${this.path}, byte ${this.at}: ${what}; restore the snapshot from a copy or load the data into an empty folder`,
    );
  }
}
