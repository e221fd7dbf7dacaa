/**
 * Reads the log files of one shard for a recovery: every block in order, checked. A tail that a crash tore is cut, damage
 * to what was durable stops the recovery. Runs before anything else does; knows no engine.
 */
import { EXIT, OperatingFault } from '../errors.ts';
import type { Disk } from './disk.ts';
import {
  type BlockHeader,
  EPOCH_CLOSED,
  FILE_HEADER,
  HEADER_BYTES,
  isIntact,
  LARGEST_PAYLOAD_BYTES,
  MAGIC,
  PADDING,
  padded,
  RECORDS,
  readHeader,
  VERSION,
} from './log-layout.ts';
import type { LogIdentity } from './shard-log.ts';

const WINDOW_BYTES = 1 << 18;

/** Where the intact part of a shard's log ends, and what it holds. */
export interface LogSummary {
  files: string[];
  blocks: number;
  /** The highest epoch that is closed; 0 where none is. */
  closedEpoch: number;
  /** Number of the block that would come next. */
  nextBlock: number;
  /** What a crash left behind the last intact block, or null. */
  torn: { file: string; offset: number; sizeBytes: number } | null;
}

/** How much of a file was on disk once, by name. */
export type DurableBytes = Readonly<Record<string, number>>;

/** Narrows what is read. */
export interface LogReading {
  /** What is not intact before that place is no torn tail. */
  durableBytes?: DurableBytes;
  /** Blocks of records that nobody wants are not looked at: they were when the folder was surveyed. */
  wants?: (header: BlockHeader) => boolean;
  /** Number of the first block that is not read any more. */
  endBlock?: number;
}

/** Takes the payload of a block in place: the bytes are valid for this call only, aligned to 8 bytes. */
export type BlockVisitor = (header: BlockHeader, bytes: Uint8Array, at: number, file: string, offset: number) => void;

const damaged = (file: string, offset: number, what: string): OperatingFault =>
  new OperatingFault(
    'DAMAGED',
    EXIT.usage,
    `${file}, byte ${offset}: ${what}; restore the file from a copy or load the data into an empty folder`,
  );

/**
 * Visits the intact blocks of all log files of a folder.
 * @param firstBlock files that only hold blocks before this one are skipped (a snapshot has them)
 * @throws OperatingFault DAMAGED for damage in the middle or a missing file, CONFIG for the log of another cluster, FILE
 */
export function readLog(
  disk: Disk,
  folder: string,
  identity: LogIdentity,
  firstBlock: number,
  visit: BlockVisitor,
  { durableBytes = {}, wants = () => true, endBlock = Number.POSITIVE_INFINITY }: LogReading = {},
): LogSummary {
  const window = new FileWindow(disk);
  const files = logFiles(disk, folder, firstBlock);
  const summary: LogSummary = { files, blocks: 0, closedEpoch: 0, nextBlock: firstBlock, torn: null };
  let expected: number | null = null;
  files.forEach((name, i) => {
    const file = `${folder}/${name}`;
    window.open(file);
    const { sizeBytes } = window;
    const isLast = i === files.length - 1;
    const sureBytes = durableBytes[name] ?? 0;
    if (expected !== null && firstBlockOf(name) !== expected)
      throw damaged(file, 0, `a file is missing between it and block ${expected - 1}`);
    expected = firstBlockOf(name);
    // A crash may leave a file that nothing was written to yet.
    if (sizeBytes === 0 && isLast) summary.torn = { file, offset: 0, sizeBytes: 0 };
    else if (sizeBytes === 0) throw damaged(file, 0, 'the file is empty');
    let at = 0;
    while (at < sizeBytes && expected < endBlock) {
      const header = window.block(at, wants);
      if (header === null) {
        const bytes = readWhole(disk, file);
        if (at === 0) checkVersion(bytes, file);
        if (!isLast || at < sureBytes || wasDurable(bytes, at + 1))
          throw damaged(file, at, 'the block is damaged, and it was durable once');
        summary.torn = { file, offset: at, sizeBytes: sizeBytes - at };
        return;
      }
      if (header.number !== expected)
        throw damaged(file, at, `it is block ${header.number}, and block ${expected} belongs there`);
      if ((at === 0) !== (header.kind === FILE_HEADER))
        throw damaged(file, at, 'the header of the file is not where it belongs');
      const payload = window.place(at) + HEADER_BYTES;
      if (header.kind === FILE_HEADER) checkIdentity(window.bytes, payload, header, identity, file);
      else if (header.kind !== PADDING && isWanted(header, wants)) visit(header, window.bytes, payload, file, at);
      if (header.kind === EPOCH_CLOSED) summary.closedEpoch = header.epoch;
      summary.blocks++;
      expected++;
      at += HEADER_BYTES + padded(header.payloadBytes);
    }
    if (at < sureBytes && expected < endBlock)
      throw damaged(file, at, `the file is cut off: it had ${sureBytes} bytes`);
  });
  if (expected !== null) summary.nextBlock = expected;
  return summary;
}

export const isLogFile = (name: string): boolean => /^log-\d{8,}\.dblog$/.test(name);

/** The number of a log file's first block, which its name says. */
export const firstBlockOf = (name: string): number => Number(name.slice(4, -6));

