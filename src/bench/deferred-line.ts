/** Start and type of queued transactions, in the order in which the session will run them. On the worker's thread. */
const FIRST_ROOM = 16;

export class DeferredLine {
  count = 0;
  private startsMs = new Float64Array(FIRST_ROOM);
  private types = new Int32Array(FIRST_ROOM);

  add(type: number, startMs: number): void {
    if (this.count === this.types.length) this.grow();
    this.startsMs[this.count] = startMs;
    this.types[this.count++] = type;
  }

  /** @param place from the oldest, which is 0 */
  typeAt(place: number): number {
    return this.types[place];
  }

  startMsAt(place: number): number {
    return this.startsMs[place];
  }

  /** The `done` oldest are done. */
  remove(done: number): void {
    if (done === 0) return;
    this.startsMs.copyWithin(0, done, this.count);
    this.types.copyWithin(0, done, this.count);
    this.count -= done;
  }

  private grow(): void {
    const { startsMs, types } = this;
    this.startsMs = new Float64Array(2 * this.count);
    this.types = new Int32Array(2 * this.count);
    this.startsMs.set(startsMs);
    this.types.set(types);
  }
}
