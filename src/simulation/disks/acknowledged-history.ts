/**
 * The history of a durable worker: a transaction has committed for its client when it is acknowledged, and until then nobody
 * knows whether a crash takes it back. A terminal goes on meanwhile; so each transaction has a terminal of its own here.
 */
import { COMMITTED, type HistoryNotes, type Outcome } from '../../bench/contract.ts';
import { HISTORY_ABORTED, HISTORY_COMMITTED, HISTORY_UNKNOWN } from '../../history/history-writer.ts';
import { RecordedHistory } from '../recorded-history.ts';
import type { VirtualClock } from '../virtual-clock.ts';

const NONE = -1;

export class AcknowledgedHistory extends RecordedHistory {
  /** Of the transaction that a terminal has begun. */
  private readonly slotOf: Int32Array;
  /** Of the last that it has committed. */
  private readonly committedSlots: Int32Array;
  private readonly free: number[];
  /** Committed, and not acknowledged. */
  private readonly waiting = new Set<number>();

  /** @param transactions most that are open or wait at once */
  constructor(worker: number, terminals: number, transactions: number, clock: VirtualClock) {
    super(worker, terminals + transactions, clock);
    this.slotOf = new Int32Array(terminals).fill(NONE);
    this.committedSlots = new Int32Array(terminals).fill(NONE);
    this.free = Array.from({ length: terminals + transactions }, (_, slot) => slot).reverse();
  }

  override get notes(): HistoryNotes {
    const { writer, slotOf } = this;
    return {
      restart: (terminal) => writer.restart(slotOf[terminal]),
      read: (terminal, key) => writer.read(slotOf[terminal], key),
      element: (terminal, element) => writer.element(slotOf[terminal], element),
      append: (terminal, key, element) => writer.append(slotOf[terminal], key, element),
    };
  }

  override begin(terminal: number): void {
    const slot = this.free.pop() as number;
    this.slotOf[terminal] = slot;
    this.writer.begin(slot);
  }

  override end(terminal: number, outcome: Outcome): void {
    const slot = this.slotOf[terminal];
    this.slotOf[terminal] = NONE;
    this.committedSlots[terminal] = slot;
    if (outcome === COMMITTED) this.waiting.add(slot);
    else this.finish(slot, HISTORY_ABORTED);
  }

  /** Of the terminal's last transaction, which has committed. */
  committed(terminal: number): number {
    return this.committedSlots[terminal];
  }

  acknowledge(slot: number): void {
    this.waiting.delete(slot);
    this.finish(slot, HISTORY_COMMITTED);
  }

  /**
   * The worker is gone.
   * @param isDurable whether all that it had committed is; else nobody knows, neither of what it had begun
   */
  endLife(isDurable: boolean): void {
    for (const slot of this.waiting) this.finish(slot, isDurable ? HISTORY_COMMITTED : HISTORY_UNKNOWN);
    for (const slot of this.slotOf) if (slot !== NONE) this.finish(slot, HISTORY_UNKNOWN);
    this.slotOf.fill(NONE);
    this.waiting.clear();
  }

  override close(): void {
    this.writer.flush();
  }

  private finish(slot: number, outcome: typeof HISTORY_COMMITTED | typeof HISTORY_ABORTED | typeof HISTORY_UNKNOWN) {
    this.writer.end(slot, outcome);
    this.free.push(slot);
  }
}
