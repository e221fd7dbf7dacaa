/**
 * Ages of transactions: a logical clock (Lamport, "Time, clocks, and the ordering of events in a distributed system",
 * 1978), made unique by the worker's number. Smaller is older. Every stamp that a worker sees raises its clock, so that
 * what begins later at any partition where two transactions meet is younger.
 */
export class StampClock {
  private readonly worker: number;
  private readonly totalWorkers: number;
  private ticks = 0;

  constructor(worker: number, totalWorkers: number) {
    this.worker = worker;
    this.totalWorkers = totalWorkers;
  }

  next(): number {
    return ++this.ticks * this.totalWorkers + this.worker;
  }

  observe(stamp: number): void {
    const ticks = Math.floor(stamp / this.totalWorkers);
    if (ticks > this.ticks) this.ticks = ticks;
  }
}
