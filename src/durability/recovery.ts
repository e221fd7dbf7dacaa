/**
 * Recovery of a shard's files, main file of the folder: first every shard is surveyed, then all agree on the cut (the last
 * epoch that is durable in each of them), then each partition is filled from its snapshot and the log up to the cut, then
 * what is above the cut is discarded for good.
 *
 * Runs before the workers start, on any thread; partitions can be recovered in parallel, each by its own thread. The
 * folder knows files, epochs and the engine, and no thread, message or workload.
 */
import { assert } from '../assert.ts';
import type { Partition } from '../engine/partition.ts';
import { restoreImage } from '../engine/partition-image.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import type { Disk } from './disk.ts';
import {
  type BlockHeader,
  CUT,
  EPOCH_CLOSED,
  RECORD_EPOCH,
  RECORD_HEADER_WORDS,
  RECORD_TYPE,
  RECORD_TYPE_AT,
  RECORD_WORDS,
  RECORDS,
} from './log-layout.ts';
import { type BlockVisitor, type LogSummary, logFiles, readLog } from './log-reader.ts';
import { type Manifest, readManifest, writeManifest } from './manifest.ts';
import { RedoApplier } from './redo-applier.ts';
import { WORD_BYTES, WORD_INT32S } from './redo-layout.ts';
import { type LogIdentity, ShardLog } from './shard-log.ts';
import { SnapshotReader, snapshotLabel } from './snapshot.ts';

/** How far a shard is: what all shards agree on the cut by. Passed between processes as JSON. */
export interface ShardStanding {
  shardId: number;
  /** Of the snapshots. */
  snapshotEpoch: number;
  /** Every shard was durable up to this once. */
  clusterEpoch: number;
  /** Every epoch up to this is whole here. */
  durableEpoch: number;
  /** What recoveries before this one discarded. */
  cuts: Cut[];
}

/** What a shard's folder says before anything is recovered. */
export interface ShardSurvey extends ShardStanding {
  identity: LogIdentity;
  manifest: Manifest;
  log: LogSummary;
  /** The highest epoch of any record, closed or not. */
  highestEpoch: number;
}

/** The records before `block` of epochs above `epoch` are void; epochs went on above `upTo`. */
export interface Cut {
  block: number;
  epoch: number;
  /** `UNKNOWN` where the recovery stopped before it said so. */
  upTo: number;
}

/** Above every epoch, and a number in JSON. */
const UNKNOWN = Number.MAX_SAFE_INTEGER;

/** What became of the records of one partition. */
export interface RecoveredPartition {
  recordsApplied: number;
  /** Above the cut, and in force until now: their transactions were never acknowledged. */
  recordsDiscarded: number;
  /** For the snapshot, and for the log behind it. */
  snapshotMs: number;
  replayMs: number;
}

/**
 * Reads a shard's manifest and all of its log, checks them, and makes durable what they say.
 * @param isAtRest whether nobody writes the log; who does makes it durable
 * @returns null where the folder holds no data
 * @throws OperatingFault DAMAGED, CONFIG, FILE
 */
export function surveyShard(disk: Disk, folder: string, identity: LogIdentity, isAtRest = true): ShardSurvey | null {
  const manifest = readManifest(disk, folder, identity);
  if (manifest === null) return null;
  const cuts: Cut[] = [];
  let highestEpoch = manifest.epoch;
  const visit = (header: BlockHeader) => {
    highestEpoch = Math.max(highestEpoch, header.epoch);
    if (header.kind === CUT) cuts.push({ block: header.number, epoch: header.epoch, upTo: UNKNOWN });
    if (header.kind !== EPOCH_CLOSED) return;
    // Recoveries that stopped before they said it are over with the first one that did.
    for (const cut of cuts) if (cut.upTo === UNKNOWN) cut.upTo = header.epoch;
  };
  const log = readLog(disk, folder, identity, manifest.firstBlock, visit, {
    durableBytes: manifest.logBytes ?? {},
  });
  if (isAtRest) makeDurable(disk, folder, log.files);
  const durableEpoch = Math.max(manifest.epoch, log.closedEpoch);
  const { epoch: snapshotEpoch } = manifest;
  const clusterEpoch = Math.max(snapshotEpoch, manifest.clusterEpoch ?? 0);
  const { shardId } = identity;
  return { shardId, identity, manifest, log, snapshotEpoch, clusterEpoch, durableEpoch, highestEpoch, cuts };
}

