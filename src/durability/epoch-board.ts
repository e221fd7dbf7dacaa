/**
 * Shared memory in which the threads of a process agree on epochs; the only place that knows its layout. Everybody reads
 * everything; most words have one writer.
 *
 *   int32    0 tick, only ever raised                      16 durable in the whole cluster, only ever raised
 *            8 whether a worker waits for a group of its own to be durable, by workers and taken back by who ends epochs
 *           32 + 16 s      durable in shard s, by its log writer
 *           then, 16 a worker: 0 the epochs that it has closed   1 whether it sleeps
 *
 * Words of different writers are 64 bytes apart. An epoch is an int32: two thousand million of them, 10 ms each, are
 * eight months.
 */
const TICK = 0;
const AWAITED = 8;
const CLUSTER_DURABLE = 16;
const FIRST_SHARD = 32;
const STRIDE = 16;
const CLOSED = 0;
const ASLEEP = 1;

export class EpochBoard {
  /** To be sent to the other threads, which make their own board over it. */
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly shards: number;

  /** @param shards of this process, `workers` in all of them together */
  static create(shards: number, workers: number): EpochBoard {
    return new EpochBoard(new SharedArrayBuffer(4 * (FIRST_SHARD + STRIDE * (shards + workers))), shards);
  }

  constructor(memory: SharedArrayBuffer, shards: number) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.shards = shards;
  }

  /** The epoch that commits begin to belong to. */
  get tick(): number {
    return Atomics.load(this.words, TICK);
  }

  set tick(epoch: number) {
    Atomics.store(this.words, TICK, epoch);
  }

  /** To at least `epoch`: other processes may be ahead. @returns whether it rose */
  raiseTick(epoch: number): boolean {
    return this.raise(TICK, epoch);
  }

  /** Whether somebody waits for what is not durable yet. */
  get isAwaited(): boolean {
    return Atomics.load(this.words, AWAITED) === 1;
  }

  set isAwaited(awaited: boolean) {
    Atomics.store(this.words, AWAITED, awaited ? 1 : 0);
  }

  /**
   * Where the shards of this process are the whole cluster: raises what is durable to the least of them.
   * @returns whether it rose
   */
  advanceClusterDurable(): boolean {
    return this.raiseClusterDurable(this.localDurable);
  }

  /** @returns whether it rose */
  raiseClusterDurable(epoch: number): boolean {
    return this.raise(CLUSTER_DURABLE, epoch);
  }

  /** Every epoch up to this is durable in all shards of this process. */
  get localDurable(): number {
    let least = this.shardDurable(0);
    for (let shard = 1; shard < this.shards; shard++) least = Math.min(least, this.shardDurable(shard));
    return least;
  }

  private raise(word: number, value: number): boolean {
    for (let old = Atomics.load(this.words, word); old < value; old = Atomics.load(this.words, word)) {
      if (Atomics.compareExchange(this.words, word, old, value) === old) return true;
    }
    return false;
  }

  /** Every epoch up to this is durable in every shard of the cluster: its transactions are acknowledged. */
  get clusterDurable(): number {
    return Atomics.load(this.words, CLUSTER_DURABLE);
  }

  set clusterDurable(epoch: number) {
    Atomics.store(this.words, CLUSTER_DURABLE, epoch);
  }

  /** @param shard counted within the process, from 0 */
  shardDurable(shard: number): number {
    return Atomics.load(this.words, FIRST_SHARD + STRIDE * shard);
  }

  setShardDurable(shard: number, epoch: number): void {
    Atomics.store(this.words, FIRST_SHARD + STRIDE * shard, epoch);
  }

  /**
   * The worker has handed over every record of epochs up to this, and will write none any more.
   * @param worker counted within the process, from 0
   */
  setClosed(worker: number, epoch: number): void {
    Atomics.store(this.words, this.workerAt(worker) + CLOSED, epoch);
  }

  /**
   * What a log writer may close for the worker. One that sleeps with nothing undecided closes each epoch as it ends: it
   * looks at the tick when it wakes, before it commits anything.
   */
  closed(worker: number): number {
    const at = this.workerAt(worker);
    const { tick } = this;
    const asleep = Atomics.load(this.words, at + ASLEEP) === 1;
    return asleep ? tick - 1 : Atomics.load(this.words, at + CLOSED);
  }

  /** Said before a worker sleeps that holds no undecided vote, and taken back as the first thing when it wakes. */
  setAsleep(worker: number, asleep: boolean): void {
    Atomics.store(this.words, this.workerAt(worker) + ASLEEP, asleep ? 1 : 0);
  }

  private workerAt(worker: number): number {
    return FIRST_SHARD + STRIDE * (this.shards + worker);
  }
}
