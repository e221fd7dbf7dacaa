/** How far the processes of a cluster are durable: told to each other by the main threads, which only pass numbers on. */
import type { EpochBoard } from '../../durability/epoch-board.ts';
import { Doorbell } from '../../transport/doorbell.ts';

export class DurableTerms {
  private readonly board: EpochBoard;
  private readonly workers: Doorbell[];
  private readonly writers: Doorbell[];
  private readonly severalProcesses: boolean;
  /** By other process: what is durable in all of its shards. */
  private readonly others = new Map<number, number>();
  private told = -1;
  private due = false;
  private readonly later: (body: () => void) => void;
  private tell: (epoch: number, tick: number) => void = () => {};

  /**
   * @param writerDoorbells of the log writers of the process
   * @param later calls the body when the thread's other messages have been heard
   */
  constructor(
    board: EpochBoard,
    workerDoorbells: readonly SharedArrayBuffer[],
    writerDoorbells: readonly SharedArrayBuffer[],
    severalProcesses: boolean,
    later: (body: () => void) => void = setImmediate,
  ) {
    this.board = board;
    this.workers = workerDoorbells.map((memory) => new Doorbell(memory));
    this.writers = writerDoorbells.map((memory) => new Doorbell(memory));
    this.severalProcesses = severalProcesses;
    this.later = later;
  }

  /** @param processes the other ones; `tell` sends them what is durable here */
  connect(processes: readonly number[], tell: (epoch: number, tick: number) => void): void {
    for (const process of processes) if (!this.others.has(process)) this.others.set(process, 0);
    this.tell = tell;
  }

  /** A shard of this process is durable further than before. */
  shardIsDurable(): void {
    if (!this.severalProcesses || this.due) return;
    // One message for all that came since.
    this.due = true;
    this.later(() => {
      this.due = false;
      const least = this.board.localDurable;
      if (least <= this.told) return;
      this.told = least;
      this.tell(least, this.board.tick);
      this.settle();
    });
  }

  /** Another process says how far it is. */
  heard(process: number, epoch: number, tick: number): void {
    if (epoch > (this.others.get(process) ?? 0)) this.others.set(process, epoch);
    // Who sleeps has epochs to close.
    if (this.board.raiseTick(tick)) for (const writer of this.writers) writer.ring();
    this.settle();
  }

  private settle(): void {
    const least = Math.min(this.board.localDurable, ...this.others.values());
    if (!this.board.raiseClusterDurable(least)) return;
    for (const worker of this.workers) worker.ring();
    // The next group waits for this one.
    for (const writer of this.writers) writer.ring();
  }
}