/** The log's files in order, without those that end before `firstBlock`. */
export function logFiles(disk: Disk, folder: string, firstBlock: number): string[] {
  const names = (disk.list(folder) ?? []).filter(isLogFile);
  const start = names.findLastIndex((name) => firstBlockOf(name) <= firstBlock);
  if (names.length > 0 && start < 0) {
    throw new OperatingFault(
      'DAMAGED',
      EXIT.usage,
      `${folder}: the log begins with block ${firstBlockOf(names[0])}, block ${firstBlock} is needed; a file is missing: restore it or load the data into an empty folder`,
    );
  }
  return names.slice(Math.max(0, start));
}

function readWhole(disk: Disk, file: string): Uint8Array {
  const sizeBytes = disk.sizeBytes(file);
  const bytes = new Uint8Array(sizeBytes);
  const got = disk.read(file, 0, bytes, sizeBytes);
  return got === sizeBytes ? bytes : bytes.subarray(0, got);
}

const isWanted = (header: BlockHeader, wants: (header: BlockHeader) => boolean): boolean =>
  header.kind !== RECORDS || wants(header);

/**
 * The part of a file that is being read, in memory that is used again and again: memory that a process touches for the first
 * time costs more than reading into it.
 */
class FileWindow {
  bytes = new Uint8Array(0);
  sizeBytes = 0;
  private readonly disk: Disk;
  private path = '';
  private start = 0;
  private end = 0;

  constructor(disk: Disk) {
    this.disk = disk;
  }

  open(path: string): void {
    this.path = path;
    this.sizeBytes = this.disk.sizeBytes(path);
    this.start = 0;
    this.end = 0;
    const needed = Math.min(WINDOW_BYTES, this.sizeBytes);
    if (this.bytes.length < needed) this.bytes = new Uint8Array(needed);
  }

  /** The header at `at` of a block that is whole, and intact where it is wanted; its bytes are in the window then. */
  block(at: number, wants: (header: BlockHeader) => boolean): BlockHeader | null {
    if (!this.reach(at, HEADER_BYTES)) return null;
    const header = readHeader(this.bytes, this.place(at), this.bytes.length);
    if (header === null || at + HEADER_BYTES + padded(header.payloadBytes) > this.sizeBytes) return null;
    if (!isWanted(header, wants)) return header;
    if (!this.reach(at, HEADER_BYTES + padded(header.payloadBytes))) return null;
    return isIntact(this.bytes, this.place(at), header.payloadBytes) ? header : null;
  }

  /** Where in `bytes` the file's byte `at` lies. */
  place(at: number): number {
    return at - this.start;
  }

  private reach(at: number, length: number): boolean {
    if (at >= this.start && at + length <= this.end) return true;
    if (length > this.bytes.length) this.bytes = new Uint8Array(2 * length);
    this.start = at;
    this.end = at + this.disk.read(this.path, at, this.bytes, Math.min(this.bytes.length, this.sizeBytes - at));
    return at + length <= this.end;
  }
}

function intactBlock(bytes: Uint8Array, at: number): BlockHeader | null {
  const header = readHeader(bytes, at, bytes.length);
  if (header === null || header.payloadBytes > LARGEST_PAYLOAD_BYTES) return null;
  if (at + HEADER_BYTES + padded(header.payloadBytes) > bytes.length) return null;
  return isIntact(bytes, at, header.payloadBytes) ? header : null;
}

/**
 * Whether what follows a damaged block proves that it was durable once. A crash may keep any of the blocks since the last
 * sync and lose others; but an intact block behind one that closes an epoch was written after that one's sync, unless it
 * is the padding that was written together with it.
 * Blocks start at multiples of 8 bytes.
 */
function wasDurable(bytes: Uint8Array, from: number): boolean {
  let closed = false;
  for (let at = (from + 7) & ~7; at + HEADER_BYTES <= bytes.length; ) {
    const header = intactBlock(bytes, at);
    if (header !== null && closed && header.kind !== PADDING) return true;
    if (header?.kind === EPOCH_CLOSED) closed = true;
    at += header === null ? 8 : HEADER_BYTES + padded(header.payloadBytes);
  }
  return false;
}

/** @throws OperatingFault CONFIG for a file whose blocks are of another version */
function checkVersion(bytes: Uint8Array, file: string): void {
  if (bytes.length < HEADER_BYTES) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const version = view.getUint16(6, true);
  if (view.getUint32(0, true) !== MAGIC || version === VERSION) return;
  // The damage of one bit looks like another version, too; that of the digest does not.
  const whole = HEADER_BYTES + padded(view.getUint32(8, true)) <= bytes.length;
  if (!whole || !isIntact(bytes, 0, view.getUint32(8, true))) return;
  throw new OperatingFault(
    'CONFIG',
    EXIT.usage,
    `${file}: written by another version of dbtest (log version ${version} instead of ${VERSION}); use that one`,
  );
}

function checkIdentity(
  bytes: Uint8Array,
  start: number,
  header: BlockHeader,
  identity: LogIdentity,
  file: string,
): void {
  const written = new TextDecoder().decode(bytes.subarray(start, start + header.payloadBytes));
  if (written === JSON.stringify(identity)) return;
  const theirs = JSON.parse(written) as Partial<LogIdentity>;
  const keys = Object.keys(identity) as (keyof LogIdentity)[];
  const differing = keys.filter((key) => theirs[key] !== identity[key]);
  const list = differing.map((key) => `${key} ${String(theirs[key])} instead of ${String(identity[key])}`).join(', ');
  throw new OperatingFault(
    'CONFIG',
    EXIT.usage,
    `${file}: written by another configuration (${list}); use that one, or another --data-dir`,
  );
}