/**
 * The last epoch that is durable everywhere. A crash in the middle of a recovery leaves shards that have discarded epochs
 * which others still hold: nothing within what any of them discarded counts. A snapshot above the epoch of a cut says that
 * the recovery came to its end in all shards, since it is taken of what is durable in all of them.
 */
export function agreeCut(shards: readonly ShardStanding[]): number {
  assert(shards.length > 0, 'a cluster has shards');
  let cut = Math.min(...shards.map(({ durableEpoch }) => durableEpoch));
  const settled = Math.max(...shards.map(({ snapshotEpoch }) => snapshotEpoch));
  const discarded = shards.flatMap(({ cuts }) => cuts).sort((a, b) => b.upTo - a.upTo);
  for (const { epoch, upTo } of discarded) if (settled <= epoch && cut > epoch && cut <= upTo) cut = epoch;
  return cut;
}

/** A shard whose files end before an epoch that was durable in every shard: some of them are missing, or of an older time. */
export interface ShardBehind {
  shardId: number;
  durableEpoch: number;
  clusterEpoch: number;
}

/** @returns the shard that is furthest behind, or null where none is */
export function findBehind(shards: readonly ShardStanding[]): ShardBehind | null {
  const clusterEpoch = Math.max(...shards.map((each) => each.clusterEpoch));
  const last = shards.reduce((a, b) => (b.durableEpoch < a.durableEpoch ? b : a));
  const { shardId, durableEpoch } = last;
  return durableEpoch < clusterEpoch ? { shardId, durableEpoch, clusterEpoch } : null;
}

/**
 * Fills an empty partition with the state at the cut. Records of epochs that the snapshot has may stand behind its place in
 * the log, between others: they are skipped.
 * @param worker within the shard
 * @param now monotonic, milliseconds
 * @throws OperatingFault DAMAGED, MEMORY_LIMIT, FILE
 */
export function recoverPartition(
  disk: Disk,
  folder: string,
  survey: ShardSurvey,
  cut: number,
  worker: number,
  partition: Partition,
  now: () => number = () => 0,
): RecoveredPartition {
  const startedMs = now();
  const { manifest, identity, cuts } = survey;
  if (cut < manifest.epoch) {
    throw new OperatingFault(
      'DAMAGED',
      EXIT.usage,
      `${folder}: the snapshot is of epoch ${manifest.epoch}, another shard's files end with epoch ${cut}; restore that one's files or load the data into an empty folder`,
    );
  }
  const path = `${folder}/${manifest.snapshots[worker]}`;
  const reader = new SnapshotReader(disk, path);
  const label = snapshotLabel(identity, manifest.epoch, worker);
  if (reader.label !== '' && reader.label !== label) {
    throw new OperatingFault(
      'DAMAGED',
      EXIT.usage,
      `${path}: the file is another one's (${reader.label}; here belongs ${label}); restore it from a copy or load the data into an empty folder`,
    );
  }
  restoreImage(partition, reader);
  reader.end();
  const applier = new RedoApplier(partition.tables);
  const snapshotMs = now() - startedMs;
  const recovered: RecoveredPartition = { recordsApplied: 0, recordsDiscarded: 0, snapshotMs, replayMs: 0 };
  const replay: BlockVisitor = (header, bytes, at, file, offset) => {
    if (header.kind !== RECORDS) return;
    // An earlier recovery's cut holds for what stood before it, and has been told; this one's holds for everything.
    const earlier = cuts.reduce(
      (lowest, { block, epoch }) => (block > header.number ? Math.min(lowest, epoch) : lowest),
      Number.POSITIVE_INFINITY,
    );
    const words = new WordsOf(bytes, at, header.payloadBytes);
    let from = 0;
    while (from < words.count) {
      const body = from + RECORD_HEADER_WORDS;
      const header = from * WORD_INT32S;
      const end = from + words.int32s[header + RECORD_WORDS];
      if (words.int32s[header + RECORD_TYPE_AT] !== RECORD_TYPE) throw misfit(file, offset, 'there is no record');
      if (end <= body || end > words.count) throw misfit(file, offset, 'a record is cut off');
      const epoch = words.float64s[from + RECORD_EPOCH];
      if (epoch > earlier) {
        // Void since then.
      } else if (epoch > cut) recovered.recordsDiscarded++;
      else if (epoch > manifest.epoch) {
        const fault = applier.apply(words, body, end);
        if (fault !== null) throw misfit(file, offset, fault);
        recovered.recordsApplied++;
      }
      from = end;
    }
  };
  readLog(disk, folder, identity, manifest.firstBlock, replay, {
    wants: (header) => header.worker === worker && header.number >= manifest.firstBlock,
    endBlock: survey.log.nextBlock,
  });
  const fault = applier.finish();
  if (fault !== null) {
    throw new OperatingFault(
      'DAMAGED',
      EXIT.usage,
      `${folder}: the log does not fit the snapshot: ${fault}; restore the files from a copy or load the data into an empty folder`,
    );
  }
  recovered.replayMs = now() - startedMs - snapshotMs;
  return recovered;
}

