/**
 * What makes the shards of this process durable, main file of the folder: their folders and log writers, the recovery before
 * the workers start, the epochs that the processes of the cluster agree on, and snapshots while workers go on. Runs on the
 * main thread; the work is done by the log writers' threads, the snapshot's thread and the workers themselves.
 */
import { assert } from '../../assert.ts';
import type { RunConfig } from '../../config/run-config.ts';
import type { Checkpoint } from '../../durability/checkpoint.ts';
import { NodeDisk } from '../../durability/disk.ts';
import { EpochBoard } from '../../durability/epoch-board.ts';
import { FolderLock } from '../../durability/folder-lock.ts';
import { noteEnd, type ShardBehind, type ShardSurvey } from '../../durability/recovery.ts';
import type { LogIdentity } from '../../durability/shard-log.ts';
import { EXIT, OperatingFault } from '../../errors.ts';
import {
  type FromLogWriter,
  type LogWriterReport,
  type LogWriterStart,
  SNAPSHOT_WORD,
  type ToLogWriter,
} from '../../shard/log-writer/log-writer-messages.ts';
import { createDoorbell } from '../../transport/doorbell.ts';
import { createRing } from '../../transport/ring-layout.ts';
import type { Cluster } from '../cluster.ts';
import type { WorkerStart } from '../worker-messages.ts';
import type { Recovery } from './durability-figures.ts';
import type { DurableStart } from './durable-messages.ts';
import { DurableTerms } from './durable-terms.ts';
import { foundIn, judgeFound, type Verdict } from './found-data.ts';
import { fingerprintOf, shardFolder } from './identity.ts';
import { LogWriterThread } from './log-writer-thread.ts';
import { SnapshotThread } from './snapshot-thread.ts';

/** Of one worker's ring to its log writer: what the fastest worker writes in several epochs. */
const RING_WORDS = 2 ** 21;

/** Of a log writer that failed: it says why, and not how much it wrote. */
const NO_REPORT: LogWriterReport = {
  records: 0,
  writtenBytes: 0,
  syncs: 0,
  epochs: 0,
  longestSyncMs: 0,
  syncMs: 0,
  steps: 0,
};

export interface DurableEvents {
  log(line: string): void;
  failed(error: unknown): void;
}

export class DurableShards {
  readonly terms: DurableTerms;
  /** What every local shard's files say; null where they hold no data yet. */
  surveys: ShardSurvey[] | null = null;
  recovery: Recovery | null = null;
  readonly checkpoints: (Checkpoint & { shardId: number; seconds: number })[] = [];
  private readonly config: RunConfig;
  private readonly events: DurableEvents;
  private readonly locks: FolderLock[] = [];
  private readonly writers: LogWriterThread[] = [];
  private readonly board: EpochBoard;
  private readonly doorbells: SharedArrayBuffer[];
  private readonly starts: readonly WorkerStart[];
  private readonly workerStarts: DurableStart[];
  private verdict: Verdict | null = null;
  private snapshotting: Promise<void> = Promise.resolve();
  private readonly snapshotThread = new SnapshotThread();
  private closing = false;

  /** @throws OperatingFault CONFIG where another process runs on a folder, FILE */
  constructor(config: RunConfig, starts: readonly WorkerStart[], events: DurableEvents) {
    const { durability } = config;
    assert(durability !== undefined, 'the run is durable');
    this.config = config;
    this.events = events;
    this.starts = starts;
    const { localShardIds, numThreads } = config;
    this.board = EpochBoard.create(localShardIds.length, starts.length);
    this.doorbells = localShardIds.map(() => createDoorbell());
    const workerDoorbells = starts.map(({ exchange }) => exchange?.plumbing.doorbell ?? createDoorbell());
    const severalProcesses = localShardIds.length < config.cluster.shards.length;
    this.terms = new DurableTerms(this.board, workerDoorbells, this.doorbells, severalProcesses);
    this.workerStarts = starts.map(({ placement }, worker): DurableStart => {
      const shard = localShardIds.indexOf(placement.shardId);
      return {
        board: { memory: this.board.memory, shards: localShardIds.length },
        worker,
        ring: createRing(RING_WORDS),
        writerDoorbell: this.doorbells[shard],
        driverDoorbell: this.doorbells[0],
        doorbell: workerDoorbells[worker],
        awaits: durability.mode === 'sync',
      };
    });
    try {
      for (const shardId of localShardIds) this.locks.push(new FolderLock(shardFolder(durability.dataDir, shardId)));
    } catch (error) {
      for (const lock of this.locks) lock.release();
      throw error;
    }
    localShardIds.forEach((shardId, shard) => {
      const first = shard * numThreads;
      const start: LogWriterStart = {
        identity: this.identityOf(shardId),
        folder: shardFolder(durability.dataDir, shardId),
        shard,
        board: { memory: this.board.memory, shards: localShardIds.length },
        doorbell: this.doorbells[shard],
        allDoorbells: this.doorbells,
        sources: this.workerStarts.slice(first, first + numThreads).map(({ worker, ring, doorbell }) => {
          return { worker, ring, doorbell };
        }),
        workerDoorbells,
        control: new SharedArrayBuffer(8),
        policy: durability.mode === 'sync' ? { kind: 'shortest' } : { kind: 'interval', epochMs: durability.epochMs },
        drives: shard === 0,
        isWholeCluster: localShardIds.length === config.cluster.shards.length,
        snapshotLogBytes: durability.snapshotLogBytes,
      };
      this.writers.push(new LogWriterThread(start, this.doorbells[shard], (message) => this.receive(shard, message)));
      this.writers[shard].onFailure = (error) => this.fail(error);
    });
  }

