/** Parts of a real worker as a simulated one has them. */
import { ControlBlock, type Phase } from '../bench/control-block.ts';
import { Exchange } from '../shard/exchange.ts';
import { COMMIT, DETAIL, KNOWN, KNOWN_EPOCH } from '../shard/message-layout.ts';
import type { RowModel } from './disks/row-model.ts';

/** A control block whose worker parks without blocking the thread; only a worker that is alone parks on it. */
export class SimulatedControl extends ControlBlock {
  onPark: (timeoutMs: number) => void = () => {};

  override parkWhile(_phase: Phase, timeoutMs: number): void {
    this.onPark(timeoutMs);
  }
}

/** Tells what it receives, and in which epoch others decided what it commits then. */
export class ObservedExchange extends Exchange {
  onReceive: (type: number, int32s: Int32Array, float64s: Float64Array, at: number) => void = () => {};
  /** Of a durable member: in which epoch others decided what commits now. */
  model: RowModel | null = null;

  override receive(type: number, int32s: Int32Array, float64s: Float64Array, at: number, words: number): void {
    this.onReceive(type, int32s, float64s, at);
    const { model } = this;
    if (model === null) {
      super.receive(type, int32s, float64s, at, words);
      return;
    }
    if (type === COMMIT) model.decidedEpoch = int32s[at + DETAIL];
    if (type === KNOWN) model.decidedEpoch = int32s[at + KNOWN_EPOCH];
    super.receive(type, int32s, float64s, at, words);
    model.decidedEpoch = 0;
  }
}