/**
 * Discards durably what is above the cut, and a torn tail with it.
 * @param highestEpoch of the whole cluster: epochs go on above it, so that no number is used twice
 * @returns the shard's log, ready for epoch `highestEpoch + 1`
 * @throws OperatingFault FILE
 */
export function reopenLog(
  disk: Disk,
  folder: string,
  survey: ShardSurvey,
  cut: number,
  highestEpoch: number,
): ShardLog {
  const { torn, files } = survey.log;
  if (torn !== null) {
    if (torn.offset === 0) disk.remove(torn.file);
    else disk.truncate(torn.file, torn.offset);
    disk.syncFolder(folder);
  }
  assert(highestEpoch >= survey.highestEpoch, 'the highest epoch of all shards');
  const log = new ShardLog(disk, folder, survey.identity, survey.log.nextBlock, survey.durableEpoch);
  assert(files.length === 0 || survey.log.nextBlock > 0, 'files hold blocks');
  log.startFile();
  log.cut(cut, highestEpoch);
  noteDurable(disk, folder, { ...survey.manifest, clusterEpoch: cut });
  return log;
}

/**
 * A process that was killed leaves what it wrote to the system, also where it had not come to the sync: what is said to be
 * durable must survive the machine, before other shards are told of it and count on it. All files but the last were synced
 * when the next one began; the name of the last one may not be durable, and a file after it would then follow a gap.
 */
function makeDurable(disk: Disk, folder: string, files: readonly string[]): void {
  const present = disk.list(folder) ?? [];
  const last = files.findLast((name) => present.includes(name));
  if (last === undefined) return;
  const file = disk.openAtEnd(`${folder}/${last}`);
  file.sync();
  file.close();
  disk.syncFolder(folder);
}

/** Keeps how long the log files are, all of which are durable: a recovery that finds less of them knows that it is not whole. */
function noteDurable(disk: Disk, folder: string, manifest: Manifest): void {
  const names = logFiles(disk, folder, manifest.firstBlock);
  const logBytes = Object.fromEntries(names.map((name) => [name, disk.sizeBytes(`${folder}/${name}`)]));
  writeManifest(disk, folder, { ...manifest, logBytes });
}

/**
 * After the last write to a shard's log, with nobody at it any more: what is there then must be there the next time.
 * @param clusterEpoch every shard is durable up to it, where that is more than was known
 * @throws OperatingFault DAMAGED, CONFIG, FILE
 */
export function noteEnd(disk: Disk, folder: string, identity: LogIdentity, clusterEpoch: number): void {
  const manifest = readManifest(disk, folder, identity);
  if (manifest === null) return;
  makeDurable(disk, folder, logFiles(disk, folder, manifest.firstBlock));
  noteDurable(disk, folder, { ...manifest, clusterEpoch: Math.max(clusterEpoch, manifest.clusterEpoch ?? 0) });
}

/** The words of a payload: the views need a buffer of their own where the payload is not aligned in its own. */
class WordsOf {
  readonly float64s: Float64Array;
  readonly int32s: Int32Array;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly count: number;

  constructor(bytes: Uint8Array, at: number, payloadBytes: number) {
    const start = bytes.byteOffset + at;
    this.count = Math.floor(payloadBytes / WORD_BYTES);
    const aligned = start % WORD_BYTES === 0;
    const buffer = aligned ? bytes.buffer : bytes.slice(at, at + payloadBytes).buffer;
    const offset = aligned ? start : 0;
    this.float64s = new Float64Array(buffer, offset, this.count);
    this.int32s = new Int32Array(buffer, offset, 2 * this.count);
    this.bytes = new Uint8Array(buffer, offset, WORD_BYTES * this.count);
    this.view = new DataView(buffer, offset, WORD_BYTES * this.count);
  }
}

const misfit = (file: string, offset: number, what: string): OperatingFault =>
  new OperatingFault(
    'DAMAGED',
    EXIT.usage,
    `${file}, byte ${offset}: ${what}; restore the file or load the data into an empty folder`,
  );