  /** By local worker: what it needs to write its log. */
  startOf(worker: number): DurableStart {
    return this.workerStarts[worker];
  }

  /**
   * Reads the files of all local shards, and agrees with the other processes on what they come to.
   * @returns whether they hold data
   * @throws OperatingFault DAMAGED, CONFIG, FILE
   */
  async survey(cluster: Cluster): Promise<boolean> {
    const surveyed = await this.askAll('surveyed', () => ({ kind: 'survey' }));
    const all = surveyed.map(({ survey }) => survey);
    const surveys = all.flatMap((survey) => survey ?? []);
    const mine = foundIn(all);
    const missing = this.config.localShardIds.filter((_, shard) => all[shard] === null);
    this.verdict = await cluster.agree('data', mine, judgeFound);
    if (this.verdict === null || mine.isHalf) throw this.halfThere(missing);
    if (mine.holdsData !== this.verdict.holdsData) throw this.halfThere(this.config.localShardIds);
    if (this.verdict.behind !== null) throw this.isBehind(this.verdict.behind);
    if (mine.holdsData) this.surveys = surveys;
    return mine.holdsData;
  }

  /** The epoch up to which the partitions are to be recovered. */
  get cut(): number {
    assert(this.verdict !== null, 'the files were read');
    return this.verdict.cut;
  }

  /** The survey that a local worker recovers by, and its place in the shard. */
  surveyOf(worker: number): ShardSurvey {
    assert(this.surveys !== null, 'there is data');
    return this.surveys[Math.floor(worker / this.config.numThreads)];
  }

  /** Where a local worker's files are, and whose they are. */
  filesOf(worker: number): Pick<LogWriterStart, 'folder' | 'identity'> {
    const { folder, identity } = this.writers[Math.floor(worker / this.config.numThreads)].start;
    return { folder, identity };
  }

  /** The partitions are loaded and their snapshots written: the folders hold data from now on. */
  async begin(snapshots: readonly string[]): Promise<void> {
    const { numThreads } = this.config;
    await this.askAll('begun', (shard) => ({
      kind: 'begin',
      snapshots: snapshots.slice(shard * numThreads, (shard + 1) * numThreads),
    }));
    this.board.raiseTick(1);
  }

  /** The partitions are recovered: what was not acknowledged is discarded for good. */
  async reopen(): Promise<void> {
    const { verdict } = this;
    assert(verdict !== null, 'the files were read');
    const { cut, highestEpoch } = verdict;
    await this.askAll('reopened', () => ({ kind: 'reopen', cut, highestEpoch }));
    this.board.raiseTick(highestEpoch + 1);
    this.board.clusterDurable = highestEpoch;
  }

  /** Up to which epoch every shard is known to be durable: above those that a recovery skipped, all have come to their end of it. */
  private get provenEpoch(): number {
    const { clusterDurable } = this.board;
    return clusterDurable > (this.verdict?.highestEpoch ?? 0) ? clusterDurable : 0;
  }

  /** What the recovery of all partitions came to. */
  noteRecovery(recovered: Omit<Recovery, 'cutEpoch' | 'snapshotEpoch' | 'tornBytes'>): Recovery {
    const { surveys } = this;
    assert(surveys !== null, 'there was data');
    this.recovery = {
      ...recovered,
      cutEpoch: this.cut,
      snapshotEpoch: Math.max(...surveys.map(({ manifest }) => manifest.epoch)),
      tornBytes: surveys.reduce((sum, { log }) => sum + (log.torn?.sizeBytes ?? 0), 0),
    };
    return this.recovery;
  }

  /** The log writers write from now on. @param cluster whose other processes are told */
  run(cluster: Cluster): void {
    this.terms.connect(cluster.otherProcesses, (epoch, tick) => cluster.tellDurable(epoch, tick));
    for (const writer of this.writers) writer.run();
  }

  /**
   * Waits until everything that the workers committed is durable.
   * @param isCut whether nobody may know that any more: another process is lost, or a vote is in doubt
   */
  async settle(lastEpoch: number, isCut: () => boolean): Promise<void> {
    while (this.board.clusterDurable < lastEpoch && !isCut()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Ends the log writers. @returns what they did, by shard */
  async stop(): Promise<LogWriterReport[]> {
    await this.snapshotting;
    this.closing = true;
    const ended = await Promise.allSettled(this.writers.map((writer) => writer.stop()));
    const reports = ended.map((each) => (each.status === 'fulfilled' ? each.value : NO_REPORT));
    // A log that failed is as a crash leaves it.
    if (ended.some(({ status }) => status === 'rejected')) return reports;
    for (const { start } of this.writers) noteEnd(new NodeDisk(), start.folder, start.identity, this.provenEpoch);
    return reports;
  }

  /** Ends every thread, wherever it is. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.writers.map((writer) => writer.end()), this.snapshotThread.end()]);
    for (const lock of this.locks) lock.release();
  }

  private receive(shard: number, message: FromLogWriter): void {
    if (message.kind === 'durable') this.terms.shardIsDurable();
    else if (message.kind === 'snapshotDue') {
      this.snapshotting = this.snapshotting.then(() => this.snapshot(shard, message.epoch)).catch((e) => this.fail(e));
    }
  }

  /** A snapshot must not be ahead of what is durable in any shard: a recovery could not go back behind it. */
  private async snapshot(shard: number, epoch: number): Promise<void> {
    const { start } = this.writers[shard];
    const { shardId } = start.identity;
    while (this.board.clusterDurable < epoch) {
      if (this.closing) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const startedMs = performance.now();
    const first = shard * this.config.numThreads;
    const placements = this.starts.slice(first, first + this.config.numThreads).map(({ placement }) => placement);
    const { folder, identity } = start;
    const done = await this.snapshotThread.run({ config: this.config, placements, folder, identity, epoch });
    const seconds = (performance.now() - startedMs) / 1000;
    this.checkpoints.push({ ...done, shardId, seconds });
    const size = (done.snapshotBytes / 1e6).toFixed(0);
    this.events.log(`Snapshot of shard ${shardId} at epoch ${epoch}: ${size} MB in ${seconds.toFixed(1)} s`);
    Atomics.store(new Int32Array(start.control), SNAPSHOT_WORD, 0);
  }

  private fail(error: unknown): void {
    if (!this.closing) this.events.failed(error);
  }

  private identityOf(shardId: number): LogIdentity {
    const { cluster, numThreads } = this.config;
    return { shardId, shards: cluster.shards.length, workers: numThreads, fingerprint: fingerprintOf(this.config) };
  }

  private halfThere(shards: readonly number[]): OperatingFault {
    const dataDir = this.config.durability?.dataDir;
    return new OperatingFault(
      'DAMAGED',
      EXIT.usage,
      `${dataDir}: some shards have data and others have none (here shard ${shards.join(', ')}): a load was cut short, or files are missing; restore them, or empty the folders of all shards`,
    );
  }

  private isBehind({ shardId, durableEpoch, clusterEpoch }: ShardBehind): OperatingFault {
    const folder = shardFolder(this.config.durability?.dataDir ?? '', shardId);
    return new OperatingFault(
      'DAMAGED',
      EXIT.usage,
      `${folder}: its files end with epoch ${durableEpoch}, and epoch ${clusterEpoch} was durable in every shard; some are missing or of an older copy: restore copies of one time, or load the data into an empty folder`,
    );
  }

  private askAll<K extends FromLogWriter['kind']>(
    kind: K,
    message: (shard: number) => ToLogWriter,
  ): Promise<Extract<FromLogWriter, { kind: K }>[]> {
    return Promise.all(this.writers.map((writer, shard) => writer.ask(kind, message(shard))));
  }
}
